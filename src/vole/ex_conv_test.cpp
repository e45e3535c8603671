#include "vole/ex_conv.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <vector>

#include "block/gf128.hpp"
#include "crypto/seeded.hpp"

namespace parley::vole {
namespace {

using block::Block;

Layout layout_of(std::uint64_t count, Code code = Code::ex_conv_7x24) {
  return Layout({.count = count, .code = code, .session = {}});
}

ExConv code_of(const Layout& layout, std::uint64_t seed = 1) {
  return ExConv(layout, Block{seed, 1}, Block{seed, 2}, Block{seed, 3});
}

std::vector<Block> random_blocks(std::size_t count, std::string_view label) {
  crypto::SeededEntropy entropy(crypto::Secret<32>(), label);
  std::vector<Block> out(count);
  entropy.fill(block::mutable_bytes_of(out));
  return out;
}

std::vector<std::uint32_t> stream(Block key, std::size_t count) {
  std::vector<Block> blocks(count / 4 + 1);
  block::aes_stream(key, blocks);
  std::vector<std::uint32_t> out(4 * blocks.size());
  std::memcpy(out.data(), blocks.data(), 4 * out.size());
  return out;
}

// The code as docs/spec/vole.md writes it, one position at a time.
std::vector<Block> by_definition(const Layout& layout, std::vector<Block> out, std::vector<Block> x,
                                 std::uint64_t seed = 1) {
  for (const std::uint64_t pass : {2, 3}) {
    const auto random = stream(Block{seed, pass}, x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      for (std::size_t j = 0; j < 24; ++j)
        if ((random[i] >> j) & 1) x[(i + 1 + j) % x.size()] ^= x[i];
      x[(i + 25) % x.size()] ^= x[i];
    }
  }
  const auto random = stream(Block{seed, 1}, out.size() * layout.weight);
  for (std::size_t row = 0; row < out.size(); ++row)
    for (std::size_t j = 0; j < layout.weight; ++j)
      out[row] ^= x[(std::uint64_t{random[row * layout.weight + j]} * x.size()) >> 32];
  return out;
}

class CodePath : public testing::TestWithParam<block::Path> {};
INSTANTIATE_TEST_SUITE_P(ExConv, CodePath, testing::ValuesIn(block::available_paths()),
                         [](const auto& each) { return std::string(block::name_of(each.param)); });

TEST_P(CodePath, encodes_by_the_definition_at_every_kind_of_size) {
  SerialParallel parallel;
  for (const std::uint64_t count : {1, 2, 255, 256, 277, 4093, 6789, 20000}) {
    for (const Code code : {Code::ex_conv_7x24, Code::ex_conv_21x24}) {
      if (code == Code::ex_conv_21x24 && count > 256) continue;
      const Layout layout = layout_of(count, code);
      const auto out = random_blocks(count, "out");
      const auto folded = random_blocks(layout.folded, "folded");
      const auto expected = by_definition(layout, out, folded);
      auto got = out;
      auto used = folded;
      code_of(layout).encode(got, used, parallel, GetParam());
      EXPECT_EQ(got, expected) << count;
    }
  }
}

TEST_P(CodePath, a_pair_is_two_vectors_encoded_alike) {
  SerialParallel parallel;
  for (const std::uint64_t count : {1, 277, 1001, 6789}) {
    const Layout layout = layout_of(count);
    auto first = random_blocks(count, "first");
    auto second = random_blocks(count, "second");
    const auto first_folded = random_blocks(layout.folded, "first folded");
    const auto second_folded = random_blocks(layout.folded, "second folded");
    // On a boundary of 32 bytes, as BlockVector gives it.
    block::BlockVector turn(2 * layout.folded);
    for (std::size_t i = 0; i < layout.folded; ++i) {
      turn[2 * i] = first_folded[i];
      turn[2 * i + 1] = second_folded[i];
    }
    const auto first_expected = by_definition(layout, first, first_folded);
    const auto second_expected = by_definition(layout, second, second_folded);
    code_of(layout).encode_pair(first, second, turn.span(), parallel, GetParam());
    EXPECT_EQ(first, first_expected);
    EXPECT_EQ(second, second_expected);
  }
}

/// Several cores, one after the other and the last one first.
class Backwards final : public Parallel {
 public:
  explicit Backwards(std::size_t width) : width_(width) {}
  std::size_t width() const override { return width_; }
  void run(std::size_t count, const std::function<void(std::size_t)>& task) override {
    for (std::size_t i = count; i-- > 0;) task(i);
  }

