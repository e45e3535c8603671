#include "match/commitment.hpp"

#include <gtest/gtest.h>

#include <set>

#include "match/test_session.hpp"

namespace parley::match {
namespace {

TEST(SetCommitment, opens_every_item_of_sets_of_many_sizes) {
  for (const std::uint32_t size : {0U, 1U, 2U, 3U, 8U, 9U, 31U}) {
    const ItemSet set = test_set(numbers_from(0, size));
    const std::uint32_t padded = padded_size(size);
    const SetTree tree(set, test_seed(1), padded);
    EXPECT_EQ(tree.root(), set_root(set, test_seed(1), padded));
    std::set<std::uint32_t> positions;
    for (std::uint32_t i = 0; i < size; ++i) {
      const LeafOpening opening = tree.open(i);
      EXPECT_TRUE(verify_leaf(tree.root(), padded, opening));
      EXPECT_EQ(opening.item, to_bytes(set[i]));
      positions.insert(opening.position);
    }
    EXPECT_EQ(positions.size(), size);
  }
}

TEST(SetCommitment, a_root_made_in_steps_is_the_root) {
  const ItemSet set = test_set(numbers_from(0, 27));
  for (const std::uint32_t stride : {1U, 5U, 32U, 100U}) {
    SetRootBuilder builder(set, test_seed(1), 32);
    std::uint32_t steps = 1;
    while (!builder.step(stride)) ++steps;
    EXPECT_EQ(steps, std::max(1U, (32 + stride - 1) / stride));
    EXPECT_EQ(builder.root(), set_root(set, test_seed(1), 32));
  }
}

TEST(SetCommitment, a_set_made_item_by_item_is_the_set_and_refuses_what_is_out_of_order) {
  const ItemSet set = test_set(numbers_from(0, 27));
  ItemSet grown;
  for (std::uint32_t i = 0; i < set.size(); ++i) ASSERT_TRUE(grown.append_next(set[i]));
  EXPECT_EQ(grown, set);
  EXPECT_FALSE(grown.append_next(set[26]));
  EXPECT_FALSE(grown.append_next(set[3]));
  EXPECT_FALSE(grown.append_next(Bytes(max_item_bytes + 1, 0xff)));
  EXPECT_EQ(grown, set);
}

TEST(SetCommitment, a_set_that_was_cleared_is_empty_and_can_be_filled_again) {
  SerialParallel parallel;
  const ItemSet few = test_set(numbers_from(0, 3));
  for (const std::uint32_t count : {1U, 200U}) {  // small, and some megabytes
    ItemSet set;
    for (std::uint32_t i = 0; i < count; ++i)
      ASSERT_TRUE(set.append_next(Bytes(max_item_bytes - 200 + i, static_cast<std::uint8_t>(i))));
    set.clear(parallel);
    EXPECT_TRUE(set.empty());
    for (std::uint32_t i = 0; i < few.size(); ++i) ASSERT_TRUE(set.append_next(few[i]));
    EXPECT_EQ(set, few);
  }
}

TEST(SetCommitment, computes_the_leaf_and_the_node_as_the_specification_says) {
  const ItemSet set = test_set({1, 2});
  const SetTree tree(set, test_seed(1), 2);
  const auto leaf = [](const LeafOpening& opening) {
    Bytes message = {0x00};
    append(message, BytesView(opening.salt));
    append(message, BytesView(opening.item));
    return crypto::sha256(message);
  };
  const LeafOpening first = tree.open(0);
  const LeafOpening second = tree.open(1);
  Bytes message = {0x01};
  append(message, BytesView(leaf(first.position == 0 ? first : second)));
  append(message, BytesView(leaf(first.position == 0 ? second : first)));
  EXPECT_EQ(crypto::sha256(message), tree.root());
}

TEST(SetCommitment, refuses_an_opening_that_was_changed_anywhere) {
  const ItemSet set = test_set(numbers_from(0, 11));
  const SetTree tree(set, test_seed(1), 16);
  const auto verifies = [&](auto change) {
    LeafOpening opening = tree.open(4);
    change(opening);
    return verify_leaf(tree.root(), 16, opening);
  };
  EXPECT_TRUE(verifies([](LeafOpening&) {}));
  EXPECT_FALSE(verifies([](LeafOpening& o) { o.position ^= 1U; }));
  EXPECT_FALSE(verifies([](LeafOpening& o) { o.position += 16; }));
  EXPECT_FALSE(verifies([](LeafOpening& o) { o.salt[31] ^= 1; }));
  EXPECT_FALSE(verifies([](LeafOpening& o) { o.item.push_back(0); }));
  EXPECT_FALSE(verifies([](LeafOpening& o) { o.path.pop_back(); }));
  EXPECT_FALSE(verifies([](LeafOpening& o) { o.path.push_back(o.path[0]); }));
  for (std::size_t level = 0; level < 4; ++level)
    EXPECT_FALSE(verifies([&](LeafOpening& o) { o.path[level][0] ^= 0x80; }));
  EXPECT_FALSE(verify_leaf(tree.root(), 32, tree.open(4)));
  EXPECT_FALSE(verify_leaf(tree.root(), 0, tree.open(4)));
}

TEST(SetCommitment, hides_equal_sets_behind_other_seeds_and_shows_any_other_set) {
  const ItemSet set = test_set(numbers_from(0, 11));
  EXPECT_NE(set_root(set, test_seed(1), 16), set_root(set, test_seed(2), 16));
  EXPECT_NE(set_root(set, test_seed(1), 16), set_root(set, test_seed(1), 32));
  EXPECT_NE(set_root(set, test_seed(1), 16), set_root(test_set(numbers_from(0, 12)), test_seed(1), 16));
  EXPECT_NE(set_root(set, test_seed(1), 16), set_root(test_set(numbers_from(1, 12)), test_seed(1), 16));
}

TEST(SetCommitment, writes_an_opening_as_json_that_reads_back) {
  const ItemSet set = test_set(numbers_from(0, 5));
  const SetTree tree(set, test_seed(1), 8);
  const LeafOpening opening = tree.open(2);
  const auto back = leaf_opening_from_json(leaf_opening_to_json(opening));
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(*back, opening);

  const auto reads = [&](auto change) {
    encoding::Json json = leaf_opening_to_json(opening);
    change(json);
    return leaf_opening_from_json(json).has_value();
  };
  for (const char* key : {"item", "path", "position", "salt"})
    EXPECT_FALSE(reads([&](encoding::Json& json) { json.erase(key); })) << key;
  EXPECT_FALSE(reads([](encoding::Json& json) { json.set("salt", "00"); }));
  EXPECT_FALSE(reads([](encoding::Json& json) { json.set("position", -1); }));
  EXPECT_FALSE(reads([](encoding::Json& json) { json.set("position", max_padded_size); }));
  EXPECT_FALSE(
      reads([](encoding::Json& json) { json.set("item", to_base64url(Bytes(max_item_bytes + 1))); }));
  EXPECT_FALSE(reads([](encoding::Json& json) {
    for (int i = 0; i < 25; ++i) json.find("path")->push_back(std::string(64, '0'));
  }));
}

TEST(SeedCommitment, is_bound_to_seed_and_opening) {
  const auto commitment = commit_seed(test_seed(1), test_seed(2));
  EXPECT_EQ(commitment, commit_seed(test_seed(1), test_seed(2)));
  EXPECT_NE(commitment, commit_seed(test_seed(3), test_seed(2)));
  EXPECT_NE(commitment, commit_seed(test_seed(1), test_seed(3)));
  EXPECT_NE(commitment, commit_seed(test_seed(2), test_seed(1)));
}

}  // namespace
}  // namespace parley::match
