#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "block/aes.hpp"
#include "block/block.hpp"
#include "okvs/shape.hpp"

namespace parley::okvs {

/// Blocks of 128 bits that hold a band.
constexpr std::size_t band_blocks(const Shape& shape) {
  return (shape.band + 127) / 128;
}
inline constexpr std::size_t max_band_blocks = band_blocks({0, 0, max_band});

/// The row of a key: where its band starts and which bits are set in it, as random functions of key and seed.
///
/// With π_0, π_1, … = AES under the keys AES_seed(0), AES_seed(1), …: the start is the low word of
/// π_0(x) ^ x, scaled to the possible starts; the band the low `band` bits of π_1(x) ^ x ‖ π_2(x) ^ x ‖ ….
/// Keys are 128-bit hashes of what they stand for. The seed must not be known to whoever chose the keys.
class RowHash {
 public:
  RowHash(const Shape& shape, block::Block seed);

  const Shape& shape() const { return shape_; }
  /// out[i] = the first column of the band of keys[i], 0 … columns − band. Sizes must be equal.
  void starts(std::span<const block::Block> keys, std::span<std::uint32_t> out,
              block::Path path = block::best_path()) const;
  /// The bands of all keys: first block 0 of every band, then block 1 of every band, and so on (out has
  /// keys.size() · band_blocks). The lowest bit is the first column; bits behind the band are 0.
  void bands(std::span<const block::Block> keys, std::span<block::Block> out,
             block::Path path = block::best_path()) const;

 private:
  Shape shape_;
  std::vector<block::FixedKeyHash> hashes_;
};

/// Keys that are hashed at a time: their bands stay in the first-level cache.
inline constexpr std::size_t hash_batch = 256;

}  // namespace parley::okvs
