// A peer that alters what it sends: whatever it does, the honest side ends in an error or in a result that
// the peer could have caused by choosing other inputs, and never crashes or waits for ever.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "crypto/ristretto.hpp"
#include "match/dh_wire.hpp"
#include "match/test_session.hpp"

namespace parley::match {
namespace {

using Change = std::function<std::vector<Message>(const Message&)>;

const ItemSet& receiver_set() {
  static const ItemSet set = test_set(numbers_from(0, 21));
  return set;
}
const ItemSet& sender_set() {
  static const ItemSet set = test_set(numbers_from(15, 32));
  return set;
}
Parameters parameters(Output output) {
  return test_parameters(receiver_set(), sender_set(), output, 8);
}

// Runs one session in which the message with this number from this side is changed. True when the other side
// refused; otherwise its result is checked against what any peer input could give.
bool refused(Role from, std::size_t number, Output output, const Change& change) {
  TestSession session(parameters(output), receiver_set(), sender_set());
  session.run([&](Role role, std::size_t index, const Message& message) {
    return role == from && index == number ? change(message) : std::vector<Message>{message};
  });
  const auto& honest = from == Role::receiver ? session.sender : session.receiver;
  if (honest.error) {
    EXPECT_EQ(honest.error->kind, ErrorKind::bad_input);
    EXPECT_FALSE(honest.party->outcome());
    // The end is for good.
    EXPECT_FALSE(honest.party->on_message(1, {}));
    EXPECT_FALSE(honest.party->resume());
    EXPECT_FALSE(honest.party->start());
    return true;
  }
  if (const auto& outcome = session.receiver.party->outcome()) {
    EXPECT_LE(outcome->size, receiver_set().size());
    EXPECT_TRUE(std::ranges::is_sorted(outcome->items));
    EXPECT_TRUE(std::ranges::adjacent_find(outcome->items) == outcome->items.end());
    for (const std::uint32_t index : outcome->items) EXPECT_LT(index, receiver_set().size());
  }
  return false;
}

// The receiver sends 32/8 messages, the sender 32/8 of points and 32/8 of tags.
constexpr std::size_t receiver_messages = 4;
constexpr std::size_t sender_messages = 8;

void for_every_message(const std::function<void(Role, std::size_t, Output)>& check) {
  for (const Output output : {Output::items, Output::size}) {
    for (std::size_t i = 0; i < receiver_messages; ++i) check(Role::receiver, i, output);
    for (std::size_t i = 0; i < sender_messages; ++i) check(Role::sender, i, output);
  }
}

TEST(HostilePeer, honest_sessions_have_the_messages_that_these_tests_count_on) {
  TestSession session(parameters(Output::items), receiver_set(), sender_set());
  session.run();
  EXPECT_EQ(session.receiver.sent.size(), receiver_messages);
  EXPECT_EQ(session.sender.sent.size(), sender_messages);
  EXPECT_TRUE(session.receiver.done);
}

TEST(HostilePeer, a_shorter_or_longer_message_is_refused) {
  for_every_message([](Role from, std::size_t i, Output output) {
    for (const std::size_t cut : {1U, 4U, 32U, 1000U}) {
      EXPECT_TRUE(refused(from, i, output, [&](Message m) {
        m.body.resize(m.body.size() - std::min(cut, m.body.size()));
        return std::vector<Message>{m};
      }));
    }
    for (const std::size_t more : {1U, 32U, 100000U}) {
      EXPECT_TRUE(refused(from, i, output, [&](Message m) {
        m.body.resize(m.body.size() + more);
        return std::vector<Message>{m};
      }));
    }
  });
}

TEST(HostilePeer, another_type_is_refused) {
  for_every_message([](Role from, std::size_t i, Output output) {
    for (int type = 0; type < 256; ++type) {
      EXPECT_TRUE(refused(from, i, output, [&](Message m) {
        m.type = static_cast<std::uint8_t>(type == m.type ? 255 : type);
        return std::vector<Message>{m};
      }));
      if (type == 4) type = 250;
    }
  });
}

TEST(HostilePeer, a_repeated_message_is_refused) {
  for_every_message([](Role from, std::size_t i, Output output) {
    // Behind the last tags the receiver is done and hears nothing more.
    if (from == Role::sender && i + 1 == sender_messages) return;
    EXPECT_TRUE(refused(from, i, output, [](const Message& m) { return std::vector<Message>{m, m}; }));
  });
}

TEST(HostilePeer, a_message_after_the_end_is_refused) {
  TestSession session(parameters(Output::items), receiver_set(), sender_set());
  session.run();
  const Message last = session.sender.sent.back();
  EXPECT_FALSE(session.receiver.party->on_message(last.type, last.body));
  const Message points = session.receiver.sent.back();
  EXPECT_FALSE(session.sender.party->on_message(points.type, points.body));
}

TEST(HostilePeer, messages_in_another_order_are_refused) {
  for_every_message([](Role from, std::size_t i, Output output) {
    if (i % 4 == 3) return;  // the last of its list has no successor to change places with
    Message held;
    TestSession session(parameters(output), receiver_set(), sender_set());
    session.run([&](Role role, std::size_t index, const Message& message) -> std::vector<Message> {
      if (role != from) return {message};
      if (index == i) {
        held = message;
        return {};
      }
      if (index == i + 1) return {message, held};
      return {message};
    });
    EXPECT_TRUE((from == Role::receiver ? session.sender : session.receiver).error);
  });
}

TEST(HostilePeer, a_missing_message_is_refused_or_leaves_the_session_unfinished) {
  for_every_message([](Role from, std::size_t i, Output output) {
    TestSession session(parameters(output), receiver_set(), sender_set());
    session.run([&](Role role, std::size_t index, const Message& message) {
      return role == from && index == i ? std::vector<Message>{} : std::vector<Message>{message};
    });
    EXPECT_FALSE(session.receiver.party->outcome());
    EXPECT_FALSE(session.receiver.done);
  });
}

TEST(HostilePeer, flipped_bits_end_in_an_error_or_a_possible_result) {
  std::mt19937 random(7);
  int errors = 0;
  int results = 0;
  for_every_message([&](Role from, std::size_t i, Output output) {
    for (int round = 0; round < 12; ++round) {
      const bool refusal = refused(from, i, output, [&](Message m) {
        m.body[random() % m.body.size()] ^= static_cast<std::uint8_t>(1U << (random() % 8));
        return std::vector<Message>{m};
      });
      ++(refusal ? errors : results);
    }
  });
  EXPECT_GT(errors, 0);
  EXPECT_GT(results, 0);  // a flipped tag is a tag that matches nothing
}

Message with_first_point(Message m, BytesView point) {
  std::ranges::copy(point, m.body.begin() + 4);
  return m;
}

TEST(HostilePeer, the_identity_and_invalid_encodings_are_refused) {
  Bytes identity(32);
  Bytes one(32);  // negative field element (RFC 9496 appendix A.3)
  one[0] = 1;
  Bytes above_field(32, 0xff);
  Bytes field_prime = *from_hex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
  const Bytes not_square = *from_hex("26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371");
  for (std::size_t i = 0; i < receiver_messages; ++i) {
    for (const Bytes& point : {identity, one, above_field, field_prime, not_square}) {
      const auto change = [&](const Message& m) { return std::vector<Message>{with_first_point(m, point)}; };
      EXPECT_TRUE(refused(Role::receiver, i, Output::items, change));
      EXPECT_TRUE(refused(Role::sender, i, Output::items, change));
    }
  }
}

TEST(HostilePeer, reflected_points_are_refused) {
  for (const Output output : {Output::items, Output::size}) {
    // All of them, message by message.
    TestSession whole(parameters(output), receiver_set(), sender_set());
    whole.run([&](Role from, std::size_t index, const Message& message) -> std::vector<Message> {
      if (from == Role::sender && index < 4) return {Message{2, whole.receiver.sent[index].body}};
      return {message};
    });
    EXPECT_TRUE(whole.receiver.error);
    // One point somewhere.
    TestSession single(parameters(output), receiver_set(), sender_set());
    single.run([&](Role from, std::size_t index, const Message& message) -> std::vector<Message> {
      if (from == Role::sender && index == 2)
        return {with_first_point(message, BytesView(single.receiver.sent[1].body).subspan(4 + 64, 32))};
      return {message};
    });
    EXPECT_TRUE(single.receiver.error);
  }
}

TEST(HostilePeer, a_repeated_point_is_refused) {
  for (const Role from : {Role::receiver, Role::sender}) {
    // The last message of the list begins with a point of the first.
    Bytes first;
    TestSession session(parameters(Output::items), receiver_set(), sender_set());
    session.run([&](Role role, std::size_t index, const Message& message) -> std::vector<Message> {
      if (role != from) return {message};
      if (index == 0) first = to_bytes(BytesView(message.body).subspan(4, 32));
      if (index == 3) return {with_first_point(message, first)};
      return {message};
    });
    EXPECT_TRUE((from == Role::receiver ? session.sender : session.receiver).error);
  }
}

TEST(HostilePeer, a_repeated_tag_is_refused) {
  for (const Output output : {Output::items, Output::size}) {
    EXPECT_TRUE(refused(Role::sender, 5, output, [](Message m) {
      const std::size_t size = (m.body.size() - 4) / 8;
      std::copy_n(m.body.begin() + 4, size, m.body.begin() + 4 + static_cast<std::ptrdiff_t>(size));
      return std::vector<Message>{m};
    }));
  }
}

// In the output `size` a sender who answers with tags of its own points claims more hits than there are
// items.
TEST(HostilePeer, more_hits_than_items_are_refused) {
  const ItemSet one = test_set(numbers_from(0, 5));       // 5 items, padded to 8
  const ItemSet many = test_set(numbers_from(100, 108));  // none in common
  Parameters p = test_parameters(one, many, Output::size);
  // The same seed on both sides makes a = b, so the cheat knows every H(y)^ba: the tags that an honest run of
  // the sender against its own set would send.
  TestSession rehearsal(p, many, many, test_seed(9), test_seed(9));
  rehearsal.run();
  const Message all_hits = rehearsal.sender.sent.back();
  TestSession session(p, one, many, test_seed(9), test_seed(9));
  session.run([&](Role from, std::size_t index, const Message& message) -> std::vector<Message> {
    if (from == Role::sender && index == 1) return {all_hits};
    return {message};
  });
  ASSERT_TRUE(session.receiver.error);
  EXPECT_NE(session.receiver.error->message.find("more hits"), std::string::npos);
}

TEST(HostilePeer, calls_out_of_turn_are_refused) {
  const auto make = [](Role role) {
    static SerialParallel parallel;
    return std::move(*make_party(role, parameters(Output::items), test_seed(3),
                                 role == Role::receiver ? receiver_set() : sender_set(), parallel));
  };
  EXPECT_FALSE(make(Role::receiver)->resume());
  EXPECT_FALSE(make(Role::sender)->on_message(1, {}));  // before start
  auto twice = make(Role::sender);
  EXPECT_TRUE(twice->start());
  EXPECT_FALSE(twice->start());
  // A message that comes while the receiver is still sending its own.
  auto early = make(Role::receiver);
  ASSERT_TRUE(early->start()->more);
  EXPECT_FALSE(early->on_message(2, Bytes(4 + 8 * 32)));
}

}  // namespace
}  // namespace parley::match
