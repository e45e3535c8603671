#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "intel/selector.hpp"

namespace parley::intel {

/// Most text of one object that is taken into an index of words, in bytes; what is behind it is not found.
inline constexpr std::size_t max_index_text_bytes = 1U << 20U;
/// Most values of one object that are compared with those of others, and the longest of them in bytes.
inline constexpr std::size_t max_correlating_values = 10'000;
inline constexpr std::size_t max_correlating_bytes = 8'192;

/// What the indexes take from the bytes of one object. It follows from them alone, so that an index can be
/// taken back, or made anew, from what is stored.
struct IndexTerms {
  /// `name`, `aliases`, the ids of external references; of a MISP event its `info`. One a line.
  std::string names;
  /// `description` and its like, `comment`, and values of MISP attributes that are words. One a line.
  std::string body;
  /// What it says, as `correlating_value` spells it: sorted, each once. Selectors, values of observables and
  /// MISP attributes that have no selector, each part of a composite one. None of MISP's types that do not
  /// correlate, of an attribute with `disable_correlation`, of what is revoked.
  std::vector<std::string> values;
  /// As the readers give them: sorted, each once; none of what is revoked.
  std::vector<Selector> selectors;
  std::optional<Timestamp> valid_until;
  std::optional<Timestamp> created;
  bool revoked = false;  ///< or a deleted attribute
};

/// Whether an object of this type can have selectors at all: others need not be read for them.
bool may_have_selectors(std::string_view type);

/// Reads one stored object after another. Never fails for what an object says: what cannot be read has no
/// terms. Not for two threads at a time. Linear in the size.
class TermReader {
 public:
  TermReader();
  ~TermReader();
  TermReader(TermReader&&) noexcept;
  TermReader& operator=(TermReader&&) noexcept;

  /// `type`: "indicator", "x-misp-attribute", …
  IndexTerms read(std::string_view type, std::string_view raw);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The one spelling in which values are compared whatever their type: without white space around them, ASCII
/// letters lower; networks of addresses masked ("192.0.2.7/24" is "192.0.2.0/24"), /32 and /128 dropped.
/// Empty for what is too long.
std::string correlating_value(std::string_view value);

/// Whether MISP compares attributes of this type with others.
bool correlates(std::string_view misp_type);

}  // namespace parley::intel
