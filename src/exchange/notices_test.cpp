#include "exchange/notices.hpp"

#include <gtest/gtest.h>

#include "exchange/agreement_session.hpp"
#include "exchange/two_nodes_fixture.hpp"
#include "record/jws.hpp"

namespace parley::exchange {
namespace {

/// Two nodes under one agreement, and what one tells the other.
struct Notices : testing::Test {
  TwoNodes nodes;

  Result<void> tell(MemoryNode& from, MemoryNode& to, const std::string& jws) {
    NoticeSender sender(*from.node, jws);
    AgreementReceiver receiver(*to.node, from.origin, sender.session());
    const Wire wire = drive(sender, receiver);
    if (!wire.initiator) return wire.initiator;
    return wire.responder;
  }
  policy::AgreementStatus status(MemoryNode& node) {
    return find_agreement(*node.node, nodes.agreement)->state.status(node.clock.now());
  }
  static constexpr auto in_force = policy::AgreementStatus::in_force;
  static constexpr auto suspended = policy::AgreementStatus::suspended;
};

TEST_F(Notices, one_side_suspends_both_and_both_must_resume) {
  const auto stopped = suspend_agreement(*nodes.alpha.node, nodes.agreement, "test");
  ASSERT_TRUE(stopped);
  ASSERT_TRUE(tell(nodes.alpha, nodes.bravo, stopped->notice_jws));
  EXPECT_EQ(status(nodes.bravo), suspended);
  EXPECT_EQ(TwoNodes::count(nodes.bravo, agreement_suspension_schema), 1U);

  const auto half = resume_agreement(*nodes.alpha.node, nodes.agreement);
  ASSERT_TRUE(half) << half.error().text();
  ASSERT_TRUE(tell(nodes.alpha, nodes.bravo, half->notice_jws));
  EXPECT_EQ(status(nodes.alpha), suspended) << "one alone does not resume";
  EXPECT_EQ(status(nodes.bravo), suspended);
  const auto whole = resume_agreement(*nodes.bravo.node, nodes.agreement);
  ASSERT_TRUE(whole);
  EXPECT_EQ(status(nodes.bravo), in_force);
  ASSERT_TRUE(tell(nodes.bravo, nodes.alpha, whole->notice_jws));
  EXPECT_EQ(status(nodes.alpha), in_force);
  EXPECT_EQ(TwoNodes::count(nodes.alpha, agreement_resumption_schema), 2U);

  // Stopped again: the old resumption, and the old notice, change nothing.
  nodes.bravo.clock.advance(std::chrono::hours(1));
  ASSERT_TRUE(suspend_agreement(*nodes.bravo.node, nodes.agreement, "again"));
  ASSERT_TRUE(tell(nodes.alpha, nodes.bravo, half->notice_jws));
  ASSERT_TRUE(resume_agreement(*nodes.bravo.node, nodes.agreement));
  EXPECT_EQ(status(nodes.bravo), suspended);
  ASSERT_TRUE(tell(nodes.alpha, nodes.bravo, stopped->notice_jws));
  EXPECT_TRUE(find_agreement(*nodes.bravo.node, nodes.agreement)->resumed_by_us) << "not stopped anew";
}

TEST_F(Notices, a_peer_is_told_that_it_is_suspended_and_taken_up_again) {
  for (const PeerStatus now : {PeerStatus::suspended, PeerStatus::active}) {
    const auto bravo = set_peer_status(*nodes.alpha.node, nodes.bravo.origin, now);
    ASSERT_TRUE(bravo);
    const auto notice = make_peer_notice(*nodes.alpha.node, *bravo);
    ASSERT_TRUE(notice);
    ASSERT_TRUE(tell(nodes.alpha, nodes.bravo, *notice));
    EXPECT_EQ(find_peer(*nodes.bravo.node, nodes.alpha.origin)->suspended_there,
              now == PeerStatus::suspended);
  }
  EXPECT_EQ(find_peer(*nodes.bravo.node, nodes.alpha.origin)->status, PeerStatus::active)
      << "that is its own";
  EXPECT_EQ(TwoNodes::count(nodes.bravo, "parley/peer-suspension/1"), 2U);
}

TEST_F(Notices, what_is_not_the_peers_or_about_something_else_is_refused) {
  const auto stopped = suspend_agreement(*nodes.bravo.node, nodes.agreement, "test");
  ASSERT_TRUE(stopped);
  EXPECT_FALSE(tell(nodes.alpha, nodes.bravo, stopped->notice_jws)) << "another's signature";
  MemoryNode& alpha = nodes.alpha;
  const auto say = [&](const char* schema, const char* member, const std::string& what) {
    encoding::Json payload = alpha.node->new_payload(schema);
    payload.set(member, what);
    payload.set("status", "suspended");
    return *record::sign_statement(payload, alpha.keys.role);
  };
  EXPECT_FALSE(tell(alpha, nodes.bravo, say("parley/peer-suspension/1", "peer", "charlie.example/1")));
  EXPECT_FALSE(
      tell(alpha, nodes.bravo, say("parley/agreement-suspension/1", "agreement", std::string(64, '0'))));
  EXPECT_FALSE(tell(alpha, nodes.bravo, say("parley/match/1", "agreement", nodes.agreement)));
  EXPECT_FALSE(tell(alpha, nodes.bravo, "no statement"));
  for (std::int64_t i = 0; i < max_notices_per_day; ++i)
    ASSERT_TRUE(tell(alpha, nodes.bravo, say("parley/peer-suspension/1", "peer", nodes.bravo.origin)));
  EXPECT_FALSE(tell(alpha, nodes.bravo, say("parley/peer-suspension/1", "peer", nodes.bravo.origin)));
}

}  // namespace
}  // namespace parley::exchange
