#include "exchange/lookup_session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "exchange/lookup_ask.hpp"
#include "exchange/lookup_book.hpp"
#include "exchange/lookup_building.hpp"
#include "exchange/lookup_members.hpp"
#include "exchange/two_nodes_fixture.hpp"
#include "lookup/label.hpp"
#include "lookup/set_file.hpp"
#include "record/jws.hpp"
#include "record/match_statement.hpp"

namespace parley::exchange {
namespace {

using peer::Frame;
using peer::FrameType;

intel::Selector domain(const std::string& name) {
  return {intel::SelectorType::domain_name, name};
}

std::vector<intel::Selector> domains(std::initializer_list<const char*> names) {
  std::vector<intel::Selector> out;
  for (const char* name : names) out.push_back(domain(name));
  return out;
}

struct Outcome {
  Wire wire;
  std::optional<LookupRun> run;
  std::vector<LookedUp> findings;

  std::vector<std::string> hits() const {
    std::vector<std::string> out;
    for (const LookedUp& one : findings)
      if (one.hit) out.push_back(one.selector.value);
    return out;
  }
};

struct World {
  TwoNodes nodes;
  MemoryLookupStore alpha_files;
  MemoryLookupStore bravo_files;

  explicit World(std::uint64_t per_day = 100, bool labels = false)
      : nodes([=](AgreementTerms& terms) {
          terms.lookups_per_day = per_day;
          terms.lookup_labels = labels;
        }) {
    TwoNodes::hold(nodes.bravo, domains({"a.example.org", "b.example.org", "c.example.org"}));
    TwoNodes::hold(nodes.bravo, domains({"red.example.org"}), state::MarkingCode::red);
    TwoNodes::hold(nodes.bravo, domains({"case.example.org"}), state::MarkingCode::green, true);
  }

  peer::PeerSession session(peer::Side side) const {
    peer::PeerSession out = nodes.session(side);
    out.features = {std::string(lookup_feature)};
    out.transcript = crypto::Hash256{9};
    return out;
  }
  LookupQuestion question() const { return {"CERT Bravo", nodes.agreement, "fraud"}; }

