#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"

namespace parley::misp_sync {

/// An event that somebody says to have.
struct Listed {
  std::string uuid;  ///< lower case
  std::int64_t timestamp = 0;
  std::string sha256;  ///< of the event's file, lower-case hexadecimal; empty when it is not told
  bool operator==(const Listed&) const = default;
};

/// What is read at most of one list.
struct ListingLimits {
  std::size_t max_bytes = std::size_t{1} << 30;
  std::size_t max_events = 4'000'000;
};

struct Listing {
  std::vector<Listed> events;           ///< each UUID once, in the order of the list
  std::size_t entries = 0;              ///< of the list, those that are none included
  std::vector<std::string> complaints;  ///< what is wrong with single entries, the first `max_complaints`
};
inline constexpr std::size_t max_complaints = 20;

/// A page of events/index, minimal or not: a list, one wrapped in `response`, or one event alone. An entry
/// without UUID or timestamp, and one whose UUID came before, is a complaint. Bad input for anything else.
Result<Listing> parse_index(std::string_view text, const ListingLimits& limits = {});

/// `manifest.json` of a feed. An entry without timestamp is a complaint.
Result<Listing> parse_manifest(std::string_view text, const ListingLimits& limits = {});

/// How many values `hashes.csv` names for each event; UUIDs in lower case. Lines that are none are skipped.
/// `bad_input` above the limits.
Result<std::unordered_map<std::string, std::uint64_t>> count_hashes(std::string_view text,
                                                                    const ListingLimits& limits = {});

/// The version of a getVersion answer: "2.4.199" gives {2, 4, 199}.
struct Version {
  std::uint32_t major = 0, minor = 0, hotfix = 0;
  std::string text() const;
  bool operator==(const Version&) const = default;
};
Result<Version> parse_version(std::string_view text);

}  // namespace parley::misp_sync
