#include "vole/ex_conv.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/assert.hpp"
#include "block/target.hpp"
#include "vole/ex_conv_kernels.hpp"

namespace parley::vole {

namespace {

using block::Block;
using block::Path;

constexpr std::size_t words_per_block = 4;  // 32-bit numbers of a stream

// One pass: every position in order; the last ones reach round to the front.
void pass(std::span<Block> x, unsigned width, const block::AesKey& stream, Path path) {
  constexpr std::uint64_t piece = 4096;
  const std::uint64_t size = x.size() / width;
  const std::uint64_t inner = size - detail::reach - 4;  // a multiple of 4 below this stays inside
  const std::uint64_t straight = inner / 4 * 4;
  std::array<Block, piece / words_per_block> blocks;
  std::array<std::uint32_t, piece> random;
  for (std::uint64_t begin = 0; begin < size; begin += piece) {
    block::aes_stream(stream, blocks, begin / words_per_block, path);
    std::memcpy(random.data(), blocks.data(), sizeof random);
    const std::uint64_t end = std::min(begin + piece, size);
    const std::uint64_t middle = std::clamp(straight, begin, end);
#if PARLEY_X86_64
    if (path == Path::avx512)
      detail::accumulate_avx512(x.data(), width, begin, middle, random.data());
    else
#endif
      detail::accumulate_portable(x.data(), width, begin, middle, random.data());
    for (std::uint64_t i = middle; i < end; ++i) {
      const std::uint32_t taps = detail::taps_of(random[i - begin]);
      for (unsigned j = 0; j < detail::reach; ++j) {
        const Block mask = block::mask_of((taps >> j) & 1);
        const std::uint64_t to = (i + 1 + j) % size;
        for (unsigned k = 0; k < width; ++k) x[to * width + k] ^= x[i * width + k] & mask;
      }
    }
  }
}

}  // namespace

namespace detail {

void accumulate_portable(Block* x, unsigned width, std::uint64_t begin, std::uint64_t end,
                         const std::uint32_t* random) {
  for (std::uint64_t i = begin; i < end; ++i) {
    const std::uint32_t taps = taps_of(random[i - begin]);
    const Block* from = x + i * width;
    Block* to = x + (i + 1) * width;
    for (unsigned j = 0; j < reach; ++j) {
      const Block mask = block::mask_of((taps >> j) & 1);
      for (unsigned k = 0; k < width; ++k) to[j * width + k] ^= from[k] & mask;
    }
  }
}

void gather_portable(Block* const* outs, unsigned width, const Block* x, const std::uint32_t* indices,
                     unsigned weight, std::size_t rows) {
  constexpr std::size_t ahead = 16;  // rows whose elements are fetched before they are needed
  for (std::size_t row = 0; row < rows; ++row) {
    if (row + ahead < rows)
      for (unsigned j = 0; j < weight; ++j)
        __builtin_prefetch(x + std::size_t{indices[(row + ahead) * weight + j]} * width);
    for (unsigned k = 0; k < width; ++k) {
      Block sum = outs[k][row];
      for (unsigned j = 0; j < weight; ++j) sum ^= x[std::size_t{indices[row * weight + j]} * width + k];
      outs[k][row] = sum;
    }
  }
}

}  // namespace detail

ExConv::ExConv(const Layout& layout, Block expander, Block first_accumulator, Block second_accumulator)
    : count_(layout.count),
      folded_(layout.folded),
      weight_(layout.weight),
      expander_(expander),
      first_accumulator_(first_accumulator),
      second_accumulator_(second_accumulator) {}

void ExConv::accumulate(std::span<Block> folded, unsigned width, Path path) const {
  PARLEY_ASSERT(folded.size() == folded_ * width && folded_ > std::uint64_t{2} * detail::reach);
  pass(folded, width, first_accumulator_, path);
  pass(folded, width, second_accumulator_, path);
}

void ExConv::expand(std::span<Block* const> outs, std::span<const Block> folded, Parallel& parallel,
                    Path path) const {
  constexpr std::uint64_t task_rows = 16384;
  constexpr std::uint64_t piece_rows = 1024;  // × weight is a multiple of words_per_block
  const auto width = static_cast<unsigned>(outs.size());
  parallel.run((count_ + task_rows - 1) / task_rows, [&](std::size_t task) {
    std::vector<Block> random(piece_rows * weight_ / words_per_block);
    std::vector<std::uint32_t> indices(piece_rows * weight_);
    const std::uint64_t end = std::min((task + 1) * task_rows, count_);
    for (std::uint64_t row = task * task_rows; row < end; row += piece_rows) {
      block::aes_stream(expander_, random, row * weight_ / words_per_block, path);
      std::memcpy(indices.data(), random.data(), indices.size() * sizeof(std::uint32_t));
      for (std::uint32_t& index : indices)
        index = static_cast<std::uint32_t>((std::uint64_t{index} * folded_) >> 32);
      const std::size_t rows = std::min(piece_rows, end - row);
      std::array<Block*, 2> at{};
      for (unsigned k = 0; k < width; ++k) at[k] = outs[k] + row;
#if PARLEY_X86_64
      if (path == Path::avx512) {
        detail::gather_avx512(at.data(), width, folded.data(), indices.data(), weight_, rows);
        continue;
      }
#endif
      detail::gather_portable(at.data(), width, folded.data(), indices.data(), weight_, rows);
    }
  });
}

void ExConv::encode(std::span<Block> out, std::span<Block> folded, Parallel& parallel, Path path) const {
  PARLEY_ASSERT(out.size() == count_);
  accumulate(folded, 1, path);
  const std::array<Block*, 1> outs = {out.data()};
  expand(outs, folded, parallel, path);
}

void ExConv::encode_pair(std::span<Block> first, std::span<Block> second, std::span<Block> folded,
                         Parallel& parallel, Path path) const {
  PARLEY_ASSERT(first.size() == count_ && second.size() == count_);
  accumulate(folded, 2, path);
  const std::array<Block*, 2> outs = {first.data(), second.data()};
  expand(outs, folded, parallel, path);
}

}  // namespace parley::vole