  Outcome look_up(std::vector<intel::Selector> values, const Meddle& meddle = {}) {
    LookupInitiator initiator(*nodes.alpha.node, alpha_files, session(peer::Side::initiator), question(),
                              std::move(values));
    LookupResponder responder(*nodes.bravo.node, bravo_files, session(peer::Side::responder),
                              initiator.session());
    Outcome out;
    out.wire = drive(initiator, responder, meddle);
    out.run = initiator.run();
    out.findings = initiator.findings();
    return out;
  }
  SetName name(bool own) {
    MemoryNode& node = own ? nodes.bravo : nodes.alpha;
    return {own, own ? nodes.alpha.origin : nodes.bravo.origin, nodes.agreement, "fraud",
            lookup_epoch(*node.node)};
  }
  std::optional<KnownSet> known(bool own) {
    MemoryNode& node = own ? nodes.bravo : nodes.alpha;
    const auto reader = node.store->snapshot().value();
    return find_set(*reader, name(own)).value();
  }
  bool has_key() {
    const auto reader = nodes.bravo.store->snapshot().value();
    return find_set_key(*reader, name(true)).value().has_value();
  }
};

bool refused_by(const Result<void>& result, const std::string& rule) {
  return !result && result.error().kind == ErrorKind::refused &&
         std::ranges::find(result.error().rules, rule) != result.error().rules.end();
}

TEST(LookupSession, finds_what_the_peer_may_show_and_nothing_stricter) {
  World world;
  const Outcome out = world.look_up(
      domains({"a.example.org", "b.example.org", "x.example.org", "red.example.org", "case.example.org"}));
  ASSERT_TRUE(out.wire.responder) << out.wire.responder.error().text();
  ASSERT_TRUE(out.wire.initiator) << out.wire.initiator.error().text();
  ASSERT_TRUE(out.run);
  EXPECT_EQ(out.hits(), (std::vector<std::string>{"a.example.org", "b.example.org"}));
  EXPECT_EQ(out.run->evaluations, 5U);
  EXPECT_EQ(out.run->budget_left, 95U);
  EXPECT_EQ(out.run->set_items, 256U);
  EXPECT_TRUE(out.run->downloaded);
}

TEST(LookupSession, both_ledgers_hold_the_set_and_both_records_and_no_value) {
  World world;
  ASSERT_TRUE(world.look_up(domains({"a.example.org"})).run);
  for (MemoryNode* node : {&world.nodes.alpha, &world.nodes.bravo}) {
    EXPECT_EQ(TwoNodes::count(*node, record::LookupSetStatement::schema), 1U);
    EXPECT_EQ(TwoNodes::count(*node, record::LookupStatement::schema), 2U);
    for (std::uint64_t index = 0; index < node->ledger->size().value(); ++index) {
      const auto statement = record::peek_statement(recorded_at(*node->node, index)->jws);
      EXPECT_EQ(statement->payload.find("a.example.org"), std::string::npos);
    }
  }
}

TEST(LookupSession, the_second_time_takes_the_set_from_the_cache) {
  World world;
  const Outcome first = world.look_up(domains({"a.example.org"}));
  const Outcome second = world.look_up(domains({"c.example.org", "y.example.org"}));
  ASSERT_TRUE(first.run && second.run);
  EXPECT_FALSE(second.run->downloaded);
  EXPECT_EQ(second.hits(), (std::vector<std::string>{"c.example.org"}));
  EXPECT_EQ(second.run->budget_left, 97U);
  EXPECT_EQ(TwoNodes::count(world.nodes.bravo, record::LookupSetStatement::schema), 1U);
}

TEST(LookupSession, what_came_into_the_node_after_the_set_waits_for_the_next_day) {
  World world;
  ASSERT_TRUE(world.look_up(domains({"new.example.org"})).run);
  TwoNodes::hold(world.nodes.bravo, domains({"new.example.org"}));
  EXPECT_TRUE(world.look_up(domains({"new.example.org"})).hits().empty());
  world.nodes.alpha.clock.advance(std::chrono::days(1));
  world.nodes.bravo.clock.advance(std::chrono::days(1));
  EXPECT_EQ(world.look_up(domains({"new.example.org"})).hits().size(), 1U);
}

TEST(LookupSession, a_new_day_has_a_new_key_and_the_old_one_is_erased) {
  World world;
  ASSERT_TRUE(world.look_up(domains({"a.example.org"})).run);
  const auto first = world.known(true);
  const SetName old = world.name(true);
  world.nodes.alpha.clock.advance(std::chrono::days(1));
  world.nodes.bravo.clock.advance(std::chrono::days(1));
  ASSERT_TRUE(world.look_up(domains({"a.example.org"})).run);
  const auto second = world.known(true);
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->statement.public_key, second->statement.public_key);
  EXPECT_NE(first->statement.set_hash, second->statement.set_hash);
  const auto reader = world.nodes.bravo.store->snapshot().value();
  EXPECT_FALSE(find_set_key(*reader, old).value());
  EXPECT_EQ(world.bravo_files.size(), 2U);  // the set, and what is in it
  EXPECT_EQ(world.alpha_files.size(), 1U);
}

TEST(LookupSession, other_rules_mean_another_set_under_another_key) {
  World world;
  ASSERT_TRUE(world.look_up(domains({"a.example.org"})).run);
  const auto first = world.known(true);
  const policy::Policy stricter = policy::Policy::load_or_closed(
      std::string(two_nodes_policy) + "[off_limits]\nvalues = [\"domain-name:a.example.org\"]\n");
  ASSERT_FALSE(stricter.is_closed()) << stricter.closed_because();
  world.nodes.bravo.node->set_policy(stricter);
  const Outcome out = world.look_up(domains({"a.example.org", "b.example.org"}));
  EXPECT_EQ(out.hits(), (std::vector<std::string>{"b.example.org"}));
  const auto second = world.known(true);
  EXPECT_EQ(second->statement.sequence, 2U);
  EXPECT_NE(first->statement.public_key, second->statement.public_key);
}

TEST(LookupSession, a_lost_or_damaged_file_of_the_asked_side_is_built_anew) {
  World world;
  ASSERT_TRUE(world.look_up(domains({"a.example.org"})).run);
  ASSERT_TRUE(world.bravo_files.keep_only({}));
  const Outcome out = world.look_up(domains({"a.example.org"}));
  ASSERT_TRUE(out.run);
  EXPECT_EQ(world.known(true)->statement.sequence, 2U);
  EXPECT_EQ(out.hits().size(), 1U);
}

TEST(LookupSession, without_look_ups_in_the_agreement_nothing_is_asked) {
  World world(0);
  const Outcome out = world.look_up(domains({"a.example.org"}));
  EXPECT_TRUE(refused_by(out.wire.initiator, "agreement-lookup"));
  EXPECT_TRUE(out.wire.seen.empty());
}

TEST(LookupSession, a_type_outside_the_agreement_is_refused_by_its_rule) {
  World world;
  const Outcome out = world.look_up({{intel::SelectorType::url, "http://a.example.org/"}});
  EXPECT_TRUE(refused_by(out.wire.initiator, "agreement-type"));
}

TEST(LookupSession, the_budget_of_a_day_is_kept_on_both_sides_and_over_a_restart) {
  World world(3);
  ASSERT_TRUE(world.look_up(domains({"a.example.org", "b.example.org"})).run);
  EXPECT_TRUE(refused_by(world.look_up(domains({"a.example.org", "b.example.org"})).wire.initiator,
                         "budget-lookups-per-day"));
  world.nodes.alpha.reopen();
  world.nodes.bravo.reopen();
  EXPECT_TRUE(refused_by(world.look_up(domains({"a.example.org", "b.example.org"})).wire.initiator,
                         "budget-lookups-per-day"));
  const Outcome last = world.look_up(domains({"a.example.org"}));
  ASSERT_TRUE(last.run);
  EXPECT_EQ(last.run->budget_left, 0U);
}

TEST(LookupSession, the_asked_side_counts_by_itself) {
  // An asker that forgets what it asked is stopped all the same.
  World world(3);
  ASSERT_TRUE(world.look_up(domains({"a.example.org", "b.example.org"})).run);
  const LookupPermission permission = check_lookup_act(*world.nodes.alpha.node, world.question()).value();
  const auto forget = state::write(*world.nodes.alpha.store, state::Durability::synced,
                                   [&](state::Transaction& transaction) -> Result<void> {
                                     const std::string name =
                                         "lookup/" + permission.agreement.hash + "/i/" +
                                         std::to_string(lookup_epoch(*world.nodes.alpha.node)) + "/" +
                                         world.nodes.bravo.origin;
                                     PARLEY_CHECK(transaction.add_counter(name, -2));
                                     return {};
                                   });
  ASSERT_TRUE(forget);
  const Outcome out = world.look_up(domains({"a.example.org", "b.example.org"}));
  EXPECT_FALSE(out.wire.initiator);
  EXPECT_TRUE(refused_by(out.wire.responder, "budget-lookups-per-day"));
  EXPECT_EQ(TwoNodes::count(world.nodes.bravo, record::RefusalStatement::schema), 1U);
}

TEST(LookupSession, what_failed_after_it_was_charged_stays_charged) {
  World world(3);
  const auto cut_answer = [](std::size_t, bool from_initiator, const Frame& frame) {
    if (!from_initiator && frame.type == FrameType::lookup_answer) return std::vector<Frame>{};
    return std::vector<Frame>{frame};
  };
  EXPECT_FALSE(world.look_up(domains({"a.example.org", "b.example.org"}), cut_answer).run);
  EXPECT_TRUE(refused_by(world.look_up(domains({"a.example.org", "b.example.org"})).wire.initiator,
                         "budget-lookups-per-day"));
}

TEST(LookupSession, a_suspended_agreement_stops_it_between_set_and_answer) {
  World world;
  const auto suspend = [&](std::size_t, bool from_initiator, const Frame& frame) {
    if (from_initiator && frame.type == FrameType::lookup_record) {
      EXPECT_TRUE(suspend_agreement(*world.nodes.bravo.node, world.nodes.agreement, "stop"));
    }
    return std::vector<Frame>{frame};
  };
  const Outcome out = world.look_up(domains({"a.example.org"}), suspend);
  EXPECT_FALSE(out.run);
  EXPECT_FALSE(out.wire.responder);
  for (const auto& [from_initiator, frame] : out.wire.seen) EXPECT_NE(frame.type, FrameType::lookup_answer);
}

TEST(LookupSession, a_peer_of_an_older_version_is_not_asked) {
  World world;
  peer::PeerSession session = world.session(peer::Side::initiator);
  session.features.clear();
  LookupInitiator initiator(*world.nodes.alpha.node, world.alpha_files, session, world.question(),
                            domains({"a.example.org"}));
  EXPECT_FALSE(initiator.start());
}

TEST(LookupSession, labels_say_where_to_ask_further) {
  World world(100, true);
  const Outcome out = world.look_up(domains({"a.example.org", "x.example.org"}));
  ASSERT_TRUE(out.run) << out.wire.initiator.error().text();
  EXPECT_EQ(out.hits(), (std::vector<std::string>{"a.example.org"}));
  EXPECT_EQ(out.findings[0].pointer, "");  // held in a plain list: no object to point to
  EXPECT_TRUE(lookup::SetFile::open(world.alpha_files.find(world.known(false)->statement.set_hash).value())
                  ->header()
                  .has_labels);
}

/// An object of our own at bravo that carries the domain name and is marked RED.
void hold_red_object(MemoryNode& node, const std::string& name) {
  const auto stored =
      state::write(*node.store, state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
        state::Source source;
        source.name = "late";
        source.kind = "file";
        source.imported_at = node.clock.now();
        state::NewObject object;
        object.id = "indicator--00000000-0000-4000-8000-000000000001";
        object.type = "indicator";
        object.marking = state::MarkingCode::red;
        object.raw = "{}";
        PARLEY_TRY(object.source, t.add_source(source));
        PARLEY_TRY(object.labels, t.add_labels({}));
        PARLEY_TRY(const auto put, t.put_objects({&object, 1}));
        state::NewHolding holding;
        holding.selector = domain(name);
        holding.object = put.front().object;
        holding.source = object.source;
        holding.labels = object.labels;
        holding.marking = object.marking;
        holding.first_seen = holding.last_seen = node.clock.now();
        PARLEY_CHECK(t.put_holdings({&holding, 1}));
        return {};
      });
  EXPECT_TRUE(stored) << (stored ? "" : stored.error().text());
}

