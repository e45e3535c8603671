#pragma once

#include <span>

#include "block/block_vector.hpp"
#include "vole/small_field.hpp"

namespace parley::vole {

/// Words [first, first + out.size()) of the columns as elements of GF(2^128): out[j] = Σ_c X^c ·
/// column_c[first + j]. With q_c = v_c + Δ_c · u in each column, the elements satisfy q = v + Δ · u, u[j]
/// being the word itself: 128 correlated OTs make one VOLE without another message (Gilboa's product, but of
/// random factors).
void combine(const Columns& columns, std::uint64_t first, std::span<block::Block> out);

/// The 128 rows of word `word`: row i has as bit c bit i of column c.
void rows_of(const Columns& columns, std::uint64_t word, std::span<block::Block, delta_bits> out);

/// `count` rows from row 0 of word `first` on.
block::BlockVector rows(const Columns& columns, std::uint64_t first, std::uint64_t count);

}  // namespace parley::vole