 private:
  std::size_t width_;
};

TEST_P(CodePath, is_the_same_for_every_number_of_cores) {
  const std::uint64_t count = 52'001;  // three stretches
  const Layout layout = layout_of(count);
  const auto out = random_blocks(count, "out");
  const auto folded = random_blocks(layout.folded, "folded");
  const auto expected = by_definition(layout, out, folded);
  for (const std::size_t width : {2, 3}) {
    Backwards cores(width);
    auto got = out;
    auto used = folded;
    code_of(layout).encode(got, used, cores, GetParam());
    EXPECT_EQ(got, expected) << width;
  }
  // Both of a pair are the same vector.
  Backwards cores(3);
  block::BlockVector turn(2 * layout.folded);
  for (std::size_t i = 0; i < turn.size(); ++i) turn[i] = folded[i / 2];
  auto first = out;
  auto second = out;
  code_of(layout).encode_pair(first, second, turn.span(), cores, GetParam());
  EXPECT_EQ(first, expected);
  EXPECT_EQ(second, expected);
}

// What a single position of the noise does to the outputs: about half of them, wherever it stands. With one
// pass instead of two the last positions reach few; with taps that are never set none would be spread.
TEST(ExConv, every_position_reaches_about_half_of_the_outputs) {
  SerialParallel parallel;
  const Layout layout = layout_of(2000);
  const ExConv code = code_of(layout);
  for (const std::uint64_t where :
       {std::uint64_t{0}, layout.folded / 2, layout.folded - 26, layout.folded - 2, layout.folded - 1}) {
    std::vector<Block> out(layout.count);
    std::vector<Block> folded(layout.folded);
    folded[where] = block::gf_one;
    code.encode(out, folded, parallel);
    const auto reached = std::ranges::count(out, block::gf_one);
    EXPECT_EQ(reached + std::ranges::count(out, Block{}), 2000);
    EXPECT_GT(reached, 880) << where;  // 1000 ± 5.4 standard deviations
    EXPECT_LT(reached, 1120) << where;
  }
}

// 128 random positions as the bits of a block: the outputs, as vectors over GF(2), must span everything, that
// is no sum of the positions vanishes.
TEST(ExConv, folded_positions_are_independent_in_the_outputs) {
  SerialParallel parallel;
  const Layout layout = layout_of(1500);
  std::vector<Block> out(layout.count);
  std::vector<Block> folded(layout.folded);
  for (unsigned bit = 0; bit < 128; ++bit)
    folded[(bit * std::size_t{7919}) % layout.folded] ^=
        bit < 64 ? Block{std::uint64_t{1} << bit, 0} : Block{0, std::uint64_t{1} << (bit - 64)};
  code_of(layout).encode(out, folded, parallel);
  unsigned rank = 0;
  for (unsigned bit = 0; bit < 128; ++bit) {
    const auto pivot = std::find_if(out.begin() + rank, out.end(), [&](Block b) { return b.bit(bit) == 1; });
    if (pivot == out.end()) continue;
    std::swap(out[rank], *pivot);
    for (std::size_t i = rank + 1; i < out.size(); ++i) out[i] ^= out[rank] & block::mask_of(out[i].bit(bit));
    ++rank;
  }
  EXPECT_EQ(rank, 128U);
}

TEST(ExConv, another_seed_is_another_code) {
  SerialParallel parallel;
  const Layout layout = layout_of(500);
  std::vector<Block> one(layout.count);
  std::vector<Block> two(layout.count);
  auto folded = random_blocks(layout.folded, "folded");
  auto again = folded;
  code_of(layout, 1).encode(one, folded, parallel);
  code_of(layout, 2).encode(two, again, parallel);
  EXPECT_NE(one, two);
}

}  // namespace
}  // namespace parley::vole
