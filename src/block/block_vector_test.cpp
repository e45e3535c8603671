#include "block/block_vector.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace parley::block {
namespace {

class Sizes : public testing::TestWithParam<std::size_t> {};
// Around the size from which memory is mapped, and around a huge page.
INSTANTIATE_TEST_SUITE_P(BlockVector, Sizes,
                         testing::Values(1, 3, 65535, 65536, 65537, 131072, 131073, 300001));

TEST_P(Sizes, memory_is_zero_aligned_and_its_own) {
  BlockVector vector(GetParam(), Fill::zero, Wipe::yes);
  EXPECT_EQ(vector.size(), GetParam());
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(vector.data()) % 64, 0U);
  EXPECT_TRUE(std::all_of(vector.begin(), vector.end(), [](Block block) { return block == Block{}; }));
  for (Block& block : vector) block = {1, 2};
  BlockVector other = std::move(vector);
  EXPECT_TRUE(vector.empty());  // NOLINT(bugprone-use-after-move): a moved-from vector is empty
  EXPECT_EQ(other[GetParam() - 1], (Block{1, 2}));
  other.truncate(GetParam() / 2);
  EXPECT_EQ(other.size(), GetParam() / 2);
  other = BlockVector();
  EXPECT_TRUE(other.empty());
}

TEST(BlockVector, of_nothing_is_empty) {
  EXPECT_TRUE(BlockVector(0).empty());
  EXPECT_EQ(BlockVector().span().size(), 0U);
}

}  // namespace
}  // namespace parley::block
