#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <vector>

#include "group/field_probe_fixture.hpp"
#include "group/isa.hpp"
#include "group/residue_fixture.hpp"

namespace parley::group {
namespace {

FieldProbe probe(Isa isa) {
  switch (isa) {
    case Isa::avx2:
      return field_probe_avx2();
    case Isa::avx512ifma:
      return field_probe_avx512ifma();
    case Isa::portable:
      break;
  }
  return field_probe_portable();
}

struct Factor {
  FieldProbe::Limbs limbs;
};

// Limbs at and near their bounds, in every combination of few kinds, and random ones.
std::vector<Factor> factors(const FieldProbe& field, std::mt19937_64& random, std::size_t count) {
  std::vector<Factor> out;
  for (std::size_t n = 0; n < count; ++n) {
    Factor factor{};
    for (int i = 0; i < 5; ++i) {
      const std::int64_t most = field.largest[i];
      const std::int64_t least = field.has_negative_limbs ? -most : 0;
      // The first go through all choices of largest and smallest, then everything is mixed.
      const std::uint64_t kind = n < 32 ? (n >> i & 1) : random() % 6;
      switch (kind) {
        case 0:
          factor.limbs[i] = most;
          break;
        case 1:
          factor.limbs[i] = least;
          break;
        case 2:
          factor.limbs[i] = most - static_cast<std::int64_t>(random() % 3);
          break;
        case 3:
          factor.limbs[i] = least + static_cast<std::int64_t>(random() % 3);
          break;
        default:
          factor.limbs[i] =
              least + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most - least + 1));
      }
    }
    out.push_back(factor);
  }
  return out;
}

class Field : public testing::TestWithParam<Isa> {
 protected:
  FieldProbe field_ = probe(GetParam());
  std::mt19937_64 random_{7};
  std::size_t count_ = std::getenv("PARLEY_LONG") != nullptr ? 3000 : 60;

  Residue residue(const Factor& factor) const { return Residue::of_limbs(factor.limbs, field_.radix); }
};

TEST_P(Field, multiplies_and_squares_limbs_at_their_bounds) {
  const auto all = factors(field_, random_, count_);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Factor& a = all[i];
    const Factor& b = all[random_() % all.size()];
    Words out;
    field_.product(a.limbs, b.limbs, out);
    EXPECT_EQ(Residue(out), residue(a) * residue(b)) << i;
    field_.square(a.limbs, out);
    EXPECT_EQ(Residue(out), residue(a) * residue(a)) << i;
    field_.product(a.limbs, a.limbs, out);
    EXPECT_EQ(Residue(out), residue(a) * residue(a)) << i;
  }
}

TEST_P(Field, adds_and_subtracts_products_before_it_carries) {
  const auto all = factors(field_, random_, count_);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Residue a = residue(all[i]);
    const Factor& other = all[random_() % all.size()];
    const Residue b = residue(other);
    Words out;
    field_.combined(all[i].limbs, other.limbs, out);
    EXPECT_EQ(Residue(out), Residue(3) * a * b - Residue(4) * b * b) << i;
    field_.below_zero(all[i].limbs, out);
    EXPECT_EQ(Residue(out), Residue(0) - Residue(4) * a * a) << i;
  }
}

TEST_P(Field, stores_the_least_residue) {
  // What is stored is below p: storing reduces fully, and Residue's constructor then changes nothing.
  for (const Factor& factor : factors(field_, random_, count_)) {
    Words out;
    const FieldProbe::Limbs one = {1, 0, 0, 0, 0};
    field_.product(factor.limbs, one, out);
    EXPECT_EQ(Residue(out), residue(factor));
    EXPECT_TRUE(out[3] < ~0ULL >> 1 ||
                (out[3] == ~0ULL >> 1 && (~out[2] != 0 || ~out[1] != 0 || out[0] < 0xffffffffffffffed)));
    EXPECT_EQ(field_.signs(factor.limbs) & 1, residue(factor).is_odd() ? 1U : 0U);
    EXPECT_EQ(field_.signs(factor.limbs) >> 1, residue(factor) == Residue(0) ? 1U : 0U);
  }
}

TEST_P(Field, knows_zero_and_the_sign_around_the_modulus) {
  // p - 3 to p + 3 in the field's limbs.
  for (std::int64_t difference = -3; difference <= 3; ++difference) {
    FieldProbe::Limbs limbs{};
    const std::int64_t full = (1LL << field_.radix) - 1;
    if (field_.has_negative_limbs) {
      limbs[0] = -19 + difference;  // 2^255 would be the next limb: p is -19, and 0 stands for itself
    } else {
      for (std::int64_t& limb : limbs) limb = full;
      limbs[0] = full - 18 + difference;
      limbs[4] = (1LL << (255 - 4 * field_.radix)) - 1;
    }
    const Residue expected = Residue::of_limbs(limbs, field_.radix);
    EXPECT_EQ(field_.signs(limbs) & 1, expected.is_odd() ? 1U : 0U) << difference;
    EXPECT_EQ(field_.signs(limbs) >> 1, expected == Residue(0) ? 1U : 0U) << difference;
  }
  for (std::int64_t small = 0; small < 20; ++small) {
    const FieldProbe::Limbs limbs = {small, 0, 0, 0, 0};
    EXPECT_EQ(field_.signs(limbs), (small & 1) | (small == 0 ? 2 : 0));
  }
}

TEST_P(Field, keeps_the_lanes_apart) {
  std::uint64_t a[32];
  std::uint64_t b[32];
  std::uint64_t out[32];
  for (std::size_t round = 0; round < count_ / 4; ++round) {
    for (int i = 0; i < 32; ++i) {
      // All bits set now and then: 2^256 - 1 is more than twice p.
      a[i] = random_() % 4 == 0 ? ~0ULL : random_();
      b[i] = random_() % 4 == 0 ? ~0ULL : random_();
    }
    field_.product_of_lanes(a, b, out);
    for (int lane = 0; lane < 8; ++lane) {
      const auto of = [&](const std::uint64_t* w) {
        return Residue(Words{w[lane], w[8 + lane], w[16 + lane], w[24 + lane]});
      };
      EXPECT_EQ(of(out), of(a) * of(b)) << lane;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, Field, testing::ValuesIn(supported_isas().begin(), supported_isas().end()),
                         [](const auto& tested) { return std::string(name(tested.param)); });

}  // namespace
}  // namespace parley::group
