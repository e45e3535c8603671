#pragma once

#include <cstddef>

#include "block/block.hpp"

// The vectorised versions behind gf128.hpp; only gf128.cpp calls them, and only where the processor has them.
namespace parley::block::detail {

/// A product before reduction: 256 bits.
struct Wide {
  Block low, high;
};
/// X^128 = X^7 + X^2 + X + 1, applied twice.
Block reduce(Wide wide);

Block mul_aesni(Block a, Block b);
Block inner_product_aesni(const Block* a, const Block* b, std::size_t count);
void mul_constant_aesni(Block* out, const Block* in, std::size_t count, Block delta, bool add);

Block inner_product_avx512(const Block* a, const Block* b, std::size_t count);
void mul_constant_avx512(Block* out, const Block* in, std::size_t count, Block delta, bool add);

}  // namespace parley::block::detail
