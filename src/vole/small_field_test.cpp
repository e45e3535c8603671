#include "vole/small_field.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "block/gf128.hpp"
#include "crypto/seeded.hpp"
#include "vole/correlation.hpp"
#include "vole/fold.hpp"

namespace parley::vole {
namespace {

using block::Block;
using block::BlockVector;

constexpr std::uint64_t words = 37;

std::vector<Block> random_blocks(std::size_t count, std::string_view label) {
  crypto::SeededEntropy entropy(crypto::Secret<32>(), label);
  std::vector<Block> out(count);
  entropy.fill(block::mutable_bytes_of(out));
  return out;
}

const TreeKeys& generator() {
  static const TreeKeys made(Block{1, 0}, Block{2, 0});
  return made;
}

// Both sides over base OTs from a dealer.
struct Pair {
  explicit Pair(Block delta_value, std::uint64_t flip = ~std::uint64_t{0})
      : delta(delta_value), keys(random_blocks(256, "keys")), holder(generator(), keys) {
    std::vector<Block> chosen;
    for (std::size_t i = 0; i < delta_bits; ++i) chosen.push_back(keys[2 * i + (1 - delta.bit(i))]);
    Bytes tree_part = holder.tree_part();
    if (flip != ~std::uint64_t{0})
      tree_part[flip / 8] = static_cast<std::uint8_t>(tree_part[flip / 8] ^ (1U << (flip % 8)));
    guesser = SmallFieldGuesser::make(generator(), delta, chosen, tree_part);
    if (!*guesser) return;
    corrections.resize((small_fields - 1) * words * block_bytes);
    holder.expand(words, corrections, parallel);
    (*guesser)->expand(delta, words, corrections, parallel);
  }
  const SmallFieldGuesser& other() const { return **guesser; }

