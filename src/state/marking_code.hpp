#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

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

/// A PAP as it is stored: 0 is none, then the levels from 1 on, so that the strictest of several is the
/// greatest number.
constexpr std::int64_t pap_code(std::optional<intel::PapLevel> pap) {
  return pap ? static_cast<std::int64_t>(*pap) + 1 : 0;
}
/// The reverse; a number that is none (a damaged file) counts as the strictest.
constexpr std::optional<intel::PapLevel> stored_pap(std::int64_t number) {
  if (number == 0) return std::nullopt;
  if (number < 0 || number > pap_code(intel::PapLevel::red)) return intel::PapLevel::red;
  return static_cast<intel::PapLevel>(number - 1);
}
constexpr std::optional<intel::PapLevel> strictest(std::optional<intel::PapLevel> a,
                                                   std::optional<intel::PapLevel> b) {
  return stored_pap(std::max(pap_code(a), pap_code(b)));
}
static_assert(pap_code(intel::PapLevel::red) > pap_code(intel::PapLevel::amber));
static_assert(pap_code(intel::PapLevel::green) > pap_code(intel::PapLevel::clear));

/// The code of a stored number; one that is none (a damaged file) counts as unknown and never leaves.
constexpr MarkingCode stored_marking(std::int64_t number) {
  const bool known = (number >= 0 && number <= 4) || number == 254 || number == 255;
  return known ? static_cast<MarkingCode>(number) : MarkingCode::unknown;
}

}  // namespace parley::state
