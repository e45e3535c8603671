#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "block/block.hpp"

// The vectorised versions behind aes.hpp; only aes*.cpp call them, and only where the processor has them.
namespace parley::block::detail {

using RoundKeys = std::array<Block, 11>;

RoundKeys schedule_aesni(Block key);

/// What is done around the cipher, so that one loop serves all: what goes in and what comes out at index i.
enum class Mode {
  plain,    ///< E(in)
  mmo,      ///< E(in) ^ in
  tccr,     ///< E(E(in) ^ (tweak + i)) ^ E(in)
  counter,  ///< E(tweak + i); there is no `in`
};
void aes_aesni(Mode mode, const RoundKeys& keys, Block* out, const Block* in, std::size_t count,
               std::uint64_t tweak);
void aes_avx512(Mode mode, const RoundKeys& keys, Block* out, const Block* in, std::size_t count,
                std::uint64_t tweak);

void davies_meyer_aesni(Block* out, const Block* keys, const Block* values, std::size_t count);
void davies_meyer_avx512(Block* out, const Block* keys, const Block* values, std::size_t count);

/// `parents` nodes become 2 · parents in place; the sums of the left and the right ones.
std::array<Block, 2> ggm_aesni(const RoundKeys& left, const RoundKeys& right, Block* nodes,
                               std::size_t parents);
std::array<Block, 2> ggm_avx512(const RoundKeys& left, const RoundKeys& right, Block* nodes,
                                std::size_t parents);

}  // namespace parley::block::detail
