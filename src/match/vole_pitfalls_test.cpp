// Faults that were found in published implementations of this protocol, and attacks on it: each has a test
// that fails when the fault is put in.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "match/vole_reference_fixture.hpp"

namespace parley::match {
namespace {

using enum VoleMatchMessage;
using block::Block;
using Numbers = std::vector<std::uint32_t>;

BytesView body_of(const std::vector<Message>& messages, VoleMatchMessage type) {
  return VoleReference::first(messages, type)->body;
}

Bytes all_of(const std::vector<Message>& messages, VoleMatchMessage type) {
  Bytes out;
  for (const Message& message : messages)
    if (message.type == static_cast<std::uint8_t>(type)) append(out, BytesView(message.body).subspan(4));
  return out;
}

struct Honest {
  ItemSet receiver_set;
  ItemSet sender_set;
  Parameters parameters;
  KnownSession known;
  explicit Honest(std::uint8_t seeds = 1, const Numbers& r = numbers_from(0, 20),
                  const Numbers& s = numbers_from(10, 30), Learner learner = Learner::both)
      : receiver_set(test_set(r)),
        sender_set(test_set(s)),
        parameters(vole_test_parameters(receiver_set, sender_set, learner, 512)),
        known(parameters, receiver_set, sender_set, seeds) {
    known.session.run();
    EXPECT_TRUE(known.session.receiver.done && known.session.sender.done);
  }
  VoleReference reference() const {
    VoleReference out(parameters, known.session.receiver.received, known.session.sender.received);
    out.derive(known.session.receiver.sent, known.session.sender.sent);
    return out;
  }
};

// Every step computed again by plain code: what the parties do is what the page says.
TEST(VolePitfalls, masks_and_proofs_are_those_of_the_specification) {
  const Honest h;
  const VoleReference reference = h.reference();
  const auto masks =
      VoleReference::list_in(h.known.session.sender.sent, sender_masks, mask_list(h.parameters));
  const auto proofs =
      VoleReference::list_in(h.known.session.receiver.sent, receiver_proofs, proof_list(h.parameters));
  EXPECT_EQ(masks.size(), 32U);
  EXPECT_EQ(proofs.size(), 32U);
  for (std::uint32_t i = 0; i < h.sender_set.size(); ++i) {
    const BytesView item = h.sender_set[i];
    const Block f = reference.of_sender(item, h.known.dealt.b, h.known.dealt.delta);
    EXPECT_TRUE(std::ranges::find(masks, reference.mask(item, f)) != masks.end());
    bool common = false;
    for (std::uint32_t k = 0; k < h.receiver_set.size(); ++k)
      common |= std::ranges::equal(h.receiver_set[k], item);
    EXPECT_EQ(std::ranges::find(proofs, reference.proof(item, f)) != proofs.end(), common);
    if (common) {
      EXPECT_EQ(f, reference.of_receiver(item, h.known.dealt.c.span()));
    } else {
      EXPECT_NE(f, reference.of_receiver(item, h.known.dealt.c.span()));
    }
  }
}

// SecretFlow used the constant 1 as the seed of the store until 2025: whoever knows the seed beforehand can
// look for items that make honest encodings fail. Here it depends on both coins and on the offer, and each
// coin is fixed before the other is known.
TEST(VolePitfalls, the_seed_of_the_store_is_tossed_by_both_after_the_offer) {
  const Honest first(1);
  const Honest again(1);
  const Honest other(2);
  EXPECT_EQ(first.reference().store_seed(), again.reference().store_seed());
  EXPECT_NE(first.reference().store_seed()[0], other.reference().store_seed()[0]);
  EXPECT_NE(first.reference().store_seed()[1], other.reference().store_seed()[1]);

  // That seed is the one in use: under it the store holds what was put in.
  const VoleReference used = first.reference();
  for (std::uint32_t i = 0; i < first.receiver_set.size(); ++i)
    EXPECT_TRUE(used.holds(first.receiver_set[i], first.known.dealt.a));
  EXPECT_FALSE(used.holds(first.sender_set[19], first.known.dealt.a));

  const crypto::Hash256 offer{};
  crypto::Hash256 another_offer{};
  another_offer[0] = 1;
  const ByteArray<32> coin{};
  ByteArray<32> another_coin{};
  another_coin[31] = 1;
  std::set<std::pair<std::uint64_t, std::uint64_t>> seeds;
  const auto add = [&](std::string_view label, const crypto::Hash256& o, BytesView r, BytesView s) {
    for (const Block b : toss(label, o, r, s)) seeds.insert({b.low, b.high});
  };
  add(domain::vole_store_seed, offer, coin, coin);
  add(domain::vole_store_seed, another_offer, coin, coin);
  add(domain::vole_store_seed, offer, another_coin, coin);
  add(domain::vole_store_seed, offer, coin, another_coin);
  add(domain::vole_mask_keys, offer, coin, coin);
  EXPECT_EQ(seeds.size(), 10U);
}

TEST(VolePitfalls, a_coin_other_than_the_one_committed_to_is_refused) {
  for (const VoleMatchMessage type : {receiver_open, sender_open})
    for (const std::size_t byte : {0U, 31U, 32U, 63U}) {
      const ItemSet set = test_set(numbers_from(0, 5));
      TestSession session = dealt_session(vole_test_parameters(set, set), set, set);
      session.run([&](Role, std::size_t, const Message& message) {
        Message m = message;
        if (m.type == static_cast<std::uint8_t>(type)) m.body[byte] ^= 1;
        return std::vector<Message>{m};
      });
      const auto& honest = type == receiver_open ? session.sender : session.receiver;
      ASSERT_TRUE(honest.error);
      EXPECT_NE(honest.error->message.find("coin"), std::string::npos);
    }
}

// SecretFlow read one half of a dense row twice, which went wrong for some sizes that are no powers of two.
TEST(VolePitfalls, odd_and_unequal_sizes_are_right) {
  for (const auto& [n, m] : std::vector<std::pair<std::uint32_t, std::uint32_t>>{
           {6789, 7890}, {7890, 6789}, {1, 5000}, {5000, 1}, {1023, 1025}, {3, 1}}) {
    const std::uint32_t common = std::min(n, m) / 2 + 1;
    const ItemSet a = test_set(numbers_from(0, n));
    const ItemSet b = test_set(numbers_from(n - std::min(common, n), n - std::min(common, n) + m));
    Parameters p = vole_test_parameters(a, b, Learner::both, default_vole_chunk);
    p.receiver_padded = n;
    p.sender_padded = m;
    TestSession session = dealt_session(p, a, b);
    session.run();
    ASSERT_TRUE(session.receiver.done && session.sender.done);
    EXPECT_EQ(session.receiver.party->outcome()->size, std::min(common, std::min(n, m)));
    EXPECT_EQ(session.sender.party->outcome()->size, std::min(common, std::min(n, m)));
  }
}

// SecretFlow's variant with few bytes works in a field of 64 bits, too small for 2^20 items.
TEST(VolePitfalls, both_halves_of_every_block_count) {
  for (const std::size_t half : {0U, 8U}) {
    const ItemSet set = test_set(numbers_from(0, 20));
    TestSession session = dealt_session(vole_test_parameters(set, set), set, set);
    session.run([&](Role, std::size_t, const Message& message) {
      Message m = message;
      if (m.type == static_cast<std::uint8_t>(masked_store))
        for (std::size_t at = 4; at < m.body.size(); at += 16)
          m.body[at + half] ^= static_cast<std::uint8_t>(at / 16 * 2 + 1);
      return std::vector<Message>{m};
    });
    ASSERT_TRUE(session.receiver.done);
    EXPECT_EQ(session.receiver.party->outcome()->size, 0U);
  }
}

TEST(VolePitfalls, a_mask_that_comes_twice_is_refused) {
  const Honest h;
  auto masks = VoleReference::list_in(h.known.session.sender.sent, sender_masks, mask_list(h.parameters));
  masks[7] = masks[8];
  SortedList list(mask_list(h.parameters));
  const Bytes forged = list.write(masks);
  TestSession session = dealt_session(h.parameters, h.receiver_set, h.sender_set);
  session.run([&](Role, std::size_t, const Message& message) {
    Message m = message;
    if (m.type == static_cast<std::uint8_t>(sender_masks)) m.body = forged;
    return std::vector<Message>{m};
  });
  EXPECT_TRUE(session.receiver.error);
  EXPECT_FALSE(session.receiver.party->outcome());
}

// That an own mask of zero is found: MaskJoin.finds_the_mask_zero_and_the_highest_one.
TEST(VolePitfalls, a_mask_of_zero_from_the_peer_breaks_no_session) {
  const Honest h;
  auto masks = VoleReference::list_in(h.known.session.sender.sent, sender_masks, mask_list(h.parameters));
  masks[0] = {};
  SortedList list(mask_list(h.parameters));
  const Bytes forged = list.write(masks);
  TestSession session = dealt_session(h.parameters, h.receiver_set, h.sender_set);
  session.run([&](Role, std::size_t, const Message& message) {
    Message m = message;
    if (m.type == static_cast<std::uint8_t>(sender_masks)) m.body = forged;
    return std::vector<Message>{m};
  });
  ASSERT_TRUE(session.receiver.party->outcome());
  EXPECT_GE(session.receiver.party->outcome()->size, 9U);
}

TEST(VolePitfalls, an_item_that_is_given_twice_counts_once) {
  const Honest h(1, {7, 7, 8, 7}, {7, 7, 7, 9, 9});
  EXPECT_EQ(h.known.session.receiver.party->outcome()->size, 1U);
  EXPECT_EQ(h.known.session.sender.party->outcome()->size, 1U);
}

TEST(VolePitfalls, more_items_than_declared_are_refused) {
  SerialParallel parallel;
  const ItemSet five = test_set(numbers_from(0, 5));
  Parameters p = vole_test_parameters(five, five);
  p.receiver_padded = p.sender_padded = 4;
  EXPECT_FALSE(make_party(Role::receiver, p, test_seed(1), five, parallel));
  EXPECT_FALSE(make_party(Role::sender, p, test_seed(1), five, parallel));
  // A store for more rows than the offer says, and more masks: longer than exactly their lists.
  for (const VoleMatchMessage type : {masked_store, sender_masks}) {
    const ItemSet four = test_set(numbers_from(0, 4));
    TestSession session =
        dealt_session(vole_test_parameters(four, four, Learner::receiver, 65535), four, four);
    session.run([&](Role, std::size_t, const Message& message) {
      Message m = message;
      if (m.type == static_cast<std::uint8_t>(type)) m.body.insert(m.body.end(), 16, 0xff);
      return std::vector<Message>{m};
    });
    EXPECT_TRUE((type == masked_store ? session.sender : session.receiver).error);
  }
  // What the store of a size can hold at most, which is what the peer is charged with.
  EXPECT_EQ(store_shape(p).columns, 1127U);
}

// The same set in two sessions: nothing of one can be recognised in, or played again into, the other.
TEST(VolePitfalls, messages_of_another_session_do_not_match) {
  const Honest first(1);
  const Honest second(3);
  const Bytes masks = all_of(first.known.session.sender.sent, sender_masks);
  EXPECT_NE(masks, all_of(second.known.session.sender.sent, sender_masks));
  EXPECT_NE(all_of(first.known.session.receiver.sent, masked_store),
            all_of(second.known.session.receiver.sent, masked_store));
  // The answers of the first session in place of those of the second.
  for (const bool only_masks : {false, true}) {
    std::size_t next = 0;
    const auto& recorded = first.known.session.sender.sent;
    TestSession session = dealt_session(second.parameters, second.receiver_set, second.sender_set, 3);
    session.run([&](Role from, std::size_t, const Message& message) {
      if (from != Role::sender) return std::vector<Message>{message};
      const Message& old = recorded[next++];
      const bool replace = !only_masks || old.type == static_cast<std::uint8_t>(sender_masks);
      return std::vector<Message>{replace ? old : message};
    });
    EXPECT_TRUE(!session.receiver.party->outcome() || session.receiver.party->outcome()->size == 0);
  }
}

TEST(VolePitfalls, another_offer_gives_other_keys_masks_and_stores) {
  const ItemSet set = test_set(numbers_from(0, 20));
  Parameters p = vole_test_parameters(set, set);
  TestSession first = dealt_session(p, set, set);
  p.offer_hash[0] ^= 1;
  TestSession second = dealt_session(p, set, set);  // the same seeds, sets and correlation
  first.run();
  second.run();
  EXPECT_NE(all_of(first.sender.sent, sender_masks), all_of(second.sender.sent, sender_masks));
  EXPECT_NE(all_of(first.receiver.sent, masked_store), all_of(second.receiver.sent, masked_store));
  EXPECT_NE(to_bytes(body_of(first.receiver.sent, receiver_commit)),
            to_bytes(body_of(second.receiver.sent, receiver_commit)));
  EXPECT_NE(first.receiver.party->transcript_hash(), second.receiver.party->transcript_hash());
}

TEST(VolePitfalls, reflected_messages_are_refused) {
  const ItemSet set = test_set(numbers_from(0, 20));
  int reflections = 0;
  for (const Role honest : {Role::receiver, Role::sender})
    for (std::size_t i = 0; i < 6; ++i)
      for (std::size_t which = 0; which < 6; ++which) {
        TestSession session = dealt_session(vole_test_parameters(set, set, Learner::both), set, set);
        const auto& own = honest == Role::receiver ? session.receiver : session.sender;
        bool reflected = false;
        session.run([&](Role from, std::size_t index, const Message& message) {
          if (from == honest || index != i || which >= own.sent.size()) return std::vector<Message>{message};
          reflected = true;
          return std::vector<Message>{own.sent[which]};
        });
        EXPECT_EQ(own.error.has_value(), reflected);
        reflections += reflected;
      }
  EXPECT_GE(reflections, 15);
}

// A sender that commits to the receiver's coin, which it does not know yet, by giving its commitment back,
// and opens it with the receiver's own opening, would have both coins for the masks chosen by the receiver.
TEST(VolePitfalls, a_commitment_given_back_with_its_own_opening_is_refused) {
  const ItemSet set = test_set(numbers_from(0, 5));
  TestSession session = dealt_session(vole_test_parameters(set, set), set, set);
  int given_back = 0;
  session.run([&](Role, std::size_t, const Message& message) {
    Message m = message;
    const auto& sent = session.receiver.sent;
    if (m.type == static_cast<std::uint8_t>(sender_toss)) {
      std::ranges::copy(sent.at(0).body, m.body.end() - commitment_bytes);
      ++given_back;
    }
    if (m.type == static_cast<std::uint8_t>(sender_open)) {
      m.body = VoleReference::first(sent, receiver_open)->body;
      ++given_back;
    }
    return std::vector<Message>{m};
  });
  EXPECT_EQ(given_back, 2);
  ASSERT_TRUE(session.receiver.error);
  EXPECT_NE(session.receiver.error->message.find("coin"), std::string::npos);
}

// With an empty set everything that is sent is a dummy; on an observer's side it looks like any other run.
TEST(VolePitfalls, dummies_are_others_in_each_session_and_the_sizes_are_public_ones) {
  std::set<Bytes> seen;
  std::vector<std::size_t> lengths;
  for (const std::uint8_t seeds : {1, 2, 3}) {
    for (const std::uint32_t items : {0U, 8U}) {
      const ItemSet set = test_set(numbers_from(0, items));
      Parameters p = vole_test_parameters(set, set, Learner::both);
      p.receiver_padded = p.sender_padded = 8;
      TestSession session = dealt_session(p, set, set, seeds);
      session.run();
      ASSERT_TRUE(session.receiver.done && session.sender.done);
      EXPECT_EQ(session.receiver.party->outcome()->size, items);
      EXPECT_EQ(session.sender.party->outcome()->size, items);
      seen.insert(all_of(session.sender.sent, sender_masks));
      seen.insert(all_of(session.receiver.sent, receiver_proofs));
      std::vector<std::size_t> these;
      for (const auto* side : {&session.receiver, &session.sender})
        for (const Message& message : side->sent) these.push_back(message.body.size());
      if (lengths.empty()) lengths = these;
      EXPECT_EQ(these, lengths);
    }
  }
  EXPECT_EQ(seen.size(), 12U);
}

// Learner both: what the receiver answers says nothing of how many items it holds or found.
TEST(VolePitfalls, the_sender_learns_the_common_items_and_nothing_from_the_number_of_proofs) {
  for (const std::uint32_t common : {0U, 1U, 16U}) {
    const Honest h(1, numbers_from(0, 16), numbers_from(16 - common, 32 - common));
    const auto proofs =
        VoleReference::list_in(h.known.session.receiver.sent, receiver_proofs, proof_list(h.parameters));
    EXPECT_EQ(proofs.size(), 16U);
    EXPECT_EQ(h.known.session.sender.party->outcome()->size, common);
  }
}

TEST(VolePitfalls, the_size_alone_is_refused) {
  SerialParallel parallel;
  const ItemSet set = test_set(numbers_from(0, 4));
  Parameters p = vole_test_parameters(set, set);
  p.output = Output::size;
  const auto party = make_party(Role::receiver, p, test_seed(1), set, parallel);
  ASSERT_FALSE(party);
  EXPECT_EQ(party.error().kind, ErrorKind::bad_input);
}

}  // namespace
}  // namespace parley::match
