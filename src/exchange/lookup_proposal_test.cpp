// What ends a set for look-ups, and who has to agree to it.
#include "exchange/lookup_proposal.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "exchange/head_guard.hpp"
#include "exchange/lookup_building.hpp"
#include "exchange/lookup_members.hpp"
#include "exchange/lookup_session.hpp"
#include "exchange/two_nodes_fixture.hpp"
#include "merkle/checkpoint.hpp"
#include "record/lookup_terms.hpp"

namespace parley::exchange {
namespace {

using peer::Frame;
using peer::FrameType;

intel::Selector domain(const std::string& name) {
  return {intel::SelectorType::domain_name, name};
}

struct World {
  TwoNodes nodes{[](AgreementTerms& terms) { terms.lookups_per_day = 100; }};
  MemoryLookupStore alpha_files;
  MemoryLookupStore bravo_files;
  policy::Policy rules = policy::Policy::load_or_closed(std::string(two_nodes_policy));
  crypto::SigningKey olga = crypto::SigningKey::generate(nodes.bravo.entropy);
  crypto::SigningKey piet = crypto::SigningKey::generate(nodes.bravo.entropy);
  std::unique_ptr<LookupInitiator> initiator;

  World() { TwoNodes::hold(nodes.bravo, {domain("a.example.org"), domain("b.example.org")}); }

  /// From here on two officers of different units have to agree at both nodes.
  void ask_officers() {
    std::string text(two_nodes_policy);
    text.replace(text.find("count = 0"), 9, "count = 2");
    rules = policy::Policy::load_or_closed(text);
    ASSERT_FALSE(rules.is_closed()) << rules.closed_because();
    nodes.alpha.node->set_policy(rules);
    nodes.bravo.node->set_policy(rules);
    ASSERT_TRUE(add_officer(bravo(), "Olga", "Operations", olga.public_key()));
    ASSERT_TRUE(add_officer(bravo(), "Piet", "Legal", piet.public_key()));
  }
  Node& bravo() { return *nodes.bravo.node; }

