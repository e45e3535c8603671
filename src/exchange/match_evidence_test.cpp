#include "exchange/match_evidence.hpp"

#include "exchange/two_nodes_fixture.hpp"

namespace parley::exchange {
namespace {

intel::Selector ip(unsigned number) {
  return {intel::SelectorType::ipv4_addr, "192.0.2." + std::to_string(number)};
}

ledger::Trust trust_in(const TwoNodes& nodes) {
  ledger::Trust trust;
  for (const MemoryNode* node : {&nodes.alpha, &nodes.bravo}) {
    trust.logs.push_back({node->origin, merkle::KeyType::ed25519, node->keys.log.public_key()});
    trust.roles.push_back({node->origin, merkle::KeyType::ed25519, node->keys.role.public_key()});
  }
  return trust;
}

TEST(MatchEvidence, of_a_finished_run_is_proven_offline_and_does_not_tell_the_hits) {
  TwoNodes nodes;
  TwoNodes::hold(nodes.alpha, {ip(1), ip(2), ip(3)});
  TwoNodes::hold(nodes.bravo, {ip(2), ip(3), ip(4)});
  MatchInitiator initiator(*nodes.alpha.node, nodes.alpha_runs, nodes.session(peer::Side::initiator),
                           nodes.question());
  MatchResponder responder(*nodes.bravo.node, nodes.bravo_runs, nodes.session(peer::Side::responder),
                           initiator.session());
  ASSERT_TRUE(drive(initiator, responder).initiator);
  for (MemoryNode* node : {&nodes.alpha, &nodes.bravo}) {
    const auto input = match_evidence(*node->node, initiator.result()->id);
    ASSERT_TRUE(input) << input.error().text();
    EXPECT_EQ(input->statements.size(), 4U);
    const auto bundle = ledger::build_bundle(*input, node->keys.role);
    ASSERT_TRUE(bundle) << bundle.error().text();
    const auto report = ledger::verify_bundle(*bundle, trust_in(nodes));
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_EQ(report->verdict, ledger::Verdict::proven) << ledger::report_text(*report, false);
    EXPECT_EQ(ledger::verify_bundle(*bundle, {})->verdict, ledger::Verdict::not_shown);
    EXPECT_EQ(as_text(*bundle).find("192.0.2."), std::string_view::npos);
    Bytes changed = *bundle;
    changed[changed.size() / 2] ^= 1;
    const auto spoiled = ledger::verify_bundle(changed, trust_in(nodes));
    EXPECT_TRUE(!spoiled || spoiled->verdict != ledger::Verdict::proven);
  }
}

TEST(MatchEvidence, of_an_unknown_or_unfinished_run_is_refused) {
  TwoNodes nodes;
  EXPECT_EQ(match_evidence(*nodes.alpha.node, "00000000-0000-4000-8000-000000000000").error().kind,
            ErrorKind::not_found);
  TwoNodes::hold(nodes.alpha, {ip(1)});
  TwoNodes::hold(nodes.bravo, {ip(1)});
  MatchInitiator initiator(*nodes.alpha.node, nodes.alpha_runs, nodes.session(peer::Side::initiator),
                           nodes.question());
  MatchResponder responder(*nodes.bravo.node, nodes.bravo_runs, nodes.session(peer::Side::responder),
                           initiator.session());
  const Wire wire = drive(initiator, responder, [](std::size_t, bool, const peer::Frame& frame) {
    std::vector<peer::Frame> out;
    if (frame.type != peer::FrameType::match_record) out.push_back(frame);
    return out;
  });
  ASSERT_FALSE(wire.initiator);
  const auto runs = list_runs(*nodes.alpha.node);
  ASSERT_EQ(runs->size(), 1U);
  EXPECT_EQ(match_evidence(*nodes.alpha.node, runs->front().id).error().kind, ErrorKind::conflict);
}

}  // namespace
}  // namespace parley::exchange
