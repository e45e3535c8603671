#pragma once

#include <algorithm>
#include <cstdint>

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

/// Whether the byte is one of the codes.
constexpr bool is_marking_code(std::uint8_t byte) {
  return byte <= 4 || byte >= 254;
}

}  // namespace parley::state