TEST(LookupSession, a_label_says_nothing_of_a_holding_that_came_after_the_clearing) {
  World world(100, true);
  Node& bravo = *world.nodes.bravo.node;
  auto permission = check_lookup_act(bravo, {world.nodes.alpha.origin, world.nodes.agreement, "fraud"});
  ASSERT_TRUE(permission) << permission.error().text();
  auto building = LookupBuilding::begin(bravo, world.bravo_files,
                                        {std::move(*permission), lookup_epoch(bravo), {}, false});
  ASSERT_TRUE(building) << building.error().text();
  ASSERT_EQ(building->step(), false);  // cleared; the labels come later
  hold_red_object(world.nodes.bravo, "a.example.org");
  for (bool built = false; !built;) {
    const auto step = building->step();
    ASSERT_TRUE(step) << step.error().text();
    built = *step;
  }
  const auto reader = world.nodes.bravo.store->snapshot().value();
  const auto members = find_members(*reader, world.name(true)).value();
  const MemberPage page = read_member_page(*members, world.bravo_files, 0).value();
  ASSERT_EQ(page.items.size(), 3U);
  const auto none = static_cast<std::uint8_t>(state::MarkingCode::none);
  EXPECT_EQ(page.labels[0], label_digest(lookup::encode_label({"", none}).value()));
  // And what came ends the set before anything of it is answered.
  EXPECT_TRUE(world.look_up(domains({"a.example.org"})).hits().empty());
}