  Wire look_up(const std::string& value, const Meddle& meddle = {}) {
    const auto session = [&](peer::Side side) {
      peer::PeerSession out = nodes.session(side);
      out.features = {std::string(lookup_feature)};
      return out;
    };
    initiator = std::make_unique<LookupInitiator>(
        *nodes.alpha.node, alpha_files, session(peer::Side::initiator),
        LookupQuestion{"CERT Bravo", nodes.agreement, "fraud"}, std::vector{domain(value)});
    LookupResponder responder(bravo(), bravo_files, session(peer::Side::responder), initiator->session());
    return drive(*initiator, responder, meddle);
  }
  bool hit() const { return initiator->run() && initiator->findings().front().hit; }
  SetName name() { return {true, nodes.alpha.origin, nodes.agreement, "fraud", lookup_epoch(bravo())}; }
  std::optional<KnownSet> known() {
    const auto reader = nodes.bravo.store->snapshot().value();
    return find_set(*reader, name()).value();
  }
  bool has_key() {
    const auto reader = nodes.bravo.store->snapshot().value();
    return find_set_key(*reader, name()).value().has_value();
  }
  Result<LookupProposal> say(const std::string& id, const std::string& officer, const crypto::SigningKey& key,
                             Verdict verdict = Verdict::approve) {
    PARLEY_TRY(const ApprovalRequest request, request_lookup_approval(bravo(), id, officer));
    PARLEY_TRY(const std::string answer,
               sign_approval(request, verdict, key, nodes.bravo.clock, nodes.bravo.entropy));
    return submit_lookup_approval(bravo(), answer);
  }
  Result<void> build(const LookupProposal& proposal) {
    PARLEY_TRY(LookupPermission permission,
               check_lookup_act(bravo(), {proposal.terms.peer, proposal.terms.agreement, "fraud"}));
    PARLEY_TRY(LookupBuilding building,
               LookupBuilding::begin(bravo(), bravo_files,
                                     {std::move(permission), proposal.terms.epoch, proposal.id, false}));
    for (bool done = false; !done;) {
      PARLEY_TRY(done, building.step());
    }
    return {};
  }
};

bool fails_by(const Result<void>& result, const std::string& rule) {
  return !result && std::ranges::find(result.error().rules, rule) != result.error().rules.end();
}

void open_case(MemoryNode& node, const std::string& name) {
  ASSERT_TRUE(
      state::write(*node.store, state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
        PARLEY_CHECK(t.set_open_case(domain(name), true));
        return {};
      }));
}

// ---- what ends a set within its day ----

TEST(LookupSet, an_item_that_becomes_part_of_a_case_ends_it_and_the_key_is_erased) {
  World world;
  ASSERT_TRUE(world.look_up("a.example.org").initiator_done);
  ASSERT_TRUE(world.hit());
  const auto first = world.known();
  open_case(world.nodes.bravo, "a.example.org");
  ASSERT_TRUE(world.look_up("a.example.org").initiator_done);
  EXPECT_FALSE(world.hit());
  const auto second = world.known();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(second->statement.sequence, 2U);
  EXPECT_NE(first->statement.public_key, second->statement.public_key);
  EXPECT_NE(first->statement.set_root, second->statement.set_root);
  EXPECT_EQ(TwoNodes::count(world.nodes.bravo, record::LookupSetRetiredStatement::schema), 1U);
  EXPECT_FALSE(world.bravo_files.find(first->statement.set_hash).value());
  ASSERT_TRUE(world.look_up("b.example.org").initiator_done);
  EXPECT_TRUE(world.hit());
}

TEST(LookupSet, an_item_that_becomes_stricter_between_offer_and_question_is_not_answered) {
  World world;
  ASSERT_TRUE(world.look_up("b.example.org").initiator_done);
  const auto stricter = [&](std::size_t, bool from_initiator, const Frame& frame) {
    if (from_initiator && frame.type == FrameType::lookup_query)
      TwoNodes::hold(world.nodes.bravo, {domain("a.example.org")}, state::MarkingCode::red);
    return std::vector<Frame>{frame};
  };
  const Wire wire = world.look_up("a.example.org", stricter);
  EXPECT_TRUE(fails_by(wire.responder, "lookup-holdings-changed"));
  EXPECT_FALSE(world.hit());
  EXPECT_FALSE(world.has_key());
  for (const auto& [from_initiator, frame] : wire.seen) EXPECT_NE(frame.type, FrameType::lookup_answer);
}

TEST(LookupSet, what_is_new_in_the_holdings_leaves_it_standing) {
  World world;
  ASSERT_TRUE(world.look_up("a.example.org").initiator_done);
  TwoNodes::hold(world.nodes.bravo, {domain("0.example.org"), domain("z.example.org")});
  ASSERT_TRUE(world.look_up("a.example.org").initiator_done);
  EXPECT_TRUE(world.hit());
  EXPECT_EQ(world.known()->statement.sequence, 1U);
  const auto reader = world.nodes.bravo.store->snapshot().value();
  EXPECT_FALSE(holdings_changed(*reader, world.name()).value()) << "looked at once, not at every question";
}

TEST(LookupSet, other_rules_erase_the_key_at_the_next_question_even_when_nothing_may_be_built) {
  World world;
  ASSERT_TRUE(world.look_up("a.example.org").initiator_done);
  world.rules = policy::Policy::load_or_closed(std::string(two_nodes_policy) +
                                               "[off_limits]\nvalues = [\"domain-name:a.example.org\", "
                                               "\"domain-name:b.example.org\"]\n");
  world.bravo().set_policy(world.rules);
  EXPECT_TRUE(fails_by(world.look_up("a.example.org").responder, "set-too-small"));
  EXPECT_FALSE(world.has_key());
}

TEST(LookupSet, without_its_list_it_is_not_answered) {
  World world;
  ASSERT_TRUE(world.look_up("a.example.org").initiator_done);
  ASSERT_TRUE(world.bravo_files.keep_only({world.known()->statement.set_hash}));
  TwoNodes::hold(world.nodes.bravo, {domain("z.example.org")});
  ASSERT_TRUE(world.look_up("z.example.org").initiator_done);
  EXPECT_TRUE(world.hit()) << "another set was built";
}

// ---- officers ----

TEST(LookupApproval, a_set_is_built_when_two_officers_of_different_units_have_agreed_to_it) {
  World world;
  world.ask_officers();
  ASSERT_TRUE(world.look_up("a.example.org").initiator_done);
  EXPECT_TRUE(world.initiator->waits_for_peer());
  EXPECT_FALSE(world.initiator->run());
  const auto all = list_lookup_proposals(world.bravo()).value();
  ASSERT_EQ(all.size(), 1U);
  const LookupProposal& proposal = all.front();
  EXPECT_EQ(proposal.terms.set_size, 2U);
  EXPECT_EQ(proposal.terms.items, 256U);
  EXPECT_NE(proposal.terms.leak_statement.find("guess"), std::string::npos);
  // Asked again, nothing new is proposed, and nothing of the set has left.
  ASSERT_TRUE(world.look_up("a.example.org").initiator_done);
  EXPECT_EQ(list_lookup_proposals(world.bravo())->size(), 1U);
  EXPECT_FALSE(world.known());

  EXPECT_FALSE(world.build(proposal));
  ASSERT_TRUE(world.say(proposal.id, "Olga", world.olga));
  EXPECT_TRUE(fails_by(world.build(proposal), "lookup-state"));
  const auto twice = world.say(proposal.id, "Olga", world.olga);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().rules, std::vector<std::string>{"same-person-twice"});
  const auto approved = world.say(proposal.id, "Piet", world.piet);
  ASSERT_TRUE(approved) << approved.error().text();
  EXPECT_EQ(approved->state, ProposalState::approved);
  ASSERT_TRUE(world.build(proposal));
  EXPECT_EQ(find_lookup_proposal(world.bravo(), proposal.id)->state, ProposalState::run);
  EXPECT_EQ(TwoNodes::count(world.nodes.bravo, record::LookupApprovalStatement::schema), 2U);
  EXPECT_EQ(world.known()->statement.set_root, proposal.terms.set_root);
  ASSERT_TRUE(world.look_up("a.example.org").initiator_done);
  EXPECT_TRUE(world.hit());
}

