#include "match/replay.hpp"

#include <gtest/gtest.h>

#include "match/test_session.hpp"

namespace parley::match {
namespace {

MessageSource source_of(std::vector<Message> messages) {
  return [messages = std::move(messages), next = std::size_t{0}]() mutable -> Result<std::optional<Message>> {
    if (next == messages.size()) return std::optional<Message>();
    return std::optional<Message>(messages[next++]);
  };
}

struct Recording {
  ItemSet receiver_set = test_set(numbers_from(0, 37));
  ItemSet sender_set = test_set(numbers_from(30, 41));
  Parameters parameters = test_parameters(receiver_set, sender_set, Output::size, 16);
  TestSession session{parameters, receiver_set, sender_set, 1};
  SerialParallel parallel;
  Recording() { session.run(); }
};

TEST(Replay, computes_the_recorded_messages_of_both_sides_again) {
  Recording r;
  for (const Role role : {Role::receiver, Role::sender}) {
    const auto& side = role == Role::receiver ? r.session.receiver : r.session.sender;
    std::vector<Message> sent;
    const auto replayed =
        replay(role, r.parameters, test_seed(role == Role::receiver ? 1 : 101),
               role == Role::receiver ? r.receiver_set : r.sender_set, source_of(side.received), r.parallel,
               [&](const Message& m) { sent.push_back(m); });
    ASSERT_TRUE(replayed) << replayed.error().text();
    EXPECT_EQ(sent, side.sent);
    EXPECT_EQ(replayed->sent_hash, side.party->sent_hash());
    EXPECT_EQ(replayed->transcript_hash, side.party->transcript_hash());
    EXPECT_EQ(replayed->outcome, side.party->outcome());
  }
}

TEST(Replay, shows_another_set_or_another_seed) {
  Recording r;
  const auto& side = r.session.receiver;
  const auto hash = [&](std::uint8_t seed, const std::vector<std::uint32_t>& numbers) {
    const auto replayed = replay(Role::receiver, r.parameters, test_seed(seed), test_set(numbers),
                                 source_of(side.received), r.parallel);
    return replayed ? replayed->sent_hash : crypto::Hash256{};
  };
  EXPECT_EQ(hash(1, numbers_from(0, 37)), side.party->sent_hash());
  EXPECT_NE(hash(2, numbers_from(0, 37)), side.party->sent_hash());
  EXPECT_NE(hash(1, numbers_from(0, 36)), side.party->sent_hash());
  EXPECT_NE(hash(1, numbers_from(1, 38)), side.party->sent_hash());
}

TEST(Replay, refuses_a_recording_that_is_short_long_or_changed) {
  Recording r;
  const auto run = [&](auto change) {
    auto received = r.session.receiver.received;
    change(received);
    return replay(Role::receiver, r.parameters, test_seed(1), r.receiver_set, source_of(received), r.parallel)
        .has_value();
  };
  EXPECT_TRUE(run([](auto&) {}));
  EXPECT_FALSE(run([](auto& messages) { messages.pop_back(); }));
  EXPECT_FALSE(run([](auto& messages) { messages.push_back(messages.back()); }));
  EXPECT_FALSE(run([](auto& messages) { messages.front().type = 3; }));
}

TEST(Replay, passes_on_an_error_of_the_recording) {
  Recording r;
  const auto replayed = replay(
      Role::receiver, r.parameters, test_seed(1), r.receiver_set,
      []() -> Result<std::optional<Message>> { return fail(ErrorKind::internal, "disk"); }, r.parallel);
  ASSERT_FALSE(replayed);
  EXPECT_EQ(replayed.error().kind, ErrorKind::internal);
}

TEST(Replay, computes_a_session_of_the_other_protocol_again) {
  const ItemSet receiver_set = test_set(numbers_from(0, 37));
  const ItemSet sender_set = test_set(numbers_from(30, 41));
  Parameters parameters = test_parameters(receiver_set, sender_set, Output::items, 512);
  parameters.protocol = Protocol::vole;
  parameters.learner = Learner::both;
  TestSession session(parameters, receiver_set, sender_set, 1);
  session.run();
  SerialParallel parallel;
  for (const Role role : {Role::receiver, Role::sender}) {
    const auto& side = role == Role::receiver ? session.receiver : session.sender;
    const auto& set = role == Role::receiver ? receiver_set : sender_set;
    const std::uint8_t seed = role == Role::receiver ? 1 : 101;
    const auto replayed = replay(role, parameters, test_seed(seed), set, source_of(side.received), parallel);
    ASSERT_TRUE(replayed) << replayed.error().text();
    EXPECT_EQ(replayed->sent_hash, side.party->sent_hash());
    EXPECT_EQ(replayed->transcript_hash, side.party->transcript_hash());
    EXPECT_EQ(replayed->outcome, side.party->outcome());
    // Another set sends other messages; the peer's answers may then not even be possible.
    const auto other = replay(role, parameters, test_seed(seed), test_set(numbers_from(0, 3)),
                              source_of(side.received), parallel);
    EXPECT_TRUE(!other || other->sent_hash != side.party->sent_hash());
  }
}

}  // namespace
}  // namespace parley::match
