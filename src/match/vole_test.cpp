#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include "match/vole_dealer_fixture.hpp"

namespace parley::match {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Numbers = std::vector<std::uint32_t>;

std::vector<std::uint32_t> plain_intersection(const ItemSet& a, const ItemSet& b) {
  std::set<Bytes> in_b;
  for (std::uint32_t i = 0; i < b.size(); ++i) in_b.insert(to_bytes(b[i]));
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < a.size(); ++i)
    if (in_b.contains(to_bytes(a[i]))) out.push_back(i);
  return out;
}

void expect_result(TestSession& session, const ItemSet& a, const ItemSet& b, Learner learner) {
  session.run();
  ASSERT_FALSE(session.receiver.error) << session.receiver.error->text();
  ASSERT_FALSE(session.sender.error) << session.sender.error->text();
  ASSERT_TRUE(session.receiver.done && session.sender.done);
  const auto expected = plain_intersection(a, b);
  ASSERT_TRUE(session.receiver.party->outcome());
  EXPECT_EQ(session.receiver.party->outcome()->size, expected.size());
  EXPECT_EQ(session.receiver.party->outcome()->items, expected);
  ASSERT_EQ(session.sender.party->outcome().has_value(), learner == Learner::both);
  if (learner == Learner::both) {
    EXPECT_EQ(session.sender.party->outcome()->items, plain_intersection(b, a));
    EXPECT_EQ(session.sender.party->outcome()->size, expected.size());
  }
  EXPECT_EQ(session.receiver.party->transcript_hash(), session.sender.party->transcript_hash());
}

void expect_dealt(const ItemSet& a, const ItemSet& b, Learner learner, std::uint32_t chunk,
                  std::uint8_t seeds = 1) {
  TestSession session = dealt_session(vole_test_parameters(a, b, learner, chunk), a, b, seeds);
  expect_result(session, a, b, learner);
}

TEST(VoleMatch, finds_the_plain_intersection_of_random_sets_over_a_dealt_vole) {
  std::mt19937 random(20261122);
  const int rounds = std::getenv("PARLEY_LONG") != nullptr ? 1'000'000 : 200;
  for (int round = 0; round < rounds; ++round) {
    Numbers a(random() % 40);
    Numbers b(random() % 40);
    for (auto& x : a) x = random() % 50;
    for (auto& x : b) x = random() % 50;
    expect_dealt(test_set(a), test_set(b), round % 2 == 0 ? Learner::receiver : Learner::both,
                 1 + random() % 200, static_cast<std::uint8_t>(random()));
    if (::testing::Test::HasFailure()) break;
  }
}

void expect_real(const ItemSet& a, const ItemSet& b, Learner learner, std::uint32_t chunk,
                 std::uint8_t seeds = 1) {
  TestSession session(vole_test_parameters(a, b, learner, chunk), a, b, seeds);
  expect_result(session, a, b, learner);
  EXPECT_EQ(session.receiver.party->work().done, session.receiver.party->work().total);
  EXPECT_EQ(session.sender.party->work().done, session.sender.party->work().total);
}

TEST(VoleMatch, finds_the_plain_intersection_of_random_sets_over_the_real_vole) {
  std::mt19937 random(20261123);
  const int rounds = std::getenv("PARLEY_LONG") != nullptr ? 10'000 : 20;
  for (int round = 0; round < rounds; ++round) {
    Numbers a(random() % 40);
    Numbers b(random() % 40);
    for (auto& x : a) x = random() % 50;
    for (auto& x : b) x = random() % 50;
    expect_real(test_set(a), test_set(b), round % 2 == 0 ? Learner::receiver : Learner::both,
                1 + random() % 2000, static_cast<std::uint8_t>(random()));
    if (::testing::Test::HasFailure()) break;
  }
}

}  // namespace
}  // namespace parley::match