TEST(LookupApproval, an_approved_set_is_built_by_the_next_question_too) {
  World world;
  world.ask_officers();
  ASSERT_TRUE(world.look_up("a.example.org").initiator_done);
  const std::string id = list_lookup_proposals(world.bravo())->front().id;
  ASSERT_TRUE(world.say(id, "Olga", world.olga));
  ASSERT_TRUE(world.say(id, "Piet", world.piet));
  ASSERT_TRUE(world.look_up("a.example.org").initiator_done);
  EXPECT_TRUE(world.hit());
}

TEST(LookupApproval, is_void_when_set_rules_or_agreement_changed_and_over_when_the_day_is) {
  const auto ended = [](const std::function<void(World&)>& change, ProposalState state) {
    World world;
    world.ask_officers();
    EXPECT_TRUE(world.look_up("a.example.org").initiator_done);
    const LookupProposal proposal = list_lookup_proposals(world.bravo())->front();
    EXPECT_TRUE(world.say(proposal.id, "Olga", world.olga));
    EXPECT_TRUE(world.say(proposal.id, "Piet", world.piet));
    change(world);
    EXPECT_FALSE(world.build(proposal));
    EXPECT_FALSE(world.known());
    EXPECT_EQ(find_lookup_proposal(world.bravo(), proposal.id)->state, state);
    EXPECT_FALSE(lookup_proposal_secrets(world.bravo(), proposal.id));
  };
  ended([](World& w) { TwoNodes::hold(w.nodes.bravo, {domain("c.example.org")}); }, ProposalState::voided);
  ended([](World& w) { open_case(w.nodes.bravo, "a.example.org"); }, ProposalState::voided);
  ended(
      [](World& w) {
        std::string text(two_nodes_policy);
        text.replace(text.find("count = 0"), 9, "count = 2");
        w.rules = policy::Policy::load_or_closed(text + "# other bytes\n");
        w.bravo().set_policy(w.rules);
      },
      ProposalState::voided);
  ended([](World& w) { EXPECT_TRUE(suspend_agreement(w.bravo(), w.nodes.agreement, "stop")); },
        ProposalState::voided);
  ended([](World& w) { w.nodes.bravo.clock.advance(std::chrono::days(1)); }, ProposalState::expired);
}

TEST(LookupApproval, of_an_officer_who_was_revoked_does_not_count) {
  World world;
  world.ask_officers();
  ASSERT_TRUE(world.look_up("a.example.org").initiator_done);
  const LookupProposal proposal = list_lookup_proposals(world.bravo())->front();
  ASSERT_TRUE(world.say(proposal.id, "Olga", world.olga));
  ASSERT_TRUE(world.say(proposal.id, "Piet", world.piet));
  ASSERT_TRUE(revoke_officer(world.bravo(), "Piet"));
  EXPECT_TRUE(fails_by(world.build(proposal), "lookup-state"));
  EXPECT_EQ(find_lookup_proposal(world.bravo(), proposal.id)->state, ProposalState::proposed);
}

