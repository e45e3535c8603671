#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace parley::state_sqlite {

/// The values of the digits 0 to 9 and a to f, -1 for everything else: what is stored as bytes must come back
/// as the same text, so capitals are no digits here.
inline constexpr std::array<std::int16_t, 256> lower_hex_digits = [] {
  std::array<std::int16_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < 10; ++i) values['0' + i] = static_cast<std::int16_t>(i);
  for (std::size_t i = 0; i < 6; ++i) values['a' + i] = static_cast<std::int16_t>(10 + i);
  return values;
}();

/// The byte that two digits write, or a negative number.
constexpr int hex_byte(char high, char low) {
  const auto upper = static_cast<int>(lower_hex_digits[static_cast<unsigned char>(high)]);
  const auto lower = static_cast<int>(lower_hex_digits[static_cast<unsigned char>(low)]);
  return (upper * 16) | lower;
}

}  // namespace parley::state_sqlite
