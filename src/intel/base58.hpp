#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace parley::intel {

inline constexpr std::uint8_t no_base58_digit = 0xFF;
/// Bitcoin's digits of base 58: no 0, O, I and l.
inline constexpr std::array<std::uint8_t, 256> base58_digits = [] {
  std::array<std::uint8_t, 256> out{};
  out.fill(no_base58_digit);
  constexpr std::string_view digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  for (std::size_t i = 0; i < digits.size(); ++i)
    out[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
  return out;
}();
constexpr std::uint8_t base58_digit(char c) {
  return base58_digits[static_cast<unsigned char>(c)];
}

/// Base58Check of a version byte and 20 bytes: without its checksum, the first four bytes of a double
/// SHA-256, which is right. Each leading zero byte is one "1". Nothing for all else.
std::optional<ByteArray<21>> decode_base58check(std::string_view text);

}  // namespace parley::intel
