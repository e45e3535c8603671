#pragma once

#include <cstddef>
#include <cstdint>

#include "block/block.hpp"

// The inner loops behind ex_conv.hpp.
namespace parley::vole::detail {

/// Taps of position i: bit j stands for position i + 1 + j. 24 random ones and the fixed one.
inline constexpr unsigned random_taps = 24;
inline constexpr unsigned reach = random_taps + 1;
inline std::uint32_t taps_of(std::uint32_t random) {
  return (random & ((1U << random_taps) - 1)) | (1U << random_taps);
}

/// One stretch of a pass: positions [begin, end), none of which reaches beyond the array. `random` holds a
/// word for each of them. Width 1 or 2.
void accumulate_portable(block::Block* x, unsigned width, std::uint64_t begin, std::uint64_t end,
                         const std::uint32_t* random);
/// The same for AVX-512; end - begin must be a multiple of 4, and three positions more must be in the array.
void accumulate_avx512(block::Block* x, unsigned width, std::uint64_t begin, std::uint64_t end,
                       const std::uint32_t* random);

/// outs[k][row] ^= the sum of x at `weight` indices, for `rows` rows; `indices` holds weight indices a row.
void gather_portable(block::Block* const* outs, unsigned width, const block::Block* x,
                     const std::uint32_t* indices, unsigned weight, std::size_t rows);
void gather_avx512(block::Block* const* outs, unsigned width, const block::Block* x,
                   const std::uint32_t* indices, unsigned weight, std::size_t rows);

}  // namespace parley::vole::detail
