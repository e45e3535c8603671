#include "vole/single_point.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "block/gf128.hpp"
#include "crypto/seeded.hpp"

namespace parley::vole {
namespace {

using block::Block;

// A layout with a domain of our choice; nothing else of it matters to a tree.
Layout tree_layout(std::uint64_t domain) {
  return Layout(
      {.count = domain * noise_weight(Code::ex_conv_7x24) / 2, .code = Code::ex_conv_7x24, .session = {}});
}

const block::GgmGenerator& generator() {
  static const block::GgmGenerator made(Block{1, 0}, Block{2, 0});
  return made;
}

struct Grown {
  std::vector<Block> leaves;
  std::vector<Block> message;
};

Grown grow(const Layout& layout) {
  Grown out{std::vector<Block>(layout.domain + 1), std::vector<Block>(std::size_t{2} * layout.depth + 1)};
  grow_tree(generator(), layout, Block{77, layout.domain}, out.leaves, out.message);
  out.leaves.resize(layout.domain);
  return out;
}

// What the receiver gets; the pads are zero, so the message is what it is.
std::vector<Block> puncture(const Layout& layout, std::uint64_t position, std::vector<Block> message,
                            Block last) {
  // It may use one sum of each level only: the other one is replaced, to show that it does.
  for (unsigned level = 1; level <= layout.depth; ++level)
    message[std::size_t{2} * (level - 1) + 1 - known_child(layout, position, level)] = Block{99, 99};
  std::vector<Block> nodes(layout.domain + 1);
  const std::vector<Block> pads(layout.depth);
  puncture_tree(generator(), layout, position, pads, message, last, nodes);
  nodes.resize(layout.domain);
  return nodes;
}

TEST(SinglePoint, layouts_have_the_domain_that_is_asked_for) {
  for (const std::uint64_t domain : {1, 2, 3, 17, 1000}) EXPECT_EQ(tree_layout(domain).domain, domain);
}

TEST(SinglePoint, the_receiver_knows_all_leaves_but_one_and_its_difference_there) {
  for (std::uint64_t domain = 1; domain <= 70; ++domain) {
    const Layout layout = tree_layout(domain);
    const Grown tree = grow(layout);
    const Block difference{123, 456};
    for (std::uint64_t position = 0; position < domain; ++position) {
      auto expected = tree.leaves;
      expected[position] ^= difference;
      ASSERT_EQ(puncture(layout, position, tree.message, tree.message.back() ^ difference), expected)
          << domain << " " << position;
    }
  }
}

// Pitfall: with a domain that is no power of two, a level ends with a node that has no right child. If that
// child did not count, a receiver that claims a position behind the domain would learn every leaf, and with z
// = w + y·Δ the sender's Δ.
TEST(SinglePoint, walking_off_the_edge_of_a_tree_does_not_give_all_that_masks_the_last_correction) {
  for (std::uint64_t domain = 1; domain <= 130; ++domain) {
    const Layout layout = tree_layout(domain);
    const Grown tree = grow(layout);
    const bool full = (domain & (domain - 1)) == 0;
    const Block leaves = block::sum(tree.leaves);
    EXPECT_EQ(tree.message.back() == leaves, full) << domain;
  }
}

TEST(SinglePoint, no_leaf_comes_twice) {
  const Layout layout = tree_layout(600);
  auto leaves = grow(layout).leaves;
  std::ranges::sort(leaves, [](Block a, Block b) { return a.low < b.low; });
  EXPECT_EQ(std::ranges::adjacent_find(leaves), leaves.end());
}

TEST(SinglePoint, a_weighted_sum_goes_on_where_the_last_one_ended) {
  const block::AesKey challenge(Block{5, 5});
  std::vector<Block> values(1500);
  crypto::SeededEntropy entropy(crypto::Secret<32>(), "values");
  entropy.fill(block::mutable_bytes_of(values));
  const WeightedSum whole = weighted_sum(challenge, 10, values, 1234);
  const std::span<const Block> all(values);
  EXPECT_EQ(whole.sum, weighted_sum(challenge, 10, all.first(700)).sum ^
                           weighted_sum(challenge, 710, all.subspan(700)).sum);
  Block coefficient;
  block::aes_stream(challenge, {&coefficient, 1}, 10 + 1234);
  EXPECT_EQ(whole.selected, coefficient);
}

}  // namespace
}  // namespace parley::vole
