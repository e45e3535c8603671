#pragma once

#include <span>

#include "block/block.hpp"
#include "block/path.hpp"

namespace parley::block {

/// GF(2^128) = GF(2)[X] / (X^128 + X^7 + X^2 + X + 1). Bit i of a Block is the coefficient of X^i (so not the
/// reflected order of GCM). Addition is ^. All functions take time by the number of elements only: no
/// table, index or branch depends on a value.
inline constexpr Block gf_one{1, 0};

/// a · b.
Block mul(Block a, Block b, Path path = best_path());
/// X · a, constant time.
constexpr Block times_x(Block a) {
  const std::uint64_t carry = 0 - (a.high >> 63);
  return {(a.low << 1) ^ (carry & 0x87), (a.high << 1) | (a.low >> 63)};
}
/// out[i] ^= in[i] · delta. Sizes must be equal.
void mul_add_constant(std::span<Block> out, std::span<const Block> in, Block delta, Path path = best_path());
/// out[i] = in[i] · delta. Sizes must be equal; `out` may be `in`.
void mul_constant(std::span<Block> out, std::span<const Block> in, Block delta, Path path = best_path());
/// Sum of a[i] · b[i]; one reduction for all. Sizes must be equal.
Block inner_product(std::span<const Block> a, std::span<const Block> b, Path path = best_path());
/// Sum of all blocks.
Block sum(std::span<const Block> values);

}  // namespace parley::block