TEST(LookupApproval, a_no_ends_the_day_for_that_set) {
  World world;
  world.ask_officers();
  ASSERT_TRUE(world.look_up("a.example.org").initiator_done);
  const std::string id = list_lookup_proposals(world.bravo())->front().id;
  ASSERT_TRUE(world.say(id, "Olga", world.olga, Verdict::reject));
  EXPECT_TRUE(fails_by(world.look_up("a.example.org").responder, "lookup-state"));
  EXPECT_FALSE(world.known());
}

TEST(LookupApproval, the_terms_are_read_back_whole_and_every_member_is_in_the_hash) {
  record::LookupTerms terms;
  terms.set = "0190";
  terms.peer = "alpha.example";
  terms.types = {"domain-name"};
  terms.leak_statement = "what they learn";
  const auto back = record::LookupTerms::from_json(terms.to_json());
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(back->hash(), terms.hash());
  encoding::Json more = terms.to_json();
  more.set("more", 1);
  EXPECT_FALSE(record::LookupTerms::from_json(more));
  using Terms = record::LookupTerms;
  const std::vector<std::function<void(Terms&)>> changes = {
      [](Terms& t) { t.set = "0191"; },
      [](Terms& t) { t.peer = "x"; },
      [](Terms& t) { t.agreement = "x"; },
      [](Terms& t) { t.purpose = "x"; },
      [](Terms& t) { ++t.epoch; },
      [](Terms& t) { t.types = {"url"}; },
      [](Terms& t) { t.labels = true; },
      [](Terms& t) { t.set_root[0] = 1; },
      [](Terms& t) { ++t.set_size; },
      [](Terms& t) { ++t.items; },
      [](Terms& t) { ++t.lookups_per_day; },
      [](Terms& t) { t.leak_statement = "x"; },
      [](Terms& t) { t.policy_version = "x"; },
      [](Terms& t) { t.expiry = Timestamp::from_seconds(1); }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Terms other = terms;
    changes[i](other);
    EXPECT_NE(other.hash(), terms.hash()) << i;
  }
}

// ---- heads ----

TEST(LookupHeads, a_node_that_may_have_been_set_back_answers_no_look_up) {
  World world;
  ASSERT_TRUE(world.look_up("a.example.org").initiator_done);
  ASSERT_TRUE(mark_restored(world.bravo(), "restored from a copy"));
  const Wire wire = world.look_up("a.example.org");
  EXPECT_TRUE(fails_by(wire.responder, "ledger-unconfirmed"));
  EXPECT_FALSE(world.hit());
}

TEST(LookupHeads, a_later_head_of_the_asked_side_in_a_question_shows_that_it_was_set_back) {
  World world;
  merkle::Checkpoint later;
  later.origin = world.nodes.bravo.origin;
  later.size = merkle::TreeSize(world.nodes.bravo.ledger->size().value() + 7);
  ASSERT_TRUE(remember_head(*world.nodes.alpha.node, world.nodes.bravo.origin,
                            merkle::sign_checkpoint(later, world.nodes.bravo.keys.log)));
  const std::uint64_t size = world.nodes.bravo.ledger->size().value();
  EXPECT_TRUE(fails_by(world.look_up("a.example.org").responder, "ledger-unconfirmed"));
  EXPECT_EQ(head_guard(world.bravo())->state, HeadState::set_back);
  EXPECT_EQ(world.nodes.bravo.ledger->size().value(), size) << "nothing is appended to a log that was cut";
}

TEST(LookupHeads, a_later_head_of_the_asker_in_an_offer_stops_it_before_it_asks) {
  World world;
  merkle::Checkpoint later;
  later.origin = world.nodes.alpha.origin;
  later.size = merkle::TreeSize(world.nodes.alpha.ledger->size().value() + 7);
  ASSERT_TRUE(remember_head(world.bravo(), world.nodes.alpha.origin,
                            merkle::sign_checkpoint(later, world.nodes.alpha.keys.log)));
  const Wire wire = world.look_up("a.example.org");
  EXPECT_TRUE(fails_by(wire.initiator, "ledger-unconfirmed"));
  for (const auto& [from_initiator, frame] : wire.seen) EXPECT_NE(frame.type, FrameType::lookup_query);
}

TEST(LookupHeads, both_sides_remember_the_head_of_the_other) {
  World world;
  ASSERT_TRUE(world.look_up("a.example.org").initiator_done);
  EXPECT_FALSE(remembered_head(world.bravo(), world.nodes.alpha.origin)->empty());
  EXPECT_FALSE(remembered_head(*world.nodes.alpha.node, world.nodes.bravo.origin)->empty());
}

}  // namespace
}  // namespace parley::exchange
