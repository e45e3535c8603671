#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "block/block.hpp"
#include "block/path.hpp"
#include "vole/layout.hpp"

namespace parley::vole {

/// Words of each stream that are folded at once: 256 streams of 16 words are 64 KiB.
inline constexpr std::size_t fold_words = 16;

/// Row x of `streams` (256 rows of `fold_words`) is P_x. Row 0 of `sums` becomes Σ P_x, row 1 + i becomes Σ
/// x_i · P_x with x_i bit i of x, by halving: 510 additions of rows instead of 1,280 (ePrint 2022/192,
/// section 3.1). `streams` is used up.
void fold(block::Block* streams, block::Block* sums, block::Path path = block::best_path());

/// nodes[index] ^= value, in a time and with an access pattern that do not depend on `index`. An index behind
/// the end adds nothing.
void add_at(std::span<block::Block> nodes, std::uint64_t index, block::Block value,
            block::Path path = block::best_path());
/// nodes[index], likewise; zero for an index behind the end.
block::Block select_at(std::span<const block::Block> nodes, std::uint64_t index,
                       block::Path path = block::best_path());

}  // namespace parley::vole
