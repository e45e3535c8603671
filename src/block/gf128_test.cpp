#include "block/gf128.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "crypto/seeded.hpp"

namespace parley::block {
namespace {

std::vector<Block> random_blocks(std::size_t count, std::string_view label) {
  crypto::SeededEntropy entropy(crypto::Secret<32>(), label);
  std::vector<Block> out(count);
  entropy.fill(mutable_bytes_of(out));
  return out;
}

// The definition: sum of X^i · a over the bits i of b.
Block slow_mul(Block a, Block b) {
  Block out;
  for (unsigned i = 0; i < 128; ++i) {
    out ^= a & mask_of(b.bit(i));
    a = times_x(a);
  }
  return out;
}

Block power_of_x(unsigned exponent) {
  return exponent < 64 ? Block{std::uint64_t{1} << exponent, 0}
                       : Block{0, std::uint64_t{1} << (exponent - 64)};
}

class EveryGfPath : public testing::TestWithParam<Path> {};
INSTANTIATE_TEST_SUITE_P(Gf128, EveryGfPath, testing::ValuesIn(available_paths()),
                         [](const auto& each) { return std::string(name_of(each.param)); });

TEST(Gf128, x_to_the_128_is_the_polynomial) {
  EXPECT_EQ(times_x(power_of_x(127)), (Block{0x87, 0}));
  EXPECT_EQ(times_x(Block{1, 0}), (Block{2, 0}));
}

TEST_P(EveryGfPath, multiplies_by_the_definition_for_all_pairs_of_powers) {
  for (unsigned i = 0; i < 128; ++i)
    for (unsigned j = 0; j < 128; ++j)
      ASSERT_EQ(mul(power_of_x(i), power_of_x(j), GetParam()), slow_mul(power_of_x(i), power_of_x(j)));
}

TEST_P(EveryGfPath, multiplies_by_the_definition_for_random_and_extreme_elements) {
  auto values = random_blocks(64, "gf");
  values.push_back({0, 0});
  values.push_back({1, 0});
  values.push_back({~std::uint64_t{0}, ~std::uint64_t{0}});
  for (const Block a : values)
    for (const Block b : values) ASSERT_EQ(mul(a, b, GetParam()), slow_mul(a, b));
}

TEST_P(EveryGfPath, is_a_field_multiplication) {
  const auto v = random_blocks(300, "field");
  for (std::size_t i = 0; i + 3 <= v.size(); i += 3) {
    const Block a = v[i], b = v[i + 1], c = v[i + 2];
    ASSERT_EQ(mul(a, b, GetParam()), mul(b, a, GetParam()));
    ASSERT_EQ(mul(mul(a, b, GetParam()), c, GetParam()), mul(a, mul(b, c, GetParam()), GetParam()));
    ASSERT_EQ(mul(a, b ^ c, GetParam()), mul(a, b, GetParam()) ^ mul(a, c, GetParam()));
    ASSERT_EQ(mul(a, gf_one, GetParam()), a);
  }
  // a^(2^128) = a: squaring 128 times is the identity.
  Block power = v[0];
  for (int i = 0; i < 128; ++i) power = mul(power, power, GetParam());
  EXPECT_EQ(power, v[0]);
}

TEST_P(EveryGfPath, batches_agree_with_single_products_for_every_length) {
  for (std::size_t count = 0; count < 40; ++count) {
    const auto a = random_blocks(count + 1, "a");
    const auto b = random_blocks(count + 1, "b");
    const Block delta = a.back();
    auto added = b;
    mul_add_constant({added.data(), count}, {a.data(), count}, delta, GetParam());
    std::vector<Block> product(count + 1, Block{9, 9});
    mul_constant({product.data(), count}, {a.data(), count}, delta, GetParam());
    Block inner;
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(product[i], slow_mul(a[i], delta));
      ASSERT_EQ(added[i], b[i] ^ product[i]);
      inner ^= slow_mul(a[i], b[i]);
    }
    EXPECT_EQ(added[count], b[count]) << "wrote behind the end";
    EXPECT_EQ(product[count], (Block{9, 9})) << "wrote behind the end";
    EXPECT_EQ(inner_product({a.data(), count}, {b.data(), count}, GetParam()), inner);
  }
}

}  // namespace
}  // namespace parley::block
