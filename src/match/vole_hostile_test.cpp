// A peer of vole-rr22/1 that alters what it sends. Whatever it does, the honest side ends in an error for
// good, or with exactly what the ideal functionality gives for some input of the peer; an oracle computes
// which.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <random>

#include "match/vole_reference_fixture.hpp"

namespace parley::match {
namespace {

using enum VoleMatchMessage;
using Numbers = std::vector<std::uint32_t>;

const ItemSet& receiver_set() {
  static const ItemSet set = test_set(numbers_from(0, 21));
  return set;
}
const ItemSet& sender_set() {
  static const ItemSet set = test_set(numbers_from(15, 45));
  return set;
}
Numbers plain(const ItemSet& own, const ItemSet& other) {
  std::set<Bytes> there;
  for (std::uint32_t i = 0; i < other.size(); ++i) there.insert(to_bytes(other[i]));
  Numbers out;
  for (std::uint32_t i = 0; i < own.size(); ++i)
    if (there.contains(to_bytes(own[i]))) out.push_back(i);
  return out;
}

Parameters parameters(Learner learner) {
  return vole_test_parameters(receiver_set(), sender_set(), learner, 300);
}

enum class End { refused, finished, waiting };

// What the receiver must have found, from what it accepted and its own randomness: x is a hit exactly if its
// mask is in the list. That is the intersection with the set of those items, which the peer could have put
// in.
Numbers receiver_oracle(const KnownSession& known, const Parameters& p) {
  const auto& own = known.session.receiver;
  VoleReference reference(p, own.received, own.sent);
  reference.derive(own.sent, own.received);
  const auto masks = VoleReference::list_in(own.received, sender_masks, mask_list(p));
  EXPECT_EQ(masks.size(), p.sender_padded);
  Numbers out;
  for (std::uint32_t i = 0; i < receiver_set().size(); ++i) {
    const BytesView item = receiver_set()[i];
    const block::Block mask = reference.mask(item, reference.of_receiver(item, known.dealt.c.span()));
    if (std::ranges::find(masks, mask) != masks.end()) out.push_back(i);
  }
  return out;
}

Numbers sender_oracle(const KnownSession& known, const Parameters& p) {
  const auto& own = known.session.sender;
  VoleReference reference(p, own.sent, own.received);
  reference.derive(own.received, own.sent);
  const auto proofs = VoleReference::list_in(own.received, receiver_proofs, proof_list(p));
  EXPECT_EQ(proofs.size(), proof_count(p));
  Numbers out;
  for (std::uint32_t i = 0; i < sender_set().size(); ++i) {
    const BytesView item = sender_set()[i];
    const block::Block proof =
        reference.proof(item, reference.of_sender(item, known.dealt.b, known.dealt.delta));
    if (std::ranges::find(proofs, proof) != proofs.end()) out.push_back(i);
  }
  return out;
}

// Runs a session in which `from` alters its messages; judges the other side.
End judge(Role from, Learner learner, const TestSession::Tamper& tamper) {
  const Parameters p = parameters(learner);
  KnownSession known(p, receiver_set(), sender_set());
  TestSession& session = known.session;
  session.run([&](Role role, std::size_t index, const Message& message) {
    return role == from ? tamper(role, index, message) : std::vector<Message>{message};
  });
  const bool judges_sender = from == Role::receiver;
  const auto& honest = judges_sender ? session.sender : session.receiver;
  if (honest.error && !honest.done) {
    EXPECT_TRUE(honest.error->kind == ErrorKind::bad_input || honest.error->kind == ErrorKind::peer);
    EXPECT_FALSE(honest.party->outcome());
    EXPECT_FALSE(honest.party->on_message(1, {}));
    EXPECT_FALSE(honest.party->resume());
    EXPECT_FALSE(honest.party->start());
    return End::refused;
  }
  if (honest.error) {
    EXPECT_EQ(honest.error->message, "the matching session is over");
  }
  if (!honest.done) {
    EXPECT_FALSE(honest.party->outcome());
    return End::waiting;
  }
  if (!judges_sender || learner == Learner::both) {
    EXPECT_TRUE(honest.party->outcome());
    if (!honest.party->outcome()) return End::finished;
    const Numbers found = honest.party->outcome()->items;
    EXPECT_EQ(found, judges_sender ? sender_oracle(known, p) : receiver_oracle(known, p));
    // Altering messages of an honest run never makes a hit that was none.
    const Numbers most =
        judges_sender ? plain(sender_set(), receiver_set()) : plain(receiver_set(), sender_set());
    EXPECT_TRUE(std::ranges::includes(most, found));
    EXPECT_EQ(honest.party->outcome()->size, found.size());
  } else {
    EXPECT_FALSE(honest.party->outcome());
  }
  return End::finished;
}

/// The messages of an honest session, to know what there is to alter.
const std::vector<Message>& honest_messages(Role from, Learner learner) {
  static std::map<std::pair<Role, Learner>, std::vector<Message>> kept;
  const auto [it, fresh] = kept.try_emplace({from, learner});
  if (fresh) {
    TestSession session = dealt_session(parameters(learner), receiver_set(), sender_set());
    session.run();
    EXPECT_TRUE(session.receiver.done && session.sender.done);
    EXPECT_EQ(session.receiver.party->outcome()->items, plain(receiver_set(), sender_set()));
    it->second = from == Role::receiver ? session.receiver.sent : session.sender.sent;
  }
  return it->second;
}

void for_every_message(const std::function<void(Role, Learner, std::size_t, const Message&)>& check) {
  for (const Role from : {Role::receiver, Role::sender})
    for (const Learner learner : {Learner::receiver, Learner::both}) {
      const auto& messages = honest_messages(from, learner);
      for (std::size_t i = 0; i < messages.size(); ++i) check(from, learner, i, messages[i]);
    }
}

TestSession::Tamper at(std::size_t number, std::function<std::vector<Message>(Message)> change) {
  return [number, change = std::move(change)](Role, std::size_t index, const Message& message) {
    return index == number ? change(message) : std::vector<Message>{message};
  };
}

// What comes behind the last message of a side is refused too, but the other has its result by then.
bool is_last(Role from, Learner learner, std::size_t number) {
  return number + 1 == honest_messages(from, learner).size();
}

TEST(HostileVolePeer, a_shorter_or_longer_message_is_refused) {
  for_every_message([](Role from, Learner learner, std::size_t i, const Message&) {
    for (const int change : {-100000, -16, -1, 1, 16, 100000})
      EXPECT_EQ(
          judge(from, learner,
                at(i,
                   [&](Message m) {
                     const auto size = static_cast<std::ptrdiff_t>(m.body.size());
                     m.body.resize(static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, size + change)));
                     return std::vector<Message>{m};
                   })),
          End::refused);
  });
}

