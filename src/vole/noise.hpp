#pragma once

#include <span>

#include "base/parallel.hpp"
#include "block/block_vector.hpp"
#include "vole/ex_conv.hpp"
#include "vole/single_point.hpp"
#include "vole/transcript.hpp"
#include "vole/tree_keys.hpp"

namespace parley::vole {

/// What both sides derive once both nonces are known.
struct PublicKeys {
  explicit PublicKeys(const Transcript& transcript);
  TreeKeys small_trees;
  TreeKeys trees;
  block::FixedKeyHash choices;
  block::Block expander, first_accumulator, second_accumulator;
  ExConv code(const Layout& layout) const {
    return ExConv(layout, expander, first_accumulator, second_accumulator);
  }
};

/// Noise and its values, position by position: what the trees give, on the way to what the code makes of it.
/// Positions [0, n) stand in the outputs themselves, the others in `folded`.

/// The sender's trees, and the bytes of `trees`: for each tree, level by level left and right sum under their
/// pads, then z plus the sum of all leaves. `rows` are the correlated OTs of the choices, `choices` the
/// receiver's corrections of its random bits, `values` the z of each tree.
void make_trees(const Layout& layout, const PublicKeys& keys, block::Block root_seed, block::Block delta,
                std::span<const block::Block> rows, BytesView choices, std::span<const block::Block> values,
                std::span<block::Block> out, std::span<block::Block> folded, std::span<std::uint8_t> message,
                Parallel& parallel);

/// Σ χ_i · B_i over all positions.
block::Block weigh(const Layout& layout, block::Block challenge, std::span<const block::Block> out,
                   std::span<const block::Block> folded, Parallel& parallel);

/// What the receiver makes of the trees: the noise vector in `a` and `folded`, its image in `c` and `folded`
/// (elements of both in turn), and the two sums of the check.
struct NoiseSums {
  block::Block noise;  ///< Σ χ · A
  block::Block image;  ///< Σ χ · C
};
NoiseSums take_trees(const Layout& layout, const PublicKeys& keys, block::Block challenge,
                     std::span<const std::uint64_t> where, std::span<const block::Block> rows,
                     std::span<const block::Block> y, std::span<const block::Block> w, BytesView message,
                     std::span<block::Block> a, std::span<block::Block> c, std::span<block::Block> folded,
                     Parallel& parallel);

}  // namespace parley::vole