  SerialParallel parallel;
  Block delta;
  std::vector<Block> keys;
  SmallFieldHolder holder;
  std::optional<Result<SmallFieldGuesser>> guesser;
  Bytes corrections;
};

TEST(SmallField, columns_satisfy_q_equal_to_v_plus_delta_times_u) {
  for (const Block delta : {random_blocks(1, "delta")[0], Block{},
                            Block{~std::uint64_t{0}, ~std::uint64_t{0}}, Block{1, std::uint64_t{1} << 63}}) {
    const Pair pair(delta);
    ASSERT_TRUE(pair.guesser->has_value());
    for (unsigned c = 0; c < delta_bits; ++c)
      for (std::uint64_t w = 0; w < words; ++w)
        ASSERT_EQ(pair.other().q().column(c)[w],
                  pair.holder.v().column(c)[w] ^ (pair.holder.u()[w] & block::mask_of(delta.bit(c))));
  }
}

TEST(SmallField, words_are_products_in_the_field_and_rows_are_correlated) {
  const Pair pair(random_blocks(1, "delta")[0]);
  std::vector<Block> z(5);
  std::vector<Block> w(5);
  combine(pair.other().q(), 3, z);
  combine(pair.holder.v(), 3, w);
  for (std::size_t j = 0; j < z.size(); ++j)
    EXPECT_EQ(z[j], w[j] ^ block::mul(pair.holder.u()[3 + j], pair.delta));
  const BlockVector q_rows = rows(pair.other().q(), 10, 300);
  const BlockVector v_rows = rows(pair.holder.v(), 10, 300);
  for (unsigned i = 0; i < 300; ++i) {
    const Block u = pair.holder.u()[10 + i / 128];
    ASSERT_EQ(q_rows[i], v_rows[i] ^ (pair.delta & block::mask_of(u.bit(i % 128))));
  }
  for (unsigned i = 0; i < 128; ++i)
    for (unsigned c = 0; c < 128; ++c)
      ASSERT_EQ(v_rows[i].bit(c), pair.holder.v().column(c)[10].bit(i)) << i << " " << c;
}

TEST(SmallField, the_hash_of_the_columns_agrees_and_sees_one_changed_bit) {
  Pair pair(random_blocks(1, "delta")[0]);
  const ColumnHash hash(Block{8, 9}, words);
  const Block u_hash = hash.of(pair.holder.u());
  const auto theirs = hash.of_columns(pair.holder.v(), {}, {});
  EXPECT_EQ(hash.of_columns(pair.other().q(), pair.delta, u_hash), theirs);
  EXPECT_NE(hash.of_columns(pair.other().q(), pair.delta, u_hash ^ Block{1, 0}), theirs);
  // A correction with one bit changed: the columns of that part no longer have the common u, which shows in
  // every column where Δ has a one.
  for (const std::size_t at : {std::size_t{0}, pair.corrections.size() / 2, pair.corrections.size() - 1}) {
    Bytes changed = pair.corrections;
    changed[at] ^= 0x10;
    (*pair.guesser)->expand(pair.delta, words, changed, pair.parallel);
    EXPECT_NE(hash.of_columns(pair.other().q(), pair.delta, u_hash), theirs);
  }
}

// What a cheating holder can learn is whether Δ avoids the leaves that it spoiled, at the price of the
// session.
TEST(SmallField, a_changed_tree_is_seen_unless_the_guesser_never_looks_there) {
  const Block delta = random_blocks(1, "delta")[0];
  const std::uint64_t tree_bits = Pair(delta).holder.tree_part().size() * 8 / small_fields;
  for (const unsigned tree : {0U, 7U, 15U}) {
    for (unsigned level = 2; level <= field_bits; ++level) {
      const std::uint64_t at = tree * tree_bits + (level - std::uint64_t{2}) * 256;
      const bool left_is_used = delta.bit(tree * field_bits + field_bits - level) == 1;
      EXPECT_EQ(Pair(delta, at + 5).guesser->has_value(), !left_is_used);
      EXPECT_EQ(Pair(delta, at + 128 + 5).guesser->has_value(), left_is_used);
    }
    const std::uint64_t sums = tree * tree_bits + 7 * 256;
    EXPECT_FALSE(Pair(delta, sums).guesser->has_value());
    EXPECT_FALSE(Pair(delta, sums + 256).guesser->has_value());
  }
}

class FoldPath : public testing::TestWithParam<block::Path> {};
INSTANTIATE_TEST_SUITE_P(SmallField, FoldPath, testing::ValuesIn(block::available_paths()),
                         [](const auto& each) { return std::string(block::name_of(each.param)); });

TEST_P(FoldPath, folding_adds_up_the_streams_of_each_bit) {
  BlockVector streams(small_leaves * fold_words);
  const auto random = random_blocks(streams.size(), "streams");
  std::ranges::copy(random, streams.begin());
  BlockVector sums((1 + field_bits) * fold_words);
  fold(streams.data(), sums.data(), GetParam());
  std::vector<Block> expected(sums.size());
  for (std::size_t x = 0; x < small_leaves; ++x) {
    for (std::size_t w = 0; w < fold_words; ++w) {
      const Block value = random[x * fold_words + w];
      expected[w] ^= value;
      for (unsigned bit = 0; bit < field_bits; ++bit)
        if ((x >> bit) & 1) expected[(1 + bit) * fold_words + w] ^= value;
    }
  }
  EXPECT_TRUE(std::ranges::equal(sums, expected));
}

TEST_P(FoldPath, a_secret_index_is_found_and_one_behind_the_end_is_not) {
  for (std::size_t size = 0; size < 20; ++size) {
    const auto before = random_blocks(size, "index");
    for (std::uint64_t index = 0; index < 24; ++index) {
      auto nodes = before;
      add_at(nodes, index, Block{1, 2}, GetParam());
      auto expected = before;
      if (index < size) expected[index] ^= Block{1, 2};
      EXPECT_EQ(nodes, expected);
      EXPECT_EQ(select_at(before, index, GetParam()), index < size ? before[index] : Block{});
    }
    auto nodes = before;
    add_at(nodes, ~std::uint64_t{0}, Block{1, 2}, GetParam());
    EXPECT_EQ(nodes, before);
  }
}

}  // namespace
}  // namespace parley::vole
