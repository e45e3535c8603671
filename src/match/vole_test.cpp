#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>
#include <thread>

#include "match/vole_dealer_fixture.hpp"

namespace parley::match {
namespace {

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

/// Two sets and everything that a session can choose, at random. Most sets are tiny, so that equal items,
/// empty sets and whole intersections are frequent; one in `share` may be larger than the smallest store
/// takes (1,024 rows), up to 2^`largest_log2`, at odd sizes, padded to any size.
struct RandomRun {
  ItemSet a;
  ItemSet b;
  Parameters parameters;
  std::uint8_t seeds = 0;

  RandomRun(std::mt19937& random, unsigned largest_log2, unsigned share) {
    const bool large = random() % share == 0;
    const auto size = [&]() -> std::uint32_t {
      if (!large || random() % 4 == 0) return random() % 40;
      return random() % (1U << (10 + random() % (largest_log2 - 9)));
    };
    const auto draw = [&] {
      Numbers out(size());
      for (auto& x : out) x = random() % (large ? 1U + out.size() * 2U : 50U);
      return out;
    };
    a = test_set(draw());
    b = test_set(draw());
    const Learner learner = random() % 2 == 0 ? Learner::receiver : Learner::both;
    parameters = vole_test_parameters(a, b, learner, 1 + random() % (large ? 20000 : 200));
    parameters.prefer = random() % 2 == 0 ? Prefer::time : Prefer::bytes;
    if (random() % 2 == 0) {
      parameters.receiver_padded = a.size() + 1 + random() % (a.size() + 8);
      parameters.sender_padded = b.size() + 1 + random() % (b.size() + 8);
    }
    for (auto& byte : parameters.offer_hash) byte = static_cast<std::uint8_t>(random());
    seeds = static_cast<std::uint8_t>(random());
  }
};

TEST(VoleMatch, finds_the_plain_intersection_of_random_sets_over_a_dealt_vole) {
  std::mt19937 random(20261122);
  const bool all = std::getenv("PARLEY_LONG") != nullptr;
  int larger = 0;
  for (int round = 0; round < (all ? 1'000'000 : 200); ++round) {
    const bool huge = all && round % 1000 == 0;
    const RandomRun run(random, huge ? 17 : 12, huge ? 1 : 16);
    larger += run.parameters.receiver_padded > 1024;
    TestSession session = dealt_session(run.parameters, run.a, run.b, run.seeds);
    expect_result(session, run.a, run.b, run.parameters.learner);
    if (::testing::Test::HasFailure()) {
      ADD_FAILURE() << "round " << round;
      break;
    }
  }
  EXPECT_GE(larger, 1);
  RecordProperty("stores_larger_than_the_smallest", larger);
  std::printf("%d sessions had a store larger than the smallest\n", larger);
}

TEST(VoleMatch, is_right_for_empty_single_equal_disjoint_nested_and_unequal_sets) {
  std::uint8_t seeds = 0;
  for (const Learner learner : {Learner::receiver, Learner::both})
    for (const auto& [a, b] :
         std::vector<std::pair<Numbers, Numbers>>{{{}, {}},
                                                  {{}, {1}},
                                                  {{1}, {}},
                                                  {{1}, {1}},
                                                  {{1}, {2}},
                                                  {{1, 2}, {2, 3}},
                                                  {{1, 2, 3}, {1, 2, 3}},
                                                  {numbers_from(0, 33), numbers_from(0, 33)},
                                                  {numbers_from(0, 17), numbers_from(100, 131)},
                                                  {numbers_from(5, 9), numbers_from(0, 65)},
                                                  {numbers_from(0, 65), numbers_from(5, 9)},
                                                  {numbers_from(0, 67), numbers_from(60, 78)},
                                                  {numbers_from(0, 1025), numbers_from(1000, 1003)},
                                                  {numbers_from(1000, 1003), numbers_from(0, 1025)}})
      expect_dealt(test_set(a), test_set(b), learner, 512, ++seeds);
}

TEST(VoleMatch, pads_to_any_size_that_was_agreed) {
  const ItemSet a = test_set(numbers_from(0, 5));
  const ItemSet b = test_set(numbers_from(3, 6));
  for (const auto& [n, m] :
       std::vector<std::pair<std::uint32_t, std::uint32_t>>{{5, 3}, {7, 11}, {1030, 3}, {5, 1500}}) {
    Parameters p = vole_test_parameters(a, b, Learner::both);
    p.receiver_padded = n;
    p.sender_padded = m;
    TestSession session = dealt_session(p, a, b);
    expect_result(session, a, b, Learner::both);
  }
}

TEST(VoleMatch, is_right_with_the_denser_store) {
  const ItemSet a = test_set(numbers_from(0, 50));
  const ItemSet b = test_set(numbers_from(40, 60));
  Parameters p = vole_test_parameters(a, b, Learner::both, default_vole_chunk);
  p.receiver_padded = 1U << 16;
  TestSession time = dealt_session(p, a, b);
  expect_result(time, a, b, Learner::both);
  p.prefer = Prefer::bytes;
  TestSession bytes = dealt_session(p, a, b);
  expect_result(bytes, a, b, Learner::both);
  const auto length = [](const TestSession& session) {
    std::size_t out = 0;
    for (const Message& message : session.receiver.sent) out += message.body.size();
    return out;
  };
  EXPECT_LT(length(bytes) * 100, length(time) * 95);
}

TEST(VoleMatch, runs_over_either_code) {
  const ItemSet a = test_set(numbers_from(0, 50));
  const ItemSet b = test_set(numbers_from(40, 60));
  Parameters p = vole_test_parameters(a, b);
  EXPECT_EQ(vole_parameters(p).code, vole::Code::ex_conv_7x24);
  p.protocol = Protocol::vole_21x24;
  EXPECT_EQ(vole_parameters(p).code, vole::Code::ex_conv_21x24);
  TestSession session(p, a, b);
  expect_result(session, a, b, Learner::receiver);
}

TEST(VoleMatch, reads_the_names_of_its_choices_back) {
  for (const Prefer prefer : {Prefer::time, Prefer::bytes})
    EXPECT_EQ(*parse_prefer(prefer_name(prefer)), prefer);
  for (const Learner learner : {Learner::receiver, Learner::both})
    EXPECT_EQ(*parse_learner(learner_name(learner)), learner);
  for (const Protocol protocol : all_protocols) EXPECT_EQ(*parse_protocol(protocol_name(protocol)), protocol);
  EXPECT_FALSE(parse_protocol("vole-rr22-silver/1"));
  EXPECT_FALSE(parse_prefer(""));
  EXPECT_FALSE(parse_learner("sender"));
}

TEST(VoleMatch, gives_the_same_messages_whatever_the_number_of_cores) {
  struct Backwards final : Parallel {
    std::size_t width() const override { return 4; }
    void run(std::size_t count, const std::function<void(std::size_t)>& task) override {
      for (std::size_t i = count; i > 0; --i) task(i - 1);
    }
  } backwards;
  const ItemSet a = test_set(numbers_from(0, 300));
  const ItemSet b = test_set(numbers_from(200, 500));
  Parameters p = vole_test_parameters(a, b, Learner::both);
  p.receiver_padded = p.sender_padded = 20000;
  const auto run = [&](Parallel* parallel) {
    crypto::SeededEntropy entropy(test_seed(1), "dealer");
    vole::DealtVole dealt = vole::deal_vole(vole_parameters(p).count, entropy);
    TestSession session(
        std::make_unique<VoleReceiver>(p, test_seed(1), a, *parallel,
                                       std::make_unique<DealtReceiverEnd>(dealt)),
        std::make_unique<VoleSender>(p, test_seed(2), b, *parallel, std::make_unique<DealtSenderEnd>(dealt)));
    expect_result(session, a, b, Learner::both);
    return session.receiver.party->transcript_hash();
  };
  SerialParallel serial;
  EXPECT_EQ(run(&serial), run(&backwards));
}

TEST(VoleMatch, finds_the_plain_intersection_of_random_sets_over_the_real_vole) {
  std::mt19937 random(20261123);
  const bool all = std::getenv("PARLEY_LONG") != nullptr;
  for (int round = 0; round < (all ? 10'000 : 8); ++round) {
    const bool huge = all && round % 100 == 0;
    RandomRun run(random, huge ? 17 : 13, huge ? 1 : 8);
    run.parameters.protocol = random() % 2 == 0 ? Protocol::vole : Protocol::vole_21x24;
    TestSession session(run.parameters, run.a, run.b, run.seeds);
    expect_result(session, run.a, run.b, run.parameters.learner);
    EXPECT_EQ(session.receiver.party->work().done, session.receiver.party->work().total);
    EXPECT_EQ(session.sender.party->work().done, session.sender.party->work().total);
    if (::testing::Test::HasFailure()) {
      ADD_FAILURE() << "round " << round;
      break;
    }
  }
}

// Real threads, so that ThreadSanitizer has something to look at.
class Threads final : public Parallel {
 public:
  std::size_t width() const override { return 3; }
  void run(std::size_t count, const std::function<void(std::size_t)>& task) override {
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
      for (std::size_t i = next++; i < count; i = next++) task(i);
    };
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < width(); ++i) others.emplace_back(work);
    work();
    for (std::thread& other : others) other.join();
  }
};

TEST(VoleMatch, several_cores_send_what_one_sends) {
  const ItemSet a = test_set(numbers_from(0, 20'000));
  const ItemSet b = test_set(numbers_from(9'000, 30'000));
  Parameters parameters = vole_test_parameters(a, b, Learner::both, 4096);
  parameters.receiver_padded = 20'500;  // some dummies
  TestSession one = dealt_session(parameters, a, b);
  one.run();
  Threads threads;
  TestSession several = dealt_session(parameters, a, b, 1, &threads);
  several.run();
  ASSERT_TRUE(several.receiver.done && several.sender.done);
  EXPECT_EQ(several.receiver.party->outcome()->size, 11'000U);
  EXPECT_EQ(several.sender.party->outcome()->size, 11'000U);
  EXPECT_EQ(several.receiver.sent, one.receiver.sent);
  EXPECT_EQ(several.sender.sent, one.sender.sent);
  EXPECT_EQ(several.receiver.party->transcript_hash(), one.receiver.party->transcript_hash());
  EXPECT_EQ(several.sender.party->transcript_hash(), several.receiver.party->transcript_hash());
}

}  // namespace
}  // namespace parley::match
