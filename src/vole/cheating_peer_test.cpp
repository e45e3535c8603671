// A peer that cheats in one place and is consistent everywhere else. What passes is exactly what the ideal
// functionality of each part allows (docs/spec/vole.md, "What leaks"); all else ends in the error.
#include <gtest/gtest.h>

#include "vole/cheating_fixture.hpp"

namespace parley::vole {
namespace {

// Three leaves a tree: two levels, the second ends with a stub.
constexpr std::uint64_t items = 700;

// The honest receiver against a sender that changes `trees`. True if it finishes; then the relation must hold
// for the sender's own Δ and B.
bool receiver_finishes(const Change& change) {
  const auto parameters = test_parameters(items);
  SerialParallel parallel;
  crypto::SeededEntropy ours(test_seed(1), "receiver");
  crypto::SeededEntropy theirs(test_seed(2), "cheat");
  VoleReceiver receiver(parameters, ours, parallel);
  CheatingSender sender(parameters, theirs);
  EXPECT_TRUE(receiver.start());
  const auto correlation = receiver.on_message(1, sender.hello().body);
  const auto check = receiver.on_message(3, sender.trees(correlation->send[0].body, change).body);
  EXPECT_TRUE(check && check->more && receiver.resume());
  const auto last = receiver.on_message(5, sender.confirm(check->send[0].body).body);
  if (last) {
    EXPECT_TRUE(receiver.done());
    const auto a = receiver.take_a();
    const auto c = receiver.take_c();
    EXPECT_TRUE(relation_holds(a.span(), c.span(), sender.delta, sender.b.span()))
        << "a wrong relation passed";
    return true;
  }
  EXPECT_EQ(last.error().text(), "the peer did not follow the VOLE protocol; the session is over");
  EXPECT_FALSE(receiver.done());
  EXPECT_FALSE(receiver.computed());
  return false;
}

TEST(CheatingSender, that_changes_nothing_is_an_honest_one) {
  EXPECT_TRUE(receiver_finishes(no_change()));
}

// The leak that single-point VOLE has by design (ePrint 2020/925, section 5; the functionality lets the
// adversary guess a set that contains the position): spoiling one of the two sums of a level guesses one bit
// of one noise position. One of the two guesses ends the session, the other passes, and with it the right
// relation.
TEST(CheatingSender, who_spoils_a_sum_learns_one_bit_of_a_position_or_loses_the_session) {
  const Layout layout(test_parameters(items));
  for (const std::size_t tree : {0U, 551U}) {
    const std::size_t at = tree * layout.tree_bytes();
    EXPECT_NE(receiver_finishes(flip(at)), receiver_finishes(flip(at + block_bytes))) << tree;
  }
}

TEST(CheatingSender, who_spoils_the_last_correction_or_many_sums_is_caught) {
  const Layout layout(test_parameters(items));
  EXPECT_FALSE(receiver_finishes(flip(layout.tree_bytes() - 1, 0x80)));
  EXPECT_FALSE(receiver_finishes(flip(layout.trees_bytes() - block_bytes)));
  // One sum in each of 40 trees: 40 bits guessed at once.
  EXPECT_FALSE(receiver_finishes([&](Bytes& message) {
    for (std::size_t tree = 0; tree < 40; ++tree) message[tree * layout.tree_bytes()] ^= 1;
  }));
  // Two last corrections with the same difference: an unweighted sum would not see it.
  EXPECT_FALSE(receiver_finishes([&](Bytes& message) {
    for (const std::size_t tree : {3U, 4U}) message[(tree + 1) * layout.tree_bytes() - 1] ^= 1;
  }));
  EXPECT_FALSE(receiver_finishes([](Bytes& message) { std::ranges::fill(message, std::uint8_t{0}); }));
}

// The honest sender against a receiver that changes parts of `correlation`. True if it answers with its
// trees.
bool sender_goes_on(const Change& trees, const Change& columns, const Change& check, std::uint8_t seed = 1) {
  const auto parameters = test_parameters(items);
  SerialParallel parallel;
  crypto::SeededEntropy ours(test_seed(seed), "sender");
  crypto::SeededEntropy theirs(test_seed(2), "cheat");
  VoleSender sender(parameters, ours, parallel);
  CheatingReceiver receiver(parameters, theirs);
  const auto hello = sender.start();
  const auto answer =
      sender.on_message(2, receiver.correlation(hello->send[0].body, trees, columns, check).body);
  if (answer) return true;
  EXPECT_EQ(answer.error().text(), "the peer did not follow the VOLE protocol; the session is over");
  EXPECT_FALSE(sender.resume());
  EXPECT_FALSE(sender.computed());
  return false;
}

TEST(CheatingReceiver, that_changes_nothing_is_an_honest_one) {
  EXPECT_TRUE(sender_goes_on(no_change(), no_change(), no_change()));
}

// The leak of the punctured trees in SoftSpoken (ePrint 2022/192): one bit of Δ for half of the
// sessions.
TEST(CheatingReceiver, who_spoils_a_small_tree_learns_one_bit_of_delta_or_loses_the_session) {
  EXPECT_NE(sender_goes_on(flip(0), no_change(), no_change()),
            sender_goes_on(flip(block_bytes), no_change(), no_change()));
  const Layout layout(test_parameters(items));
  EXPECT_FALSE(sender_goes_on(flip(layout.small_tree_bytes() - 1), no_change(), no_change()));
}

// The leak of SoftSpoken's consistency check (ePrint 2022/192, section 4): a part with another u passes if
// the 8 bits of Δ there select none of it, 1 session in 256. These seeds are none.
TEST(CheatingReceiver, who_uses_two_different_u_is_caught_but_for_a_guess_of_delta) {
  const Layout layout(test_parameters(items));
  for (const std::size_t part : {0U, 14U})
    EXPECT_FALSE(sender_goes_on(no_change(), flip(part * layout.words * block_bytes), no_change()));
  // A different u in every part, and the same change in two words of one.
  EXPECT_FALSE(sender_goes_on(
      no_change(),
      [&](Bytes& columns) {
        for (std::size_t part = 0; part < 15; ++part) columns[part * layout.words * block_bytes + 5] ^= 1;
      },
      no_change()));
  EXPECT_FALSE(sender_goes_on(
      no_change(),
      [](Bytes& columns) {
        columns[0] ^= 1;
        columns[block_bytes] ^= 1;
      },
      no_change()));
}

TEST(CheatingReceiver, who_lies_in_the_check_of_the_columns_is_caught) {
  EXPECT_FALSE(sender_goes_on(no_change(), no_change(), flip(0)));
  EXPECT_FALSE(sender_goes_on(no_change(), no_change(), flip(block_bytes)));
  EXPECT_FALSE(sender_goes_on(no_change(), no_change(),
                              [](Bytes& check) { std::ranges::fill(check, std::uint8_t{0}); }));
}

}  // namespace
}  // namespace parley::vole
