#include "okvs/decoder.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "crypto/secret.hpp"
#include "okvs/band_sums.hpp"

namespace parley::okvs {

using block::Block;

namespace {

constexpr std::size_t task_blocks = std::size_t{1} << 14;

}  // namespace

Decoder::Decoder(const RowHash& hash, block::BlockVector store, Parallel& parallel, block::Path path)
    : hash_(hash), store_(std::move(store)), parallel_(parallel), path_(path) {
  PARLEY_ASSERT(store_.size() == allocated_blocks(hash.shape()));
  parallel_.run((store_.size() + task_blocks - 1) / task_blocks, [&](std::size_t task) {
    const std::size_t begin = task * task_blocks;
    detail::prepare(store_.data() + begin, std::min(task_blocks, store_.size() - begin), path_);
  });
}

void Decoder::decode(std::span<const Block> keys, std::span<Block> out) const {
  PARLEY_ASSERT(keys.size() == out.size());
  parallel_.run((keys.size() + task_blocks - 1) / task_blocks, [&](std::size_t task) {
    const std::size_t begin = task * task_blocks;
    const std::size_t count = std::min(task_blocks, keys.size() - begin);
    decode_here(keys.subspan(begin, count), out.subspan(begin, count));
  });
}

void Decoder::decode_here(std::span<const Block> keys, std::span<Block> out) const {
  PARLEY_ASSERT(keys.size() == out.size());
  const std::size_t blocks = band_blocks(hash_.shape());
  std::array<std::uint32_t, hash_batch> starts;
  std::array<Block, hash_batch * max_band_blocks> bands;
  for (std::size_t at = 0; at < keys.size(); at += hash_batch) {
    const std::size_t count = std::min(hash_batch, keys.size() - at);
    const auto batch = keys.subspan(at, count);
    hash_.starts(batch, std::span(starts).first(count), path_);
    hash_.bands(batch, std::span(bands).first(count * blocks), path_);
    detail::band_sums(store_.data(), hash_.shape(), std::span(starts).first(count), bands.data(),
                      out.data() + at, path_);
  }
  crypto::wipe(block::mutable_bytes_of(bands));  // they say which keys are read
  crypto::wipe({reinterpret_cast<std::uint8_t*>(starts.data()), sizeof starts});
}

}  // namespace parley::okvs
