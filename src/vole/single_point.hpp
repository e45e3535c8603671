#pragma once

#include <array>
#include <optional>
#include <span>

#include "block/aes.hpp"
#include "block/block_vector.hpp"
#include "vole/layout.hpp"

namespace parley::vole {

// Single-point VOLE: a GGM tree of any number of leaves, punctured at the receiver's position (Boyle et al.,
// CCS 2019, ePrint 2019/1159; Weng et al., "Wolverine", ePrint 2020/925, section 5: single-point sVOLE).
//
// A level with an odd number of nodes has a last right child without leaves below it. It is made all the same
// and counts in the sums as a leaf of its own, a *stub*: were it left out, a cheating receiver could walk off
// the edge, know every leaf, and read Δ from the last correction.

/// The sender's tree. `nodes` has room for `domain` + 1 blocks, the first `domain` become the leaves.
/// `message` (Layout::tree_bytes) gets the sums of each level without their pads, left ‖ right, then the sum
/// of all leaves and stubs.
void grow_tree(const block::GgmGenerator& generator, const Layout& layout, block::Block root,
               std::span<block::Block> nodes, std::span<block::Block> message);

/// The receiver's: all leaves but `position`, where it puts what `last` (from the message, pads removed)
/// lacks; `pads` are those of the other child of each level. Constant time in `position`, which is below the
/// domain.
void puncture_tree(const block::GgmGenerator& generator, const Layout& layout, std::uint64_t position,
                   std::span<const block::Block> pads, std::span<const block::Block> message,
                   block::Block last, std::span<block::Block> nodes);

/// Which of the two children the receiver may know at each level, the highest first: the one beside the path.
inline std::uint64_t known_child(const Layout& layout, std::uint64_t position, unsigned level) {
  return 1 ^ ((position >> (layout.depth - level)) & 1);
}

/// Σ χ_i · values[i] over positions first, first + 1, …; χ_i = AES_challenge(i). With `selected`, that sum's
/// χ at the position `first + index` too, in constant time.
struct WeightedSum {
  block::Block sum;
  block::Block selected;
};
WeightedSum weighted_sum(const block::AesKey& challenge, std::uint64_t first,
                         std::span<const block::Block> values, std::optional<std::uint64_t> index = {});

}  // namespace parley::vole