TEST(HostileVolePeer, another_type_is_refused) {
  for_every_message([](Role from, Learner learner, std::size_t i, const Message& message) {
    for (const int type : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 18, 21, 22, 255})
      if (type != message.type) {
        const auto change = [&](Message m) {
          m.type = static_cast<std::uint8_t>(type);
          return std::vector<Message>{m};
        };
        EXPECT_EQ(judge(from, learner, at(i, change)), End::refused);
      }
  });
}

TEST(HostileVolePeer, a_repeated_message_is_refused) {
  for_every_message([](Role from, Learner learner, std::size_t i, const Message&) {
    if (is_last(from, learner, i)) return;
    EXPECT_EQ(judge(from, learner, at(i, [](const Message& m) { return std::vector<Message>{m, m}; })),
              End::refused);
  });
}

TEST(HostileVolePeer, a_missing_message_is_refused_or_leaves_the_session_unfinished) {
  for_every_message([](Role from, Learner learner, std::size_t i, const Message&) {
    EXPECT_NE(judge(from, learner, at(i, [](const Message&) { return std::vector<Message>{}; })),
              End::finished);
  });
}

TEST(HostileVolePeer, messages_in_another_order_are_refused) {
  for_every_message([](Role from, Learner learner, std::size_t i, const Message&) {
    if (i + 1 == honest_messages(from, learner).size()) return;
    auto held = std::make_shared<Message>();
    const End end = judge(from, learner, [=](Role, std::size_t index, const Message& message) {
      if (index == i) {
        *held = message;
        return std::vector<Message>{};
      }
      return index == i + 1 ? std::vector<Message>{message, *held} : std::vector<Message>{message};
    });
    EXPECT_NE(end, End::finished);  // waiting when the next one is an answer that then never comes
  });
}

TEST(HostileVolePeer, calls_out_of_turn_are_refused) {
  const auto make = [](Role role) {
    static SerialParallel parallel;
    return std::move(*make_party(role, parameters(Learner::receiver), test_seed(3),
                                 role == Role::receiver ? receiver_set() : sender_set(), parallel));
  };
  for (const Role role : {Role::receiver, Role::sender}) {
    EXPECT_FALSE(make(role)->resume());
    EXPECT_FALSE(make(role)->on_message(1, {}));  // before start
    auto early = make(role);
    ASSERT_TRUE(early->start()->more);
    EXPECT_FALSE(early->on_message(2, Bytes(64)));  // while this side still works
    auto twice = make(role);
    EXPECT_TRUE(twice->start());
    EXPECT_FALSE(twice->start());
  }
}

}  // namespace
}  // namespace parley::match
