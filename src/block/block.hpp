#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "base/bytes.hpp"

namespace parley::block {

/// 128 bits: an AES block, or an element of GF(2^128) (see gf128.hpp).
///
/// Bit i of the value is bit i mod 8 of byte i / 8, so byte 0 holds the lowest bits: on a little-endian
/// processor the bytes in memory are the bytes on the wire. Trivial; a secret one is wiped by its owner.
struct alignas(16) Block {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend constexpr Block operator^(Block a, Block b) { return {a.low ^ b.low, a.high ^ b.high}; }
  friend constexpr Block operator&(Block a, Block b) { return {a.low & b.low, a.high & b.high}; }
  constexpr Block& operator^=(Block other) { return *this = *this ^ other; }
  /// Not for secrets: `crypto::equal_constant_time` on the bytes compares those.
  friend constexpr bool operator==(const Block&, const Block&) = default;

  /// Bit `index` (0 … 127) as 0 or 1.
  constexpr std::uint64_t bit(unsigned index) const {
    return ((index < 64 ? low : high) >> (index % 64)) & 1;
  }
};
static_assert(sizeof(Block) == 16 && alignof(Block) == 16);

/// All ones if `bit` is 1, zero if it is 0; no branch.
constexpr Block mask_of(std::uint64_t bit) {
  return {0 - bit, 0 - bit};
}

/// The 16 bytes at `bytes`, byte 0 lowest.
inline Block load(const std::uint8_t* bytes) {
  Block out;
  std::memcpy(&out, bytes, sizeof out);
  return out;
}
inline void store(std::uint8_t* bytes, Block value) {
  std::memcpy(bytes, &value, sizeof value);
}
inline Block to_block(std::span<const std::uint8_t, 16> bytes) {
  return load(bytes.data());
}

/// The blocks as the bytes of a message, without copying.
inline BytesView bytes_of(std::span<const Block> blocks) {
  return {reinterpret_cast<const std::uint8_t*>(blocks.data()), blocks.size_bytes()};
}
inline std::span<std::uint8_t> mutable_bytes_of(std::span<Block> blocks) {
  return {reinterpret_cast<std::uint8_t*>(blocks.data()), blocks.size_bytes()};
}

}  // namespace parley::block
