// A peer of vole-rr22/1 that alters fields of its messages: one at a time, several at random, on their way or
// before they enter its own transcript. An oracle that knows the true inputs of both sides reads off the
// altered messages which input the peer has thereby put in, as the simulator of the proof does, and says what
// the ideal functionality gives for it; the honest side must give exactly that, or end for good.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

#include "match/vole_adversary_fixture.hpp"

namespace parley::match {
namespace {

using enum VoleMatchMessage;
using Items = std::set<Bytes>;

bool all_of_them() {
  return std::getenv("PARLEY_LONG") != nullptr;
}

Items items_of(const ItemSet& set) {
  Items out;
  for (std::uint32_t i = 0; i < set.size(); ++i) out.insert(to_bytes(set[i]));
  return out;
}
const ItemSet& receiver_set() {
  static const ItemSet set = test_set(numbers_from(0, 21));
  return set;
}
const ItemSet& sender_set() {
  static const ItemSet set = test_set(numbers_from(15, 45));
  return set;
}
/// Whatever either side could have put in, and some that neither has.
const Items& universe() {
  static const Items all = items_of(test_set(numbers_from(0, 60)));
  return all;
}
Items both_of(const Items& a, const Items& b) {
  Items out;
  std::ranges::set_intersection(a, b, std::inserter(out, out.end()));
  return out;
}
bool inside(const Items& a, const Items& b) {
  return std::ranges::includes(b, a);
}
Items found_by(const Party& party, const ItemSet& own) {
  Items out;
  for (const std::uint32_t index : party.outcome()->items) out.insert(to_bytes(own[index]));
  return out;
}

/// A session whose correlation the test sees from both sides.
struct Watched {
  Parameters parameters;
  vole::DealtVole known;
  std::optional<TestSession> session;

  using ReceiverEnd = std::unique_ptr<VoleReceiverEnd>;
  using SenderEnd = std::unique_ptr<VoleSenderEnd>;

  /// Over a dealt VOLE, or the real one, of which the malicious side's end may be one that cheats.
  Watched(Learner learner, bool real, ReceiverEnd receiver_end = {}, SenderEnd sender_end = {},
          std::uint8_t seeds = 1)
      : parameters(vole_test_parameters(receiver_set(), sender_set(), learner, 300)) {
    static SerialParallel parallel;
    const vole::VoleParameters vole = vole_parameters(parameters);
    if (real) {
      if (!receiver_end) receiver_end = make_vole_receiver_end(vole, test_seed(seeds), parallel);
      if (!sender_end) sender_end = make_vole_sender_end(vole, test_seed(seeds), parallel);
    } else {
      crypto::SeededEntropy entropy(test_seed(seeds), "dealer");
      vole::DealtVole dealt = vole::deal_vole(vole.count, entropy);
      receiver_end = std::make_unique<DealtReceiverEnd>(dealt);
      sender_end = std::make_unique<DealtSenderEnd>(dealt);
    }
    session.emplace(
        std::make_unique<VoleReceiver>(parameters, test_seed(seeds), receiver_set(), parallel,
                                       std::make_unique<KeptReceiverEnd>(std::move(receiver_end), known)),
        std::make_unique<VoleSender>(parameters, test_seed(static_cast<std::uint8_t>(seeds + 100)),
                                     sender_set(), parallel,
                                     std::make_unique<KeptSenderEnd>(std::move(sender_end), known)));
  }

