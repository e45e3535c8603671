#include "vole/ex_conv.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/assert.hpp"
#include "block/target.hpp"
#include "vole/accumulate.hpp"
#include "vole/ex_conv_kernels.hpp"

namespace parley::vole {

namespace {

using block::Block;
using block::Path;

constexpr std::size_t words_per_block = 4;  // 32-bit numbers of a stream

}  // namespace

namespace detail {

void accumulate_portable(Block* x, unsigned width, std::size_t count, const std::uint32_t* random,
                         std::uint32_t* wanted) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t taps = taps_of(random[i]);
    const Block* from = x + i * width;
    Block* to = x + (i + 1) * width;
    for (unsigned j = 0; j < reach; ++j) {
      const Block mask = block::mask_of((taps >> j) & 1);
      for (unsigned k = 0; k < width; ++k) to[j * width + k] ^= from[k] & mask;
    }
    if (wanted == nullptr) continue;
    for (unsigned j = 0; j < reach; ++j) wanted[i + 1 + j] ^= wanted[i] & (0 - ((taps >> j) & 1));
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

void ExConv::accumulate_twice(std::span<Block> folded, unsigned width, Parallel& parallel, Path path) const {
  PARLEY_ASSERT(folded.size() == folded_ * width);
  accumulate(folded, width, first_accumulator_, parallel, path);
  accumulate(folded, width, second_accumulator_, parallel, path);
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
  accumulate_twice(folded, 1, parallel, path);
  const std::array<Block*, 1> outs = {out.data()};
  expand(outs, folded, parallel, path);
}

void ExConv::encode_pair(std::span<Block> first, std::span<Block> second, std::span<Block> folded,
                         Parallel& parallel, Path path) const {
  PARLEY_ASSERT(first.size() == count_ && second.size() == count_);
  accumulate_twice(folded, 2, parallel, path);
  const std::array<Block*, 2> outs = {first.data(), second.data()};
  expand(outs, folded, parallel, path);
}

}  // namespace parley::vole