TEST(LookupSession, progress_does_not_tell_how_many_items_there_are) {
  const Wire wire = World().look_up(domains({"a.example.org"})).wire;
  bool seen = false;
  for (const auto& [from_initiator, frame] : wire.seen) {
    if (frame.type != FrameType::lookup_progress) continue;
    ByteReader reader(frame.body);
    ASSERT_TRUE(reader.u64());
    EXPECT_EQ(reader.u64(), 1000U);
    seen = true;
  }
  EXPECT_TRUE(seen);
}

// ---- a malicious peer ----

TEST(LookupHostilePeer, every_message_of_either_side_altered_anywhere_ends_without_a_finding) {
  const Wire honest = World().look_up(domains({"a.example.org", "x.example.org"})).wire;
  ASSERT_TRUE(honest.initiator_done && honest.responder_done);
  const std::size_t places = std::getenv("PARLEY_LONG") != nullptr ? 400 : 6;  // of each message
  std::size_t runs = 0;
  for (std::size_t number = 1; number < honest.seen.size(); ++number) {  // all but OPEN
    const auto& [from_initiator, frame] = honest.seen[number];
    if (frame.type == FrameType::lookup_progress) continue;
    const std::size_t stride = std::max<std::size_t>(1, frame.body.size() / places);
    for (std::size_t at = 0; at <= frame.body.size(); at += stride) {
      World world;
      const Outcome out = world.look_up(domains({"a.example.org", "x.example.org"}),
                                        [&, number = number](std::size_t n, bool, const Frame& passing) {
                                          Frame altered = passing;
                                          if (n == number && at < altered.body.size())
                                            altered.body[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
                                          else if (n == number)
                                            altered.body.push_back(0);
                                          return std::vector<Frame>{std::move(altered)};
                                        });
      EXPECT_FALSE(out.run) << peer::frame_name(frame.type) << " " << at;
      EXPECT_TRUE(out.findings.empty());
      EXPECT_FALSE(out.wire.initiator);
      ++runs;
    }
  }
  EXPECT_GT(runs, 40U);
}

TEST(LookupHostilePeer, messages_left_out_doubled_or_in_another_order_end_the_session) {
  const Wire honest = World().look_up(domains({"a.example.org"})).wire;
  const auto is_last = [&](std::size_t number) {
    for (std::size_t later = number + 1; later < honest.seen.size(); ++later)
      if (honest.seen[later].first == honest.seen[number].first) return false;
    return true;
  };
  for (std::size_t number = 1; number < honest.seen.size(); ++number) {
    if (honest.seen[number].second.type == FrameType::lookup_progress) continue;
    for (const std::size_t copies : {0U, 2U}) {
      // A second copy of a side's last message comes when the other side is done with the session.
      if (copies == 2 && is_last(number)) continue;
      World world;
      const Outcome out =
          world.look_up(domains({"a.example.org"}), [&](std::size_t n, bool, const Frame& passing) {
            return std::vector<Frame>(n == number ? copies : 1, passing);
          });
      EXPECT_FALSE(out.run) << number << " " << copies;
    }
  }
}

TEST(LookupHostilePeer, a_message_of_yesterday_is_worth_nothing_today) {
  World world;
  const Wire old = world.look_up(domains({"a.example.org"})).wire;
  world.nodes.alpha.clock.advance(std::chrono::days(1));
  world.nodes.bravo.clock.advance(std::chrono::days(1));
  for (const auto& [from_initiator, replayed] : old.seen) {
    if (replayed.type == FrameType::open || replayed.type == FrameType::lookup_progress ||
        replayed.type == FrameType::lookup_fetch)
      continue;
    ASSERT_TRUE(world.alpha_files.keep_only({}));  // so that the file is fetched, and can be replaced
    const Outcome out =
        world.look_up(domains({"a.example.org"}), [&](std::size_t, bool initiator, const Frame& passing) {
          const bool same = initiator == from_initiator && passing.type == replayed.type;
          return std::vector<Frame>{same ? replayed : passing};
        });
    EXPECT_FALSE(out.run) << peer::frame_name(replayed.type);
  }
}

bool was_asked(const Wire& wire) {
  return std::ranges::any_of(wire.seen,
                             [](const auto& seen) { return seen.second.type == FrameType::lookup_query; });
}

/// The offer and the statement in a frame, taken apart.
SignedLookupOffer opened(const Frame& frame) {
  ByteReader reader(frame.body);
  EXPECT_TRUE(reader.take(64));
  SignedLookupOffer out;
  out.offer = parse_lookup_offer(*reader.prefixed(max_lookup_ask_bytes)).value();
  out.set_jws = as_text(*reader.take(reader.remaining()));
  return out;
}

Frame resigned(const Frame& frame, const crypto::SigningKey& key,
               const std::function<void(record::LookupSetStatement&)>& change) {
  SignedLookupOffer offer = opened(frame);
  const auto statement = record::peek_statement(offer.set_jws).value();
  auto set = record::read_statement<record::LookupSetStatement>(statement).value();
  change(set);
  const std::string jws = record::sign_statement(set.to_json(), key).value();
  offer.offer.set = crypto::sha256(as_bytes(jws));
  return sign_lookup_offer(offer.offer, jws, key).value();
}

/// A peer that signs a statement of its own choice.
Outcome with_statement(World& world, const std::function<void(record::LookupSetStatement&)>& change) {
  return world.look_up(domains({"a.example.org"}), [&](std::size_t, bool, const Frame& passing) {
    if (passing.type != FrameType::lookup_set) return std::vector<Frame>{passing};
    return std::vector<Frame>{resigned(passing, world.nodes.bravo.keys.role, change)};
  });
}

TEST(LookupHostilePeer, a_statement_that_does_not_fit_the_session_is_refused) {
  using Set = record::LookupSetStatement;
  const std::vector<std::function<void(Set&)>> changes = {
      [](Set& set) { set.counterparty = "somebody.example"; },
      [](Set& set) { set.agreement = std::string(64, '0'); },
      [](Set& set) { set.purpose = "counter-terrorism"; },
      [](Set& set) { ++set.epoch; },
      [](Set& set) { --set.epoch; },
      [](Set& set) { set.types.pop_back(); },
      [](Set& set) { set.selector_version = "selector/2"; },
      [](Set& set) { set.items = 320; },
      [](Set& set) { set.items = 300; },
      [](Set& set) { set.items = std::uint64_t{1} << 40; },
      [](Set& set) { set.labels = true; },
      [](Set& set) { set.public_key = {}; },
      [](Set& set) { set.public_key[0] ^= 1; },
      [](Set& set) { set.set_hash[0] ^= 1; },
      [](Set& set) { --set.set_bytes; },
      [](Set& set) { ++set.set_bytes; },
      [](Set& set) { set.set_bytes = std::uint64_t{1} << 40; },
      [](Set& set) { set.set_bytes = 0; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    World world;
    const Outcome out = with_statement(world, changes[i]);
    EXPECT_FALSE(out.run) << i;
    EXPECT_TRUE(out.findings.empty()) << i;
  }
}

// Each member of each signed message, altered by the peer that signs it: the other side stops, or it is the
// result of an honest run, and never anything else.
template <class Statement>
Frame resigned_record(const Frame& frame, const crypto::SigningKey& key,
                      const std::function<void(Statement&)>& change) {
  const auto statement = record::peek_statement(as_text(frame.body)).value();
  auto out = record::read_statement<Statement>(statement).value();
  change(out);
  return {frame.type, to_bytes(record::sign_statement(out.to_json(), key).value())};
}

using Record = record::LookupStatement;
const std::vector<std::pair<const char*, std::function<void(Record&)>>> record_changes = {
    {"id", [](Record& r) { r.head.id = "00000000-0000-4000-8000-000000000009"; }},
    {"node", [](Record& r) { r.head.node = "somebody.example"; }},
    {"session", [](Record& r) { r.session = "00000000-0000-4000-8000-000000000009"; }},
    {"counterparty", [](Record& r) { r.counterparty = "somebody.example"; }},
    {"role", [](Record& r) { r.role = r.role == "initiator" ? "responder" : "initiator"; }},
    {"agreement", [](Record& r) { r.agreement = std::string(64, '0'); }},
    {"purpose", [](Record& r) { r.purpose = "counter-terrorism"; }},
    {"epoch", [](Record& r) { ++r.epoch; }},
    {"lookups", [](Record& r) { ++r.lookups; }},
    {"set_hash", [](Record& r) { r.set_hash[0] ^= 1; }},
    {"public_key", [](Record& r) { r.public_key[0] ^= 1; }},
    {"ask_hash", [](Record& r) { r.ask_hash[0] ^= 1; }},
    {"query_hash", [](Record& r) { r.query_hash[0] ^= 1; }},
    {"transcript_hash", [](Record& r) { r.transcript_hash[0] ^= 1; }},
    {"budget_before", [](Record& r) { ++r.budget_before; }},
    {"budget_after", [](Record& r) { ++r.budget_after; }},
    {"leak_statement", [](Record& r) { r.leak_statement = "nothing"; }},
};

TEST(LookupHostilePeer,
     every_member_of_a_record_that_its_signer_altered_stops_the_session_or_changes_nothing) {
  for (const bool by_asker : {true, false}) {
    for (const auto& [name, altered] : record_changes) {
      World world;
      const auto& key = (by_asker ? world.nodes.alpha : world.nodes.bravo).keys.role;
      const Outcome out =
          world.look_up(domains({"a.example.org", "x.example.org"}),
                        [&, &change = altered](std::size_t, bool from_initiator, const Frame& passing) {
                          if (passing.type != FrameType::lookup_record || from_initiator != by_asker)
                            return std::vector<Frame>{passing};
                          return std::vector<Frame>{resigned_record<Record>(passing, key, change)};
                        });
      // What a side says of itself alone (its own count, its own words) is its own affair.
      const std::string_view member = name;
      const bool own_affair = member == "id" || member == "leak_statement" ||
                              (by_asker && (member == "transcript_hash" || member.starts_with("budget")));
      // The responder of these runs hashes the record that it saw; the asker holds it against its own.
      if (own_affair && out.run)
        EXPECT_EQ(out.hits(), std::vector<std::string>{"a.example.org"}) << name;
      else
        EXPECT_FALSE(out.run) << name << (by_asker ? " asker" : " asked");
      EXPECT_TRUE(out.run || out.findings.empty()) << name;
      if (by_asker && !own_affair) {
        EXPECT_FALSE(out.wire.responder) << name;
        for (const auto& [initiator, frame] : out.wire.seen) EXPECT_NE(frame.type, FrameType::lookup_answer);
      }
    }
  }
}

TEST(LookupHostilePeer, every_member_of_a_question_or_offer_that_its_signer_altered_stops_the_session) {
  using Ask = LookupAsk;
  const std::vector<std::pair<const char*, std::function<void(Ask&)>>> asks = {
      {"session", [](Ask& a) { a.session = peer::SessionId(ByteArray<16>{1}); }},
      {"exporter", [](Ask& a) { a.exporter = peer::TlsExporter(ByteArray<32>{1}); }},
      {"hello", [](Ask& a) { a.hello[0] ^= 1; }},
      {"initiator", [](Ask& a) { a.initiator = "somebody.example"; }},
      {"responder", [](Ask& a) { a.responder = "somebody.example"; }},
      {"agreement", [](Ask& a) { a.agreement = std::string(64, '0'); }},
      {"purpose", [](Ask& a) { a.purpose = "counter-terrorism"; }},
      {"epoch", [](Ask& a) { ++a.epoch; }},
      {"lookups", [](Ask& a) { ++a.lookups; }},
      {"head", [](Ask& a) { a.head = "x"; }},
      {"peer_head", [](Ask& a) { a.peer_head = "x"; }},
  };
  for (const auto& [name, altered] : asks) {
    World world;
    const Outcome out = world.look_up(
        domains({"a.example.org"}), [&, &change = altered](std::size_t, bool, const Frame& passing) {
          if (passing.type != FrameType::lookup_ask) return std::vector<Frame>{passing};
          LookupAsk ask = parse_lookup_ask(BytesView(passing.body).subspan(64)).value();
          change(ask);
          return std::vector<Frame>{sign_lookup_ask(ask, world.nodes.alpha.keys.role).value()};
        });
    EXPECT_FALSE(out.run) << name;
    EXPECT_TRUE(out.findings.empty()) << name;
  }
  using Offer = LookupOffer;
  const std::vector<std::pair<const char*, std::function<void(Offer&)>>> offers = {
      {"ask", [](Offer& o) { o.ask[0] ^= 1; }},
      {"set", [](Offer& o) { o.set[0] ^= 1; }},
      {"head", [](Offer& o) { o.head = "x"; }},
      {"peer_head", [](Offer& o) { o.peer_head = "x"; }},
  };
  for (const auto& [name, altered] : offers) {
    World world;
    const Outcome out = world.look_up(
        domains({"a.example.org"}), [&, &change = altered](std::size_t, bool, const Frame& passing) {
          if (passing.type != FrameType::lookup_set) return std::vector<Frame>{passing};
          SignedLookupOffer offer = opened(passing);
          change(offer.offer);
          return std::vector<Frame>{
              sign_lookup_offer(offer.offer, offer.set_jws, world.nodes.bravo.keys.role).value()};
        });
    EXPECT_FALSE(out.run) << name;
    EXPECT_FALSE(was_asked(out.wire)) << name;
  }
}

TEST(LookupHostilePeer, other_elements_in_query_or_answer_give_an_error_or_the_result_of_an_honest_run) {
  const auto entropy_of = [](const char* label) {
    return crypto::SeededEntropy(crypto::Secret<32>(ByteArray<32>{1}), label);
  };
  auto entropy = entropy_of("other element");
  const oprf::KeyPair other = oprf::KeyPair::generate(entropy);
  for (const FrameType type : {FrameType::lookup_query, FrameType::lookup_answer}) {
    for (const std::size_t at : {0U, 32U}) {
      World world;
      const Outcome out = world.look_up(
          domains({"a.example.org", "x.example.org"}), [&](std::size_t, bool, const Frame& passing) {
            Frame frame = passing;
            if (frame.type == type)
              std::ranges::copy(other.public_key(), frame.body.begin() + static_cast<std::ptrdiff_t>(at));
            return std::vector<Frame>{std::move(frame)};
          });
      EXPECT_FALSE(out.run);
      EXPECT_TRUE(out.findings.empty());
    }
  }
}

Frame with_key(const Frame& frame, const crypto::SigningKey& signer, const crypto::Hash256& public_key) {
  const auto statement = record::peek_statement(as_text(frame.body)).value();
  auto record = record::read_statement<record::LookupStatement>(statement).value();
  record.public_key = public_key;
  return {FrameType::lookup_record, to_bytes(record::sign_statement(record.to_json(), signer).value())};
}

TEST(LookupHostilePeer, that_answers_under_another_key_than_it_announced_is_caught_by_the_proof) {
  World world;
  auto entropy = crypto::SeededEntropy(crypto::Secret<32>(ByteArray<32>{1}), "another key");
  const crypto::Hash256 announced = oprf::KeyPair::generate(entropy).public_key();
  // A peer that announces one key everywhere and answers under the other.
  const Outcome out =
      world.look_up(domains({"a.example.org"}), [&](std::size_t, bool from_initiator, const Frame& passing) {
        if (passing.type == FrameType::lookup_set)
          return std::vector<Frame>{
              resigned(passing, world.nodes.bravo.keys.role, [&](auto& set) { set.public_key = announced; })};
        if (passing.type != FrameType::lookup_record) return std::vector<Frame>{passing};
        return std::vector<Frame>{from_initiator ? with_key(passing, world.nodes.alpha.keys.role,
                                                            world.known(true)->statement.public_key)
                                                 : with_key(passing, world.nodes.bravo.keys.role, announced)};
      });
  EXPECT_TRUE(out.wire.responder_done);
  EXPECT_FALSE(out.run);
  ASSERT_FALSE(out.wire.initiator);
  EXPECT_NE(out.wire.initiator.error().message.find("VerifyError"), std::string::npos);
}

TEST(LookupHostilePeer, that_shows_a_second_key_in_one_epoch_is_caught_and_both_statements_are_kept) {
  World world;
  ASSERT_TRUE(world.look_up(domains({"a.example.org"})).run);
  auto entropy = crypto::SeededEntropy(crypto::Secret<32>(ByteArray<32>{1}), "second key");
  const oprf::KeyPair other = oprf::KeyPair::generate(entropy);
  const auto second = [&](record::LookupSetStatement& set) { set.public_key = other.public_key(); };
  EXPECT_FALSE(was_asked(with_statement(world, second).wire));  // even under the id of the first statement
  const Outcome out = with_statement(world, [&](record::LookupSetStatement& set) {
    second(set);
    set.head.id = make_uuid7(1, entropy);
  });
  EXPECT_FALSE(out.run);
  ASSERT_FALSE(out.wire.initiator);
  EXPECT_EQ(out.wire.initiator.error().kind, ErrorKind::peer);
  EXPECT_EQ(TwoNodes::count(world.nodes.alpha, record::LookupSetStatement::schema), 2U);
  EXPECT_FALSE(was_asked(out.wire));
}

TEST(LookupHostilePeer, a_file_of_another_set_is_caught_by_its_hash_and_not_kept) {
  for (const bool truncated : {false, true}) {
    World world;
    const Outcome out =
        world.look_up(domains({"a.example.org"}), [&](std::size_t, bool, const Frame& passing) {
          Frame frame = passing;
          if (frame.type == FrameType::lookup_chunk && truncated) frame.body.pop_back();
          if (frame.type == FrameType::lookup_chunk && !truncated)
            std::ranges::fill(std::span(frame.body).subspan(lookup::set_header_bytes), 0);
          return std::vector<Frame>{std::move(frame)};
        });
    EXPECT_FALSE(out.run);
    EXPECT_EQ(world.alpha_files.size(), 0U);
  }
}

TEST(LookupAsk, is_read_back_and_no_other_spelling_is) {
  LookupAsk ask;
  ask.initiator = "alpha.example";
  ask.responder = "bravo.example";
  ask.agreement = std::string(64, 'a');
  ask.purpose = "fraud";
  ask.epoch = 20'000;
  ask.lookups = 3;
  const Bytes bytes = encode_lookup_ask(ask).value();
  EXPECT_EQ(parse_lookup_ask(bytes).value(), ask);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    Bytes altered = bytes;
    altered[at] ^= 1;
    const auto read = parse_lookup_ask(altered);
    EXPECT_FALSE(read && *read == ask) << at;
  }
  Bytes spaced = bytes;
  spaced.push_back(' ');
  EXPECT_FALSE(parse_lookup_ask(spaced));
  const auto refused = [&](const std::function<void(LookupAsk&)>& change) {
    LookupAsk other = ask;
    change(other);
    return !encode_lookup_ask(other);
  };
  EXPECT_TRUE(refused([](LookupAsk& a) { a.lookups = 0; }));
  EXPECT_TRUE(refused([](LookupAsk& a) { a.lookups = 8193; }));
  EXPECT_TRUE(refused([](LookupAsk& a) { a.responder = a.initiator; }));
  EXPECT_TRUE(refused([](LookupAsk& a) { a.initiator = ""; }));
  EXPECT_TRUE(refused([](LookupAsk& a) { a.agreement = "x"; }));
  EXPECT_TRUE(refused([](LookupAsk& a) { a.purpose = ""; }));
  EXPECT_TRUE(refused([](LookupAsk& a) { a.purpose = std::string(129, 'p'); }));
  EXPECT_TRUE(refused([](LookupAsk& a) { a.head = std::string(1025, 'h'); }));
  EXPECT_TRUE(refused([](LookupAsk& a) { a.peer_head = std::string(1025, 'h'); }));
  LookupOffer offer;
  offer.head = "alpha\n1\n";
  const Bytes offered = encode_lookup_offer(offer).value();
  EXPECT_EQ(parse_lookup_offer(offered).value(), offer);
  offer.peer_head = std::string(1025, 'h');
  EXPECT_FALSE(encode_lookup_offer(offer));
}

}  // namespace
}  // namespace parley::exchange