  bool relation_holds() const {
    return vole::relation_holds(known.a.span(), known.c.span(), known.delta, known.b.span());
  }
};

enum class End { refused, finished, waiting };

/// What a malicious sender put in: the items whose mask, as it would compute it, is in the list that the
/// receiver took.
void expect_ideal_for_receiver(const Watched& run, const std::set<std::uint8_t>& touched) {
  const TestSession::Side& honest = run.session->receiver;
  const Parameters& p = run.parameters;
  ASSERT_TRUE(honest.party->outcome());
  EXPECT_TRUE(run.relation_holds());
  VoleReference reference(p, honest.received, run.session->sender.received);
  reference.derive(honest.sent, honest.received);
  const auto masks = VoleReference::list_in(honest.received, sender_masks, mask_list(p));
  ASSERT_EQ(masks.size(), p.sender_padded);
  Items put_in;
  for (const Bytes& item : universe()) {
    const block::Block f = reference.of_sender(item, run.known.b, run.known.delta);
    if (std::ranges::find(masks, reference.mask(item, f)) != masks.end()) put_in.insert(item);
  }
  EXPECT_LE(put_in.size(), p.sender_padded);
  EXPECT_TRUE(inside(put_in, items_of(sender_set())));
  const bool own_input = std::ranges::none_of(touched, [](std::uint8_t type) {
    return type == static_cast<std::uint8_t>(sender_masks) ||
           type == static_cast<std::uint8_t>(sender_toss) || type == static_cast<std::uint8_t>(sender_open);
  });
  if (own_input) {
    EXPECT_EQ(put_in, items_of(sender_set())) << "an alteration that can change nothing did";
  }
  EXPECT_EQ(found_by(*honest.party, receiver_set()), both_of(items_of(receiver_set()), put_in));
  EXPECT_EQ(honest.party->outcome()->size, honest.party->outcome()->items.size());
}

/// What a malicious receiver put in: the items that the store P, which it masked with A, holds. It must see
/// the masks of exactly the common ones of these, and can make the sender believe in no others.
void expect_ideal_for_sender(const Watched& run, Learner learner, const std::set<std::uint8_t>& touched) {
  const TestSession::Side& honest = run.session->sender;
  const Parameters& p = run.parameters;
  VoleReference reference(p, run.session->receiver.received, honest.received);
  reference.derive(honest.received, honest.sent);
  Items put_in;
  for (const Bytes& item : universe())
    if (reference.holds(item, run.known.a)) put_in.insert(item);
  EXPECT_LE(put_in.size(), store_shape(p).columns);
  EXPECT_TRUE(inside(put_in, items_of(receiver_set())));
  const auto has = [&](VoleMatchMessage type) { return touched.contains(static_cast<std::uint8_t>(type)); };
  if (!has(masked_store) && !has(receiver_open)) {  // another coin of its own is another store
    EXPECT_EQ(put_in, items_of(receiver_set()));
  }
  const Items common = both_of(items_of(sender_set()), put_in);

  const auto masks = VoleReference::list_in(honest.sent, sender_masks, mask_list(p));
  EXPECT_EQ(masks.size(), p.sender_padded);
  Items seen;
  for (const Bytes& item : universe()) {
    const block::Block f = reference.of_receiver(item, run.known.c.span());
    if (std::ranges::find(masks, reference.mask(item, f)) != masks.end()) seen.insert(item);
  }
  EXPECT_TRUE(inside(seen, common)) << "a receiver learned of an item that it did not put in";
  if (run.relation_holds()) {
    EXPECT_EQ(seen, common);
  }

  if (learner == Learner::receiver) {
    EXPECT_FALSE(honest.party->outcome());
    return;
  }
  ASSERT_TRUE(honest.party->outcome());
  const auto proofs = VoleReference::list_in(honest.received, receiver_proofs, proof_list(p));
  EXPECT_EQ(proofs.size(), proof_count(p));
  Items proven;
  for (const Bytes& item : items_of(sender_set())) {
    const block::Block f = reference.of_sender(item, run.known.b, run.known.delta);
    if (std::ranges::find(proofs, reference.proof(item, f)) != proofs.end()) proven.insert(item);
  }
  EXPECT_EQ(found_by(*honest.party, sender_set()), proven);
  EXPECT_TRUE(inside(proven, common)) << "a proof was made up";
  if (run.relation_holds() && !has(masked_store) && !has(receiver_toss) && !has(receiver_proofs)) {
    EXPECT_EQ(proven, common) << "an alteration that can change nothing did";
  }
}

/// Runs it and judges the honest side. `touched`: the types of messages that were altered.
End judge(Watched& run, Role malicious, Learner learner, const TestSession::Tamper& tamper,
          std::set<std::uint8_t>& touched) {
  run.session->run([&](Role role, std::size_t index, const Message& message) {
    if (role != malicious) return std::vector<Message>{message};
    std::vector<Message> out = tamper(role, index, message);
    if (out != std::vector<Message>{message}) touched.insert(message.type);
    return out;
  });
  const auto& honest = malicious == Role::receiver ? run.session->sender : run.session->receiver;
  if (honest.error && !honest.done) {
    EXPECT_TRUE(honest.error->kind == ErrorKind::bad_input || honest.error->kind == ErrorKind::peer);
    EXPECT_FALSE(honest.party->outcome());
    EXPECT_FALSE(honest.party->on_message(1, {}));
    EXPECT_FALSE(honest.party->resume());
    EXPECT_FALSE(honest.party->start());
    return End::refused;
  }
  if (!honest.done) {
    EXPECT_FALSE(honest.party->outcome());
    return End::waiting;
  }
  if (malicious == Role::receiver)
    expect_ideal_for_sender(run, learner, touched);
  else
    expect_ideal_for_receiver(run, touched);
  return End::finished;
}

/// The messages of an honest session of this kind.
const std::vector<Message>& honest_messages(Role from, Learner learner, bool real, std::uint8_t seeds = 1) {
  static std::map<std::tuple<Learner, bool, std::uint8_t>, std::array<std::vector<Message>, 2>> kept;
  const auto [it, fresh] = kept.try_emplace({learner, real, seeds});
  if (fresh) {
    Watched run(learner, real, {}, {}, seeds);
    run.session->run();
    EXPECT_TRUE(run.session->receiver.done && run.session->sender.done);
    it->second = {run.session->receiver.sent, run.session->sender.sent};
  }
  return it->second[from == Role::receiver ? 0 : 1];
}

/// Changes a stretch of bytes in one of a few ways; false when that leaves it as it was.
bool alter(std::span<std::uint8_t> bytes, unsigned how, std::mt19937& random) {
  const Bytes before(bytes.begin(), bytes.end());
  switch (how % 5) {
    case 0:
      bytes[random() % bytes.size()] ^= static_cast<std::uint8_t>(1U << (random() % 8));
      break;
    case 1:
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
      break;
    case 2:
      std::ranges::fill(bytes, std::uint8_t{0});
      break;
    case 3:
      std::ranges::fill(bytes, std::uint8_t{0xff});
      break;
    default:
      for (std::size_t i = bytes.size(); i-- > 0;)
        if (++bytes[i] != 0) break;
  }
  return !std::ranges::equal(before, bytes);
}

/// The fields of a message to alter one at a time: all in the long run, else the first, the last and one in
/// between of those of one name.
std::vector<Field> chosen_fields(const Message& message, const Parameters& parameters, std::mt19937& random) {
  std::vector<Field> all = fields_of(message, parameters);
  if (all_of_them()) return all;
  std::map<std::string, std::vector<Field>> by_name;
  for (const Field& field : all) by_name[field.name].push_back(field);
  std::vector<Field> out;
  for (const auto& [name, some] : by_name)
    for (const std::size_t at : std::set<std::size_t>{0, random() % some.size(), some.size() - 1})
      out.push_back(some[at]);
  return out;
}

using Ends = std::map<End, int>;

void alter_each_field(bool real, Ends& ends) {
  std::mt19937 random(real ? 11 : 12);
  unsigned how = 0;
  const auto learners = real && !all_of_them() ? std::vector<Learner>{Learner::both}
                                               : std::vector<Learner>{Learner::receiver, Learner::both};
  for (const Role from : {Role::receiver, Role::sender})
    for (const Learner learner : learners) {
      const std::vector<Message>& messages = honest_messages(from, learner, real);
      for (std::size_t number = 0; number < messages.size(); ++number) {
        // The messages of the match proper are gone through over the dealt VOLE, which costs little.
        if (real && messages[number].type <= static_cast<std::uint8_t>(vole)) continue;
        const Parameters p = vole_test_parameters(receiver_set(), sender_set(), learner, 300);
        for (const Field& field : chosen_fields(messages[number], p, random)) {
          Watched run(learner, real);
          std::set<std::uint8_t> touched;
          ++how;
          ++ends[judge(
              run, from, learner,
              [&](Role, std::size_t index, const Message& message) {
                Message m = message;
                if (index == number && m.body.size() >= field.offset + field.size) {
                  const auto bytes = std::span(m.body).subspan(field.offset, field.size);
                  if (!alter(bytes, how, random)) bytes[0] ^= 1;
                }
                return std::vector<Message>{m};
              },
              touched)];
          if (::testing::Test::HasFailure()) {
            ADD_FAILURE() << "type " << int{messages[number].type} << ", " << field.name << " at "
                          << field.offset;
            return;
          }
        }
      }
    }
}

void tell(const char* what, Ends& ends) {
  std::printf("%s: %d refused, %d finished as the oracle says, %d left waiting\n", what, ends[End::refused],
              ends[End::finished], ends[End::waiting]);
}

TEST(VoleAdversary, one_altered_field_ends_in_the_error_or_in_what_the_ideal_functionality_gives) {
  Ends ends;
  alter_each_field(false, ends);
  tell("dealt VOLE", ends);
  EXPECT_GT(ends[End::refused], 0);
  EXPECT_GT(ends[End::finished], 0);
}

TEST(VoleAdversary, one_altered_field_of_the_vole_ends_the_session) {
  Ends ends;
  alter_each_field(true, ends);
  tell("real VOLE", ends);
  // Both transcripts are hashed into `confirm`: what was altered on its way never passes. A sender that has
  // sent its answer before it is done.
  EXPECT_GT(ends[End::refused], 0);
}

// Alterations before they enter the own transcript: the strongest cheater, and the only one that gets past
// the hashes.
TEST(VoleAdversary, a_sender_that_cheats_in_its_trees_and_is_consistent_changes_no_result) {
  std::mt19937 random(13);
  Ends ends;
  const Message& trees = *VoleReference::first(honest_messages(Role::sender, Learner::both, true),
                                               static_cast<VoleMatchMessage>(16 + 3));
  const Parameters p = vole_test_parameters(receiver_set(), sender_set(), Learner::both, 300);
  unsigned how = 0;
  for (const Field& field : chosen_fields(trees, p, random)) {
    ++how;
    Watched run(Learner::both, true, {},
                std::make_unique<CheatingSenderEnd>(vole_parameters(p), [&](Bytes& message) {
                  alter(std::span(message).subspan(field.offset, field.size), how, random);
                }));
    std::set<std::uint8_t> touched;
    ++ends[judge(
        run, Role::sender, Learner::both,
        [](Role, std::size_t, const Message& m) { return std::vector<Message>{m}; }, touched)];
    if (::testing::Test::HasFailure()) break;
  }
  tell("consistent sender", ends);
  EXPECT_GT(ends[End::refused], 0);
  EXPECT_EQ(ends[End::waiting], 0);
  EXPECT_GT(ends[End::finished], 0);  // half of the spoiled sums are those that the receiver does not use
}

TEST(VoleAdversary, a_receiver_that_cheats_in_its_correlation_and_is_consistent_learns_nothing_more) {
  std::mt19937 random(14);
  Ends ends;
  int uneven = 0;  // sessions that went on although the columns had no common u
  const Parameters p = vole_test_parameters(receiver_set(), sender_set(), Learner::both, 300);
  const vole::Layout layout(vole_parameters(p));
  // Each part of `correlation` that something else is derived from, and `check`.
  const std::size_t sizes[] = {vole::small_fields * layout.small_tree_bytes(),
                               layout.column_bytes() + layout.choice_bytes(),
                               vole::block_bytes + vole::hash_bytes, vole::block_bytes};
  const int rounds = all_of_them() ? 1500 : 16;
  for (int round = 0; round < rounds && !::testing::Test::HasFailure(); ++round) {
    const unsigned part = static_cast<unsigned>(round) % 4;
    // Half of those of the second part in the choices, which end no session: a receiver may choose its noise
    // as it likes.
    const bool choices = part == 1 && round % 8 == 1;
    const std::size_t begin = choices ? layout.column_bytes() : 0;
    const std::size_t at = begin + random() % (sizes[part] - begin);
    const vole::Change change = [&](Bytes& message) {
      alter(std::span(message).subspan(at, std::min<std::size_t>(1 + random() % 16, message.size() - at)),
            static_cast<unsigned>(round / 4), random);
    };
    CheatingReceiverEnd::Changes changes;
    (part == 0   ? changes.trees
     : part == 1 ? changes.columns
     : part == 2 ? changes.hashes
                 : changes.check) = change;
    Watched run(Learner::both, true,
                std::make_unique<CheatingReceiverEnd>(vole_parameters(p), std::move(changes)));
    std::set<std::uint8_t> touched;
    const End end = judge(
        run, Role::receiver, Learner::both,
        [](Role, std::size_t, const Message& m) { return std::vector<Message>{m}; }, touched);
    ++ends[end];
    uneven += part == 1 && !choices && end == End::finished;
  }
  EXPECT_LE(uneven, rounds / 50);  // one in 256 guesses the part of Δ that hides it
  tell("consistent receiver", ends);
  EXPECT_GT(ends[End::refused], 0);
  EXPECT_GT(ends[End::finished], 0);
}

/// Any number of alterations of any kind.
std::vector<Message> alter_at_random(const Message& message, const Message* of_another_session,
                                     std::mt19937& random) {
  if (random() % 4 != 0) return {message};
  Message m = message;
  switch (random() % 16) {
    case 0:
      return {};
    case 1:
      return {m, m};
    case 2:
      m.type = static_cast<std::uint8_t>(random() % 24);
      return {m};
    case 3:
      m.body.resize(random() % (m.body.size() + 40));
      return {m};
    case 4:
      if (of_another_session != nullptr) return {*of_another_session};
      return {m};
    default:
      for (unsigned stretches = 1 + random() % 3; stretches > 0 && !m.body.empty(); --stretches) {
        const std::size_t at = random() % m.body.size();
        const std::size_t size = std::min<std::size_t>(m.body.size() - at, 1 + random() % 32);
        alter(std::span(m.body).subspan(at, size), static_cast<unsigned>(random()), random);
      }
      return {m};
  }
}

void alter_many(bool real, int rounds, Ends& ends) {
  std::mt19937 random(real ? 15 : 16);
  for (int round = 0; round < rounds && !::testing::Test::HasFailure(); ++round) {
    const Role from = random() % 2 == 0 ? Role::receiver : Role::sender;
    const Learner learner = random() % 2 == 0 ? Learner::receiver : Learner::both;
    const std::vector<Message>& others = honest_messages(from, learner, real, 3);
    Watched run(learner, real);
    std::set<std::uint8_t> touched;
    ++ends[judge(
        run, from, learner,
        [&](Role, std::size_t index, const Message& message) {
          return alter_at_random(message, index < others.size() ? &others[index] : nullptr, random);
        },
        touched)];
  }
}

TEST(VoleAdversary, many_alterations_end_in_the_error_or_in_what_the_ideal_functionality_gives) {
  Ends dealt;
  Ends real;
  alter_many(false, all_of_them() ? 50'000 : 200, dealt);
  alter_many(true, all_of_them() ? 5'000 : 8, real);
  tell("dealt VOLE", dealt);
  tell("real VOLE", real);
  EXPECT_GT(dealt[End::refused], 0);
  EXPECT_GT(dealt[End::finished], 0);
}

}  // namespace
}  // namespace parley::match
