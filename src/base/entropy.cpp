#include "base/entropy.hpp"

#include "base/assert.hpp"

namespace parley {

std::uint64_t Entropy::below(std::uint64_t bound) {
  PARLEY_ASSERT(bound > 0);
  // The largest multiple of bound that fits; draws at or above it are thrown away.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    const auto raw = array<8>();
    std::uint64_t value = 0;
    for (std::uint8_t byte : raw) value = (value << 8) | byte;
    if (value < limit) return value % bound;
  }
}

std::string make_uuid7(std::int64_t unix_microseconds, Entropy& entropy) {
  auto bytes = entropy.array<16>();
  const auto ms = static_cast<std::uint64_t>(unix_microseconds / 1000);
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x70);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  const std::string hex = to_hex(bytes);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

}  // namespace parley
