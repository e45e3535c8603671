#include "vole/base_ot.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/seeded.hpp"

namespace parley::vole {
namespace {

using block::Block;

struct BaseOt : testing::Test {
  crypto::SeededEntropy entropy{crypto::Secret<32>(), "base-ot"};
  SerialParallel parallel;
  crypto::Hash256 tag = crypto::sha256(as_bytes("session"));
  Block choices{0x0123456789abcdef, 0xfedcba9876543210};
  BaseOtChooser chooser{entropy};
  BaseOtSender sender{entropy};
  Bytes offer = chooser.offer(tag, choices, parallel);
  Bytes answer = sender.answer(parallel);
};

TEST_F(BaseOt, the_chooser_gets_the_chosen_key_of_each_transfer_and_not_the_other) {
  const auto both = sender.keys(tag, offer, answer, parallel);
  const auto one = chooser.keys(tag, choices, answer, parallel);
  ASSERT_TRUE(both && one);
  for (std::size_t i = 0; i < delta_bits; ++i) {
    const auto choice = choices.bit(i);
    EXPECT_EQ((*one)[i], (*both)[2 * i + choice]);
    EXPECT_NE((*one)[i], (*both)[2 * i + 1 - choice]);
  }
}

TEST_F(BaseOt, keys_of_another_session_are_other_keys) {
  const auto other_tag = crypto::sha256(as_bytes("another session"));
  const auto both = sender.keys(other_tag, offer, answer, parallel);
  const auto one = chooser.keys(tag, choices, answer, parallel);
  ASSERT_TRUE(both && one);
  for (std::size_t i = 0; i < delta_bits; ++i) {
    EXPECT_NE((*one)[i], (*both)[2 * i]);
    EXPECT_NE((*one)[i], (*both)[2 * i + 1]);
  }
}

// A chooser of a semi-honest base OT may send two elements whose logarithms it knows, and has both keys. Here
// each element is shifted by a hash of the other, so that of at most one sum a logarithm is known.
TEST_F(BaseOt, an_offer_of_two_known_elements_gives_no_key_at_all) {
  crypto::SeededEntropy again(crypto::Secret<32>(), "base-ot");
  const Bytes known = BaseOtSender(again).answer(parallel);  // the chooser's exponents times the generator
  Bytes twice(offer.size());
  for (std::size_t i = 0; i < std::size_t{2} * delta_bits; ++i)
    std::copy_n(known.begin() + static_cast<std::ptrdiff_t>(i / 2 * point_bytes), point_bytes,
                twice.begin() + static_cast<std::ptrdiff_t>(i * point_bytes));
  const auto both = sender.keys(tag, twice, answer, parallel);
  ASSERT_TRUE(both);
  for (const Block wanted : {Block{}, Block{~0ULL, ~0ULL}}) {
    const auto guessed = chooser.keys(tag, wanted, answer, parallel);
    ASSERT_TRUE(guessed);
    for (std::size_t i = 0; i < delta_bits; ++i) EXPECT_NE((*guessed)[i], (*both)[2 * i + wanted.bit(i)]);
  }
}

TEST_F(BaseOt, what_is_no_element_is_refused_wherever_it_stands) {
  const Bytes identity(point_bytes, 0);
  Bytes too_large(point_bytes, 0xff);  // not reduced
  Bytes negative(point_bytes, 0);
  negative[0] = 1;  // odd: a negative field element
  Bytes not_square(point_bytes, 0);
  not_square[0] = 2;  // on the twist: no element has this encoding
  for (const Bytes& bad : {identity, too_large, negative, not_square}) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{255}}) {
      Bytes changed = offer;
      std::ranges::copy(bad, changed.begin() + static_cast<std::ptrdiff_t>(at * point_bytes));
      EXPECT_FALSE(sender.keys(tag, changed, answer, parallel));
    }
    for (const std::size_t at : {std::size_t{0}, std::size_t{127}}) {
      Bytes changed = answer;
      std::ranges::copy(bad, changed.begin() + static_cast<std::ptrdiff_t>(at * point_bytes));
      EXPECT_FALSE(chooser.keys(tag, choices, changed, parallel));
    }
  }
}

TEST_F(BaseOt, an_offer_does_not_show_the_choices) {
  // Same randomness, other choices: every pair of elements still has two different ones, and each differs.
  crypto::SeededEntropy again(crypto::Secret<32>(), "base-ot");
  const BaseOtChooser same(again);
  const Bytes other = same.offer(tag, Block{~choices.low, ~choices.high}, parallel);
  for (std::size_t i = 0; i < delta_bits; ++i) {
    const auto at = [&](const Bytes& bytes, std::size_t k) {
      return Bytes(bytes.begin() + static_cast<std::ptrdiff_t>((2 * i + k) * point_bytes),
                   bytes.begin() + static_cast<std::ptrdiff_t>((2 * i + k + 1) * point_bytes));
    };
    EXPECT_NE(at(offer, 0), at(offer, 1));
    // The element without a known logarithm changes its place with the choice.
    EXPECT_EQ(at(offer, 1 - choices.bit(static_cast<unsigned>(i))),
              at(other, choices.bit(static_cast<unsigned>(i))));
  }
}

}  // namespace
}  // namespace parley::vole
