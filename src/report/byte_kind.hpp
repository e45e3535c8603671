#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ascii.hpp"

namespace parley::report {

/// What a byte may be in a name; 0 for one that is in none. A set of bits.
enum ByteKind : std::uint8_t {
  kind_digit = 1,
  kind_hex = 2,  ///< with kind_digit or kind_letter
  kind_letter = 4,
  kind_dot = 8,
  kind_hyphen = 16,
  kind_underline = 32,
  kind_wide = 64,  ///< not ASCII
};

inline constexpr std::array<std::uint8_t, 256> byte_kinds = [] {
  std::array<std::uint8_t, 256> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const char c = static_cast<char>(i);
    unsigned kind = 0;
    if (is_digit(c)) kind |= kind_digit;
    if (is_alpha(c)) kind |= kind_letter;
    if (hex_digit(c) >= 0) kind |= kind_hex;
    if (c == '.') kind |= kind_dot;
    if (c == '-') kind |= kind_hyphen;
    if (c == '_') kind |= kind_underline;
    if (!is_ascii(c)) kind |= kind_wide;
    out[i] = static_cast<std::uint8_t>(kind);
  }
  return out;
}();

constexpr unsigned byte_kind(char c) {
  return byte_kinds[static_cast<unsigned char>(c)];
}

/// What the bytes of a piece are: any of them, and each of them.
struct ByteKinds {
  unsigned any = 0;
  unsigned all = 0xFF;
  constexpr void add(unsigned kind) {
    any |= kind;
    all &= kind;
  }
  static constexpr ByteKinds of(std::string_view text) {
    ByteKinds out;
    for (const char c : text) out.add(byte_kind(c));
    return out;
  }
};

}  // namespace parley::report
