#include "vole/vole.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <set>
#include <thread>

#include "vole/layout.hpp"
#include "vole/noise.hpp"
#include "vole/session_fixture.hpp"

namespace parley::vole {
namespace {

struct Case {
  std::uint64_t count;
  Code code;
};

class Counts : public testing::TestWithParam<Case> {};
// 276 and 277 are where a tree gets its first and second leaf; 552 · k / 2 is where all trees are full.
INSTANTIATE_TEST_SUITE_P(Vole, Counts,
                         testing::Values(Case{1, Code::ex_conv_7x24}, Case{2, Code::ex_conv_7x24},
                                         Case{3, Code::ex_conv_7x24}, Case{276, Code::ex_conv_7x24},
                                         Case{277, Code::ex_conv_7x24}, Case{1000, Code::ex_conv_7x24},
                                         Case{6789, Code::ex_conv_7x24}, Case{65536, Code::ex_conv_7x24},
                                         Case{1, Code::ex_conv_21x24}, Case{201, Code::ex_conv_21x24},
                                         Case{7890, Code::ex_conv_21x24}));

TEST_P(Counts, both_sides_hold_c_equal_to_a_times_delta_plus_b) {
  const auto parameters = test_parameters(GetParam().count, GetParam().code);
  TestSession session(parameters);
  ASSERT_TRUE(session.run());
  const auto a = session.receiver.take_a();
  const auto c = session.receiver.take_c();
  const auto b = session.sender.take_b();
  ASSERT_EQ(a.size(), GetParam().count);
  ASSERT_EQ(b.size(), GetParam().count);
  EXPECT_TRUE(relation_holds(a.span(), c.span(), session.sender.delta(), b.span()));
  for (std::size_t i = 0; i < session.sent.size(); ++i) {
    EXPECT_EQ(session.sent[i].type, i + 1);
    EXPECT_EQ(session.sent[i].body.size(), message_bytes(static_cast<VoleMessage>(i + 1), parameters));
  }
}

struct Outputs {
  block::BlockVector a, c, b;
  block::Block delta;
};

Outputs honest_run(const VoleParameters& parameters, std::uint8_t seed) {
  TestSession session(parameters, seed);
  EXPECT_TRUE(session.run());
  return {session.receiver.take_a(), session.receiver.take_c(), session.sender.take_b(),
          session.sender.delta()};
}

// Pitfall: a constant seed of code or masks makes runs alike.
TEST(Vole, two_runs_have_nothing_in_common_and_the_same_seed_gives_the_same_run) {
  const auto parameters = test_parameters(300);
  const Outputs one = honest_run(parameters, 1);
  const Outputs again = honest_run(parameters, 1);
  const Outputs two = honest_run(parameters, 2);
  EXPECT_TRUE(std::ranges::equal(one.c, again.c));
  EXPECT_EQ(one.delta, again.delta);
  EXPECT_NE(one.delta, two.delta);
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  std::size_t made = 0;
  for (const auto* vector : {&one.a, &one.b, &one.c, &two.a, &two.b, &two.c}) {
    for (const block::Block block : *vector) seen.insert({block.low, block.high});
    made += vector->size();
  }
  EXPECT_EQ(seen.size(), made) << "an element came twice";
}

// Pitfall: a seed that is the same for everybody (SecretFlow's OKVS had one until 2025): here the code
// depends on the session and on both nonces.
TEST(Vole, the_code_is_new_in_every_session) {
  const auto keys_of = [](std::uint8_t session, std::uint8_t sender_nonce, std::uint8_t receiver_nonce) {
    Transcript transcript(test_parameters(5, Code::ex_conv_7x24, session));
    transcript.absorb(Bytes(32, sender_nonce));
    transcript.absorb(Bytes(32, receiver_nonce));
    const PublicKeys keys(transcript);
    return std::array{keys.expander, keys.first_accumulator, keys.second_accumulator};
  };
  const auto base = keys_of(0, 0, 0);
  for (const auto& other : {keys_of(1, 0, 0), keys_of(0, 1, 0), keys_of(0, 0, 1)})
    for (std::size_t i = 0; i < base.size(); ++i) EXPECT_NE(base[i], other[i]);
  EXPECT_NE(base[0], base[1]);
  EXPECT_NE(base[1], base[2]);
}

// Pitfall: a field of 64 bits, or a half of the block left empty. Every bit of A, B, C is one in about half
// of the elements (5,000 ± 6 standard deviations).
TEST(Vole, every_bit_of_the_outputs_is_used) {
  const Outputs out = honest_run(test_parameters(10000), 3);
  for (const auto* vector : {&out.a, &out.b, &out.c}) {
    for (unsigned bit = 0; bit < 128; ++bit) {
      const auto ones =
          std::ranges::count_if(*vector, [&](block::Block block) { return block.bit(bit) == 1; });
      EXPECT_GT(ones, 4700) << bit;
      EXPECT_LT(ones, 5300) << bit;
    }
  }
}

// Real threads, so that ThreadSanitizer has something to look at.
class ThreadedParallel final : public Parallel {
 public:
  std::size_t width() const override { return 3; }
  void run(std::size_t count, const std::function<void(std::size_t)>& task) override {
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
      for (std::size_t i = next++; i < count; i = next++) task(i);
    };
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < width(); ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
  }
};

TEST(Vole, several_cores_give_what_one_gives) {
  ThreadedParallel threads;
  SerialParallel one;
  const auto parameters = test_parameters(100000);
  const auto outputs = [&](Parallel& parallel) {
    TestSession session(parameters, 5, parallel);
    EXPECT_TRUE(session.run());
    return Outputs{session.receiver.take_a(), session.receiver.take_c(), session.sender.take_b(),
                   session.sender.delta()};
  };
  const Outputs serial = outputs(one);
  const Outputs threaded = outputs(threads);
  EXPECT_TRUE(std::ranges::equal(serial.a, threaded.a));
  EXPECT_TRUE(std::ranges::equal(serial.b, threaded.b));
  EXPECT_TRUE(std::ranges::equal(serial.c, threaded.c));
}

TEST(Vole, a_million_elements) {
  if (std::getenv("PARLEY_LONG") == nullptr) GTEST_SKIP() << "set PARLEY_LONG=1";
  for (const std::uint64_t count : {std::uint64_t{1} << 20, std::uint64_t{1160001}}) {
    const Outputs out = honest_run(test_parameters(count), 4);
    EXPECT_TRUE(relation_holds(out.a.span(), out.c.span(), out.delta, out.b.span()));
  }
}

TEST(Vole, sizes_of_messages_stay_below_a_mebibyte_and_the_fixed_cost_below_its_bound) {
  const auto total = [](std::uint64_t count, Code code) {
    std::uint64_t sum = 0;
    for (std::uint8_t type = 1; type <= 5; ++type) {
      const std::uint64_t bytes = message_bytes(static_cast<VoleMessage>(type), test_parameters(count, code));
      EXPECT_LE(bytes, std::uint64_t{1} << 20);
      sum += bytes;
    }
    return sum;
  };
  EXPECT_LT(total(1024, Code::ex_conv_7x24), 300000U);
  EXPECT_LT(total(1160000, Code::ex_conv_7x24), 600000U);
  EXPECT_LT(total(max_count, Code::ex_conv_7x24), 600000U);
  EXPECT_LT(total(max_count, Code::ex_conv_21x24), 600000U);
}

TEST(Vole, the_noise_has_128_bits_against_linear_tests) {
  for (const auto& [code, distance] :
       {std::pair(Code::ex_conv_7x24, 0.15), std::pair(Code::ex_conv_21x24, 0.2)}) {
    const double bits = -static_cast<double>(noise_weight(code)) * std::log2(1 - distance);
    EXPECT_GE(bits, 128.0);
    EXPECT_LT(bits, 130.0);
    EXPECT_EQ(noise_weight(code) % 8, 0U);
  }
}

TEST(Vole, bad_parameters_are_refused_at_the_start) {
  SerialParallel parallel;
  for (const auto& parameters : {test_parameters(0), test_parameters(max_count + 1),
                                 test_parameters(5, std::bit_cast<Code>(std::uint8_t{3}))}) {
    crypto::SeededEntropy entropy(test_seed(1), "bad");
    VoleReceiver receiver(parameters, entropy, parallel);
    VoleSender sender(parameters, entropy, parallel);
    for (const auto& step : {receiver.start(), sender.start()}) {
      ASSERT_FALSE(step);
      EXPECT_EQ(step.error().kind, ErrorKind::bad_input);
    }
    EXPECT_FALSE(receiver.on_message(1, {}));
    EXPECT_FALSE(sender.resume());
  }
}

TEST(Vole, calls_out_of_turn_end_the_machine) {
  SerialParallel parallel;
  crypto::SeededEntropy entropy(test_seed(1), "turn");
  const auto parameters = test_parameters(5);
  {
    VoleSender sender(parameters, entropy, parallel);
    ASSERT_TRUE(sender.start());
    EXPECT_FALSE(sender.start());
    EXPECT_FALSE(sender.resume());
  }
  {
    VoleReceiver receiver(parameters, entropy, parallel);
    EXPECT_FALSE(receiver.resume());
    EXPECT_FALSE(receiver.start());
  }
  TestSession session(parameters);
  ASSERT_TRUE(session.run());
  EXPECT_FALSE(session.sender.on_message(session.sent[3].type, session.sent[3].body)) << "after the end";
  EXPECT_FALSE(session.sender.done());
  EXPECT_FALSE(session.sender.computed());
}

}  // namespace
}  // namespace parley::vole
