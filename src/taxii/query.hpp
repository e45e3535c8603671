#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace parley::taxii {

/// Longest query, longest cursor, and most values of one match field.
inline constexpr std::size_t max_query_bytes = 16'384;
inline constexpr std::size_t max_cursor_bytes = 8'192;
inline constexpr std::size_t max_match_values = 256;
inline constexpr std::size_t max_match_value_bytes = 300;

/// `match[…]` of TAXII 2.1 section 3.4.1: values of one field are alternatives, fields hold together. Lists
/// are sorted, each value once; an empty list is no filter.
struct Match {
  std::vector<std::string> ids;
  std::vector<std::string> types;
  std::vector<std::string> spec_versions;  ///< "2.0", "2.1", …; empty: the newest of each object
  bool first = false;
  bool last = true;  ///< the default: without `match[version]`
  bool all = false;
  std::vector<Timestamp> versions;  ///< exact ones

  bool operator==(const Match&) const = default;
  bool is_default() const { return *this == Match{}; }
};

/// The parameters of a request as they were sent.
struct Query {
  std::optional<Timestamp> added_after;
  std::optional<std::uint64_t> limit;
  std::string next;
  Match match;
  bool has_match = false;    ///< any match field was sent
  bool has_version = false;  ///< `match[version]` was sent
};

/// Reads a query (behind "?", percent escapes as they came). Unknown parameters and unknown match fields are
/// ignored. `bad_input` (which is 400) for what is malformed: a timestamp that is none, a limit that is not a
/// whole number above zero, a parameter or field that comes twice, an empty value, `all` beside others.
Result<Query> parse_query(std::string_view query);

/// One text for one set of filters: what a cursor is bound to, and what caches use as a key.
std::string canonical_match(const Match& match);
/// The reverse; `bad_input` for any text that `canonical_match` does not write.
Result<Match> parse_canonical_match(std::string_view text);

}  // namespace parley::taxii
