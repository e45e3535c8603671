#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "block/block.hpp"
#include "block/path.hpp"
#include "okvs/shape.hpp"

/// The two inner loops of the store: sums of those blocks of a band whose bit is set. Internal to the module.
///
/// Path::avx512 does them by GF2P8AFFINEQB, which multiplies an 8×8 matrix of bits with bytes: the bytes are
/// eight bits of eight neighbouring rows each, the matrices one byte of eight neighbouring blocks. One
/// instruction handles 8 rows × 8 columns × 8 bytes; masks and XORs would take 32. Blocks are turned into
/// matrices first. All paths read every block of a band whatever its bits are.
namespace parley::okvs::detail {

/// Columns are handled in groups of eight blocks; a store is allocated with a band and some groups behind its
/// columns (`allocated_blocks`).
inline constexpr std::size_t group = 8;

/// Whether the processor can take the fast way of Path::avx512 (GFNI, VBMI, VBMI2); all that have VAES can.
bool has_matrix_path();

/// Turns `columns` blocks (whole groups) into what `band_sums` reads under `path`: in place, once. The
/// portable form is the blocks themselves.
void prepare(block::Block* store, std::size_t columns, block::Path path);

/// One batch of rows: out[i] = sum of store[starts[i] + j] over the set bits j of band i. `bands` as
/// RowHash::bands lays them out. The store must be prepared. Rows in ascending order of starts are fast, any
/// order is right.
void band_sums(const block::Block* store, const Shape& shape, std::span<const std::uint32_t> starts,
               const block::Block* bands, block::Block* out, block::Path path);

/// Back substitution over the columns [begin, end), from the last to the first; both are whole groups. Row p
/// has `blocks` blocks at rows[p · blocks], bit j stands for column p + j, bit 0 is not looked at:
/// store[p] ^= sum of store[p + j], j ≥ 1.
void substitute_back(block::Block* store, const block::Block* rows, std::size_t blocks, std::size_t begin,
                     std::size_t end, block::Path path);

// The way of Path::avx512, in a file of its own.
void prepare_matrices(block::Block* store, std::size_t columns);
void band_sums_matrices(const block::Block* store, const Shape& shape, const std::uint32_t* starts,
                        std::size_t count, const block::Block* bands, block::Block* out);
void substitute_back_matrices(block::Block* store, const block::Block* rows, std::size_t blocks,
                              std::size_t begin, std::size_t end);

}  // namespace parley::okvs::detail
