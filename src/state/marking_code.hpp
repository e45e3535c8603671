#pragma once

#include <algorithm>
#include <cstdint>

#include "intel/marking.hpp"

namespace parley::state {

/// A marking as it is stored, one byte. The numbers of the TLP levels are those of `intel::TlpLevel` and
/// rise with strictness; a marking that we do not know and none at all are stricter than every level
/// (neither ever leaves the node), so the strictest of several is the greatest number.
enum class MarkingCode : std::uint8_t {
  clear = 0,
  green = 1,
  amber = 2,
  amber_strict = 3,
  red = 4,
  unknown = 254,
  none = 255,
};

constexpr MarkingCode strictest(MarkingCode a, MarkingCode b) {
  return std::max(a, b);
}

/// What the markings of an object come to; unknown wins over a level beside it.
constexpr MarkingCode marking_code(const intel::Marking& marking) {
  if (marking.unknown) return MarkingCode::unknown;
  if (!marking.tlp) return MarkingCode::none;
  return static_cast<MarkingCode>(*marking.tlp);
}

/// The reverse, as far as TLP goes.
constexpr intel::Marking to_marking(MarkingCode code) {
  intel::Marking marking;
  if (code == MarkingCode::unknown) marking.unknown = true;
  if (code <= MarkingCode::red) marking.tlp = static_cast<intel::TlpLevel>(code);
  return marking;
}
static_assert(static_cast<MarkingCode>(intel::TlpLevel::red) == MarkingCode::red);
static_assert(static_cast<MarkingCode>(intel::TlpLevel::amber_strict) == MarkingCode::amber_strict);

/// The code of a stored number; one that is none (a damaged file) counts as unknown and never leaves.
constexpr MarkingCode stored_marking(std::int64_t number) {
  const bool known = (number >= 0 && number <= 4) || number == 254 || number == 255;
  return known ? static_cast<MarkingCode>(number) : MarkingCode::unknown;
}

}  // namespace parley::state
