// Officers agree to a match before it runs: on the side that asks, and on the side that is asked.
#include "exchange/match_proposal.hpp"

#include "exchange/clock_guard.hpp"
#include "exchange/match_evidence.hpp"
#include "exchange/match_rules_fixture.hpp"

namespace parley::exchange {
namespace {

struct Proposed : MatchWorld {
  Proposed() {
    hold(alpha, {test_ip(1), test_ip(2)});
    hold(bravo, {test_ip(2), test_ip(3)});
  }
};

TEST(MatchProposal, a_match_that_needs_officers_runs_only_with_their_signatures_over_this_set) {
  Proposed world;
  world.ask_officers(world.alpha);
  EXPECT_TRUE(refused_for(world.run(world.question()).initiator, "approvals"));
  const auto proposal =
      propose_match(*world.alpha.node, prepare_all(world.alpha, world.question()), peer::Side::initiator, 0);
  ASSERT_TRUE(proposal) << proposal.error().text();
  EXPECT_EQ(proposal->state, ProposalState::proposed);
  EXPECT_EQ(proposal->own_size, 2U);
  // What the officer reads before signing is what the asker read before proposing.
  const auto leak = proposal_leak(*world.alpha.node, *proposal);
  ASSERT_TRUE(leak);
  EXPECT_EQ(*leak, plan_match(*world.alpha.node, world.question())->leak_statement);
  const auto ready = [&] {
    PreparedMatch prepared =
        prepare_all(world.alpha, world.question(), proposal_secrets(*world.alpha.node, proposal->id).value());
    prepared.proposal = proposal->id;
    return prepared;
  };
  EXPECT_TRUE(refused_for(world.run(ready()).initiator, "approvals"));
  const auto approved = world.say(world.alpha, proposal->id, Verdict::approve);
  ASSERT_TRUE(approved) << approved.error().text();
  EXPECT_EQ(approved->state, ProposalState::approved);
  EXPECT_EQ(TwoNodes::count(world.alpha, "parley/match-approval/1"), 1U);
  const Wire wire = world.run(ready());
  ASSERT_TRUE(wire.initiator) << wire.initiator.error().text();
  EXPECT_EQ(world.initiator->result()->size, 1U);
  EXPECT_EQ(world.initiator->result()->set_root, to_hex(proposal->terms.set_root));
  const auto spent = find_match_proposal(*world.alpha.node, proposal->id.substr(0, 20));
  EXPECT_EQ(spent->state, ProposalState::run);
  EXPECT_EQ(spent->run, world.initiator->result()->id);
  EXPECT_FALSE(proposal_secrets(*world.alpha.node, proposal->id));
  // The evidence of the run says that an officer agreed, not who; and nobody but the node knows the exact
  // size.
  world.alpha.clock.advance(proposal_keep + proposal_time);
  EXPECT_EQ(end_match_proposals(*world.alpha.node), 0U);
  const auto evidence = match_evidence(*world.alpha.node, spent->run);
  ASSERT_TRUE(evidence) << evidence.error().text();
  EXPECT_EQ(evidence->statements.size(), 6U) << "one enrolment and one approval besides";
  const auto bundle = ledger::build_bundle(*evidence, world.alpha.keys.role);
  ASSERT_TRUE(bundle);
  ledger::Trust trust;
  trust.logs.push_back({world.alpha.origin, merkle::KeyType::ed25519, world.alpha.keys.log.public_key()});
  for (const MemoryNode* node : {&world.alpha, &world.bravo})
    trust.roles.push_back({node->origin, merkle::KeyType::ed25519, node->keys.role.public_key()});
  const auto report = ledger::verify_bundle(*bundle, trust);
  EXPECT_EQ(report->verdict, ledger::Verdict::proven) << ledger::report_text(*report, false);
  EXPECT_TRUE(std::ranges::any_of(report->claims, [](const ledger::Claim& claim) {
    return claim.claim == "1 officer approved exactly this run" && claim.verdict == ledger::Verdict::proven;
  })) << ledger::report_text(*report, false);
  EXPECT_EQ(as_text(*bundle).find("Olga"), std::string_view::npos);
}

TEST(MatchProposal, a_set_that_changed_after_the_approval_is_another_match) {
  Proposed world;
  world.ask_officers(world.alpha);
  const auto proposal =
      propose_match(*world.alpha.node, prepare_all(world.alpha, world.question()), peer::Side::initiator, 0);
  ASSERT_TRUE(world.say(world.alpha, proposal->id, Verdict::approve));
  TwoNodes::hold(world.alpha, {test_ip(3)});
  PreparedMatch prepared =
      prepare_all(world.alpha, world.question(), proposal_secrets(*world.alpha.node, proposal->id).value());
  prepared.proposal = proposal->id;
  EXPECT_TRUE(refused_for(world.run(std::move(prepared)).initiator, "set-changed"));
}

TEST(MatchProposal, another_protocol_than_officers_approved_is_another_match) {
  Proposed world;
  world.ask_officers(world.alpha);
  MatchQuestion vole = world.question();
  vole.protocols = {match::Protocol::vole};
  MatchQuestion dh = world.question();
  dh.protocols = {match::Protocol::dh};
  const auto proposal =
      propose_match(*world.alpha.node, prepare_all(world.alpha, vole), peer::Side::initiator, 0);
  ASSERT_TRUE(world.say(world.alpha, proposal->id, Verdict::approve));
  const auto ready = [&](const MatchQuestion& question) {
    PreparedMatch prepared =
        prepare_all(world.alpha, question, proposal_secrets(*world.alpha.node, proposal->id).value());
    prepared.proposal = proposal->id;
    return prepared;
  };
  EXPECT_TRUE(refused_for(world.run(ready(dh)).initiator, "decision-changed"));
  PreparedMatch prepared = ready(vole);
  const auto found = [&](const MatchQuestion& question) {
    return find_proposal_of(*world.alpha.node, question, peer::Side::initiator, 0).value().has_value();
  };
  MatchQuestion dh_now = prepared.question;
  dh_now.protocols = dh.protocols;
  EXPECT_TRUE(found(prepared.question));
  EXPECT_FALSE(found(dh_now));
  EXPECT_TRUE(refused_for(
      check_match_approved(*world.alpha.node, prepared, peer::Side::initiator, 0, "dh-ristretto255/1"),
      "decision-changed"));
  const Wire wire = world.run(std::move(prepared));
  ASSERT_TRUE(wire.initiator) << wire.initiator.error().text();
  EXPECT_EQ(world.initiator->result()->protocol, "vole-rr22/1");
}

TEST(MatchProposal, is_void_when_rules_change_expires_and_can_be_rejected) {
  Proposed world;
  world.ask_officers(world.alpha);
  const auto propose = [&] {
    return propose_match(*world.alpha.node, prepare_all(world.alpha, world.question()), peer::Side::initiator,
                         0)
        ->id;
  };
  const std::string rejected = propose();
  EXPECT_EQ(world.say(world.alpha, rejected, Verdict::reject)->state, ProposalState::rejected);
  EXPECT_TRUE(refused_for(drop(request_match_approval(*world.alpha.node, rejected, "Olga")), "match-state"));
  const std::string late = propose();
  world.alpha.clock.advance(proposal_time);
  EXPECT_EQ(find_match_proposal(*world.alpha.node, late)->state, ProposalState::expired);
  const std::string voided = propose();
  world.add_rules(world.alpha, "# other\n");
  EXPECT_EQ(find_match_proposal(*world.alpha.node, voided)->why_rule, "policy-changed");
}

TEST(MatchProposal, ends_by_itself_with_its_secrets_and_is_deleted_in_the_end) {
  Proposed world;
  world.ask_officers(world.alpha);
  const std::string id =
      propose_match(*world.alpha.node, prepare_all(world.alpha, world.question()), peer::Side::initiator, 0)
          ->id;
  const auto has_secrets = [&] {
    return world.alpha.store->snapshot().value()->get_document({"match_proposal_secrets", id})->has_value();
  };
  EXPECT_EQ(end_match_proposals(*world.alpha.node), 1U);
  EXPECT_TRUE(has_secrets());
  world.alpha.clock.advance(proposal_time);
  EXPECT_EQ(end_match_proposals(*world.alpha.node), 0U);
  EXPECT_FALSE(has_secrets());
  EXPECT_EQ(find_match_proposal(*world.alpha.node, id)->state, ProposalState::expired);
  world.alpha.clock.advance(proposal_keep);
  EXPECT_EQ(end_match_proposals(*world.alpha.node), 0U);
  EXPECT_EQ(find_match_proposal(*world.alpha.node, id).error().kind, ErrorKind::not_found);
}

TEST(MatchProposal, takes_no_signature_while_the_clock_stands_before_what_was_seen) {
  Proposed world;
  world.ask_officers(world.alpha);
  const auto proposal =
      propose_match(*world.alpha.node, prepare_all(world.alpha, world.question()), peer::Side::initiator, 0);
  world.alpha.clock.advance(std::chrono::hours(1));
  EXPECT_TRUE(check_clock(*world.alpha.node));
  world.alpha.clock.advance(-std::chrono::minutes(50));
  EXPECT_TRUE(refused_for(drop(world.say(world.alpha, proposal->id, Verdict::approve)), "clock-skew"));
  world.alpha.clock.advance(std::chrono::minutes(50));
  EXPECT_TRUE(world.say(world.alpha, proposal->id, Verdict::approve));
}

TEST(MatchProposal, the_side_that_is_asked_waits_for_its_own_officers_and_says_so) {
  Proposed world;
  world.ask_officers(world.bravo);
  const Wire first = world.run(world.question());
  ASSERT_TRUE(first.initiator && first.responder);
  EXPECT_TRUE(world.initiator->waits_for_peer());
  EXPECT_FALSE(world.initiator->result() || world.responder->result());
  EXPECT_EQ(first.seen.back().second.type, peer::FrameType::match_pending);
  EXPECT_TRUE(first.seen.back().second.body.empty());
  EXPECT_EQ(TwoNodes::count(world.alpha, "parley/abort/1") + TwoNodes::count(world.bravo, "parley/abort/1"),
            0U);
  // Asked again, the same proposal waits.
  EXPECT_TRUE(world.run(world.question()).initiator);
  const auto waiting = list_match_proposals(*world.bravo.node);
  ASSERT_EQ(waiting->size(), 1U);
  EXPECT_EQ(waiting->front().terms.role, "responder");
  EXPECT_EQ(waiting->front().terms.peer_size_padded, 2U);
  ASSERT_TRUE(world.say(world.bravo, waiting->front().id, Verdict::approve));
  const Wire second = world.run(world.question());
  ASSERT_TRUE(second.initiator) << second.initiator.error().text();
  EXPECT_EQ(world.initiator->result()->size, 1U);
  EXPECT_EQ(world.responder->result()->proposal, waiting->front().id);
  EXPECT_EQ(find_match_proposal(*world.bravo.node, waiting->front().id)->state, ProposalState::run);
}

TEST(MatchProposal, a_no_of_the_asked_side_is_an_abort_without_a_reason) {
  Proposed world;
  world.ask_officers(world.bravo);
  ASSERT_TRUE(world.run(world.question()).initiator);
  const auto waiting = list_match_proposals(*world.bravo.node);
  ASSERT_TRUE(world.say(world.bravo, waiting->front().id, Verdict::reject));
  const Wire again = world.run(world.question());
  EXPECT_TRUE(refused_for(again.responder, "match-state"));
  EXPECT_FALSE(again.initiator);
  EXPECT_FALSE(world.initiator->waits_for_peer());
}

TEST(MatchProposal, a_signature_over_other_terms_or_of_a_revoked_officer_does_not_count) {
  Proposed world;
  world.ask_officers(world.alpha);
  const auto proposal =
      propose_match(*world.alpha.node, prepare_all(world.alpha, world.question()), peer::Side::initiator, 0);
  auto request = request_match_approval(*world.alpha.node, proposal->id, "Olga");
  ASSERT_TRUE(request && request->match);
  EXPECT_EQ(ApprovalRequest::from_json(request->to_json())->match->hash(), proposal->terms.hash());
  request->match->set_size_padded = 1;
  const auto answer =
      sign_approval(*request, Verdict::approve, world.officer_key, world.alpha.clock, world.alpha.entropy);
  EXPECT_TRUE(refused_for(drop(submit_match_approval(*world.alpha.node, *answer)), "decision-changed"));
  ASSERT_TRUE(world.say(world.alpha, proposal->id, Verdict::approve));
  ASSERT_TRUE(revoke_officer(*world.alpha.node, "Olga"));
  EXPECT_EQ(find_match_proposal(*world.alpha.node, proposal->id)->state, ProposalState::proposed);
}

}  // namespace
}  // namespace parley::exchange
