#include "vole/single_point.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "block/gf128.hpp"
#include "vole/fold.hpp"

namespace parley::vole {

using block::Block;

void grow_tree(const block::GgmGenerator& generator, const Layout& layout, Block root, std::span<Block> nodes,
               std::span<Block> message) {
  PARLEY_ASSERT(message.size() == std::size_t{2} * layout.depth + 1);
  Block stubs;
  nodes[0] = root;
  for (unsigned level = 1; level <= layout.depth; ++level) {
    const std::uint64_t made = 2 * layout.nodes(level - 1);
    const std::array<Block, 2> sums = generator.expand(nodes.first(made));
    message[std::size_t{2} * (level - 1)] = sums[0];
    message[std::size_t{2} * (level - 1) + 1] = sums[1];
    if (made > layout.nodes(level)) stubs ^= nodes[made - 1];
  }
  message.back() = block::sum(nodes.first(layout.domain)) ^ stubs;
}

void puncture_tree(const block::GgmGenerator& generator, const Layout& layout, std::uint64_t position,
                   std::span<const Block> pads, std::span<const Block> message, Block last,
                   std::span<Block> nodes) {
  PARLEY_ASSERT(message.size() == std::size_t{2} * layout.depth + 1 && pads.size() == layout.depth);
  Block stubs;
  nodes[0] = {};  // unknown; so is every node on the path, whatever stands there
  for (unsigned level = 1; level <= layout.depth; ++level) {
    const std::uint64_t made = 2 * layout.nodes(level - 1);
    const std::array<Block, 2> sums = generator.expand(nodes.first(made));
    const Block right = block::mask_of(known_child(layout, position, level));
    const Block* stated = &message[std::size_t{2} * (level - 1)];
    const Block target = stated[0] ^ ((stated[0] ^ stated[1]) & right) ^ pads[level - 1];
    const Block present = sums[0] ^ ((sums[0] ^ sums[1]) & right);
    const std::uint64_t path = position >> (layout.depth - level);
    add_at(nodes.first(made), path ^ 1, target ^ present);
    if (made > layout.nodes(level)) stubs ^= nodes[made - 1];
  }
  const Block total = block::sum(nodes.first(layout.domain)) ^ stubs;
  add_at(nodes.first(layout.domain), position, total ^ last);
}

WeightedSum weighted_sum(const block::AesKey& challenge, std::uint64_t first, std::span<const Block> values,
                         std::optional<std::uint64_t> index) {
  constexpr std::size_t piece = 512;
  alignas(64) std::array<Block, piece> coefficients;
  WeightedSum out;
  for (std::size_t i = 0; i < values.size(); i += piece) {
    const std::span<Block> now(coefficients.data(), std::min(piece, values.size() - i));
    block::aes_stream(challenge, now, first + i);
    out.sum ^= block::inner_product(now, values.subspan(i, now.size()));
    if (index) out.selected ^= select_at(now, *index - i);
  }
  return out;
}

}  // namespace parley::vole
