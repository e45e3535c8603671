#include "okvs/row_hash.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace parley::okvs {

using block::Block;

RowHash::RowHash(const Shape& shape, Block seed) : shape_(shape) {
  PARLEY_ASSERT(shape.band >= 1 && shape.band <= max_band && shape.band <= shape.columns);
  std::vector<Block> keys(1 + band_blocks(shape));
  block::aes_stream(seed, keys);
  for (const Block key : keys) hashes_.emplace_back(key);
}

void RowHash::starts(std::span<const Block> keys, std::span<std::uint32_t> out, block::Path path) const {
  PARLEY_ASSERT(keys.size() == out.size());
  const std::uint64_t possible = shape_.columns - shape_.band + 1;
  std::array<Block, hash_batch> hashed;
  for (std::size_t at = 0; at < keys.size(); at += hash_batch) {
    const std::size_t count = std::min(hash_batch, keys.size() - at);
    hashes_[0].mmo(std::span(hashed).first(count), keys.subspan(at, count), path);
    // Multiplying instead of dividing: `possible` is below 2^25, so 39 bits keep the product in a word, and
    // no start is likelier than another by more than a share of 2^-14 of its 2^-25.
    for (std::size_t i = 0; i < count; ++i)
      out[at + i] = static_cast<std::uint32_t>(((hashed[i].low >> 25U) * possible) >> 39U);
  }
}

void RowHash::bands(std::span<const Block> keys, std::span<Block> out, block::Path path) const {
  const std::size_t blocks = band_blocks(shape_);
  PARLEY_ASSERT(out.size() == keys.size() * blocks);
  for (std::size_t i = 0; i < blocks; ++i)
    hashes_[1 + i].mmo(out.subspan(i * keys.size(), keys.size()), keys, path);
  const std::size_t left = shape_.band - (blocks - 1) * 128;
  const auto low_bits = [](std::size_t count) {
    return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
  };
  const Block mask{low_bits(left), left > 64 ? low_bits(left - 64) : 0};
  for (Block& last : out.last(keys.size())) last = last & mask;
}

}  // namespace parley::okvs
