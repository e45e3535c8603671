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

/// `count` positions of a pass, x the first of them; `reach` more must be there, which get what comes out of
/// these. `random` holds a number for each. Width 1 or 2. Where `wanted` is given it goes through the same
/// pass, as a vector of 32-bit words with as many behind it.
void accumulate_portable(block::Block* x, unsigned width, std::size_t count, const std::uint32_t* random,
                         std::uint32_t* wanted);
/// The same for AVX-512; `count` must be a multiple of 4, and behind it must be three positions more than
/// that, of `wanted` seven (of which the last are left as they are).
void accumulate_avx512(block::Block* x, unsigned width, std::size_t count, const std::uint32_t* random,
                       std::uint32_t* wanted);

/// outs[k][row] ^= the sum of x at `weight` indices, for `rows` rows; `indices` holds weight indices a row.
void gather_portable(block::Block* const* outs, unsigned width, const block::Block* x,
                     const std::uint32_t* indices, unsigned weight, std::size_t rows);
void gather_avx512(block::Block* const* outs, unsigned width, const block::Block* x,
                   const std::uint32_t* indices, unsigned weight, std::size_t rows);

}  // namespace parley::vole::detail
