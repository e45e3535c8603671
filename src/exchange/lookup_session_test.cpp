#include "exchange/lookup_session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "exchange/lookup_building.hpp"
#include "exchange/lookup_fixture.hpp"
#include "exchange/lookup_members.hpp"
#include "lookup/label.hpp"
#include "lookup/set_file.hpp"
#include "record/jws.hpp"
#include "record/match_statement.hpp"

namespace parley::exchange {
namespace {

using peer::Frame;
using peer::FrameType;
using World = LookupWorld;
using Outcome = LookupOutcome;

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
