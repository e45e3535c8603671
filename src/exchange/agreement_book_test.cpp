#include "exchange/agreement_book.hpp"

#include "exchange/agreement_session.hpp"
#include "exchange/two_nodes_fixture.hpp"
#include "record/jws.hpp"

namespace parley::exchange {
namespace {

using policy::AgreementStatus;

AgreementTerms terms(MemoryNode& node) {
  AgreementTerms out;
  out.peer = "CERT Bravo";
  out.authority = "Act A";
  out.peer_authority = "Act B";
  out.purposes = {"fraud"};
  out.types = {intel::SelectorType::domain_name};
  out.valid_to = node.clock.now() + std::chrono::days(1);
  return out;
}

AgreementStatus status(MemoryNode& node, const std::string& hash) {
  const auto entry = find_agreement(*node.node, hash);
  EXPECT_TRUE(entry) << (entry ? "" : entry.error().text());
  return entry ? entry->state.status(node.clock.now()) : AgreementStatus::draft;
}

Wire deliver(MemoryNode& from, MemoryNode& to, const std::string& hash, const Meddle& meddle = {}) {
  AgreementSender sender(*from.node, to.origin, hash);
  AgreementReceiver receiver(*to.node, from.origin, sender.session());
  return drive(sender, receiver, meddle);
}

TEST(AgreementBook, an_agreement_is_in_force_when_both_signatures_are_on_both_sides) {
  TwoNodes nodes;
  const auto draft = draft_agreement(*nodes.alpha.node, terms(nodes.alpha));
  ASSERT_TRUE(draft) << draft.error().text();
  const std::string hash = draft->state.agreement.hash;
  EXPECT_EQ(status(nodes.alpha, hash), AgreementStatus::draft);
  EXPECT_FALSE(deliver(nodes.alpha, nodes.bravo, hash).initiator);  // not signed: nothing leaves
  ASSERT_TRUE(sign_agreement(*nodes.alpha.node, hash));
  EXPECT_EQ(status(nodes.alpha, hash), AgreementStatus::proposed);

  Wire wire = deliver(nodes.alpha, nodes.bravo, hash);
  ASSERT_TRUE(wire.initiator) << wire.initiator.error().text();
  ASSERT_TRUE(wire.responder) << wire.responder.error().text();
  EXPECT_EQ(status(nodes.bravo, hash), AgreementStatus::proposed);
  ASSERT_TRUE(sign_agreement(*nodes.bravo.node, hash));
  EXPECT_EQ(status(nodes.bravo, hash), AgreementStatus::in_force);
  EXPECT_EQ(status(nodes.alpha, hash), AgreementStatus::proposed);

  wire = deliver(nodes.bravo, nodes.alpha, hash);
  ASSERT_TRUE(wire.initiator) << wire.initiator.error().text();
  EXPECT_EQ(status(nodes.alpha, hash), AgreementStatus::in_force);
  for (MemoryNode* node : {&nodes.alpha, &nodes.bravo})
    EXPECT_EQ(TwoNodes::count(*node, "parley/agreement/1"), 4U);
  EXPECT_EQ(find_agreement(*nodes.alpha.node, hash)->payload,
            find_agreement(*nodes.bravo.node, hash)->payload);

  // Once more from either side changes nothing.
  EXPECT_TRUE(deliver(nodes.alpha, nodes.bravo, hash).initiator);
  EXPECT_TRUE(sign_agreement(*nodes.alpha.node, hash));
  EXPECT_EQ(TwoNodes::count(nodes.alpha, "parley/agreement/1"), 4U);
}

TEST(AgreementBook, is_found_by_id_hash_and_beginning) {
  TwoNodes nodes;
  const auto entry = find_agreement(*nodes.alpha.node, nodes.agreement);
  ASSERT_TRUE(entry);
  EXPECT_TRUE(find_agreement(*nodes.alpha.node, entry->state.agreement.id));
  EXPECT_TRUE(find_agreement(*nodes.alpha.node, nodes.agreement.substr(0, 8)));
  EXPECT_EQ(find_agreement(*nodes.alpha.node, nodes.agreement.substr(0, 7)).error().kind,
            ErrorKind::not_found);
}

TEST(AgreementBook, one_side_alone_suspends_at_once_and_for_good) {
  TwoNodes nodes;
  ASSERT_TRUE(suspend_agreement(*nodes.bravo.node, nodes.agreement, "because"));
  EXPECT_EQ(status(nodes.bravo, nodes.agreement), AgreementStatus::suspended);
  EXPECT_EQ(TwoNodes::count(nodes.bravo, "parley/agreement-suspension/1"), 1U);
  ASSERT_TRUE(suspend_agreement(*nodes.bravo.node, nodes.agreement, "again"));
  EXPECT_EQ(TwoNodes::count(nodes.bravo, "parley/agreement-suspension/1"), 1U);
  // Neither a repeat of the peer's signature nor signing again brings it back.
  const std::string theirs = find_agreement(*nodes.alpha.node, nodes.agreement)->own_jws;
  EXPECT_TRUE(receive_agreement(*nodes.bravo.node, nodes.alpha.origin, theirs));
  EXPECT_EQ(status(nodes.bravo, nodes.agreement), AgreementStatus::suspended);
}

TEST(AgreementBook, refuses_a_signature_that_is_not_the_peers) {
  TwoNodes nodes;
  const auto draft = draft_agreement(*nodes.alpha.node, terms(nodes.alpha));
  const auto ours = sign_agreement(*nodes.alpha.node, draft->state.agreement.hash);
  ASSERT_TRUE(ours);
  EXPECT_EQ(receive_agreement(*nodes.bravo.node, "charlie.example/1", ours->own_jws).error().kind,
            ErrorKind::not_found);
  std::string changed = ours->own_jws;
  changed[changed.size() - 10] = changed[changed.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(receive_agreement(*nodes.bravo.node, nodes.alpha.origin, changed));
  EXPECT_FALSE(receive_agreement(*nodes.bravo.node, nodes.alpha.origin, "x"));
}

TEST(AgreementBook, refuses_an_agreement_with_other_keys_or_in_our_name) {
  TwoNodes nodes;
  const auto draft = draft_agreement(*nodes.alpha.node, terms(nodes.alpha));
  const auto payload = encoding::parse_json(draft->payload);
  ASSERT_TRUE(payload);

  encoding::Json other_key = *payload;
  (*other_key.find("parties")->if_array())[1].set("role_key", std::string(64, 'a'));
  const auto jws = record::sign_statement(other_key, nodes.alpha.keys.role);
  ASSERT_TRUE(jws);
  const auto refused = receive_agreement(*nodes.bravo.node, nodes.alpha.origin, *jws);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rules, std::vector<std::string>{"agreement-party"});

  encoding::Json our_name = *payload;
  our_name.set("node", nodes.bravo.origin);
  const auto forged = record::sign_statement(our_name, nodes.alpha.keys.role);
  ASSERT_TRUE(forged);
  EXPECT_FALSE(receive_agreement(*nodes.bravo.node, nodes.alpha.origin, *forged));
}

TEST(AgreementBook, refuses_a_draft_from_the_future_beyond_clock_skew) {
  TwoNodes nodes;
  nodes.alpha.clock.advance(std::chrono::minutes(6));
  const auto draft = draft_agreement(*nodes.alpha.node, terms(nodes.alpha));
  const auto ours = sign_agreement(*nodes.alpha.node, draft->state.agreement.hash);
  ASSERT_TRUE(ours);
  const auto refused = receive_agreement(*nodes.bravo.node, nodes.alpha.origin, ours->own_jws);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rules, std::vector<std::string>{"clock-skew"});
  nodes.bravo.clock.advance(std::chrono::minutes(2));
  EXPECT_TRUE(receive_agreement(*nodes.bravo.node, nodes.alpha.origin, ours->own_jws));
}

TEST(AgreementBook, an_answer_on_another_agreement_fails_the_session) {
  TwoNodes nodes;
  const auto draft = draft_agreement(*nodes.alpha.node, terms(nodes.alpha));
  const std::string hash = draft->state.agreement.hash;
  ASSERT_TRUE(sign_agreement(*nodes.alpha.node, hash));
  const std::string other = find_agreement(*nodes.bravo.node, nodes.agreement)->own_jws;
  const Wire wire =
      deliver(nodes.alpha, nodes.bravo, hash,
              [&](std::size_t, bool initiator, const peer::Frame& frame) -> std::vector<peer::Frame> {
                if (initiator) return {frame};
                return {{peer::FrameType::statement, to_bytes(other)}};
              });
  EXPECT_FALSE(wire.initiator);
}

TEST(AgreementBook, every_frame_that_is_lost_or_of_another_kind_ends_the_session) {
  for (const std::size_t at : {1U, 2U}) {
    TwoNodes nodes;
    const Wire lost =
        deliver(nodes.alpha, nodes.bravo, nodes.agreement,
                [&](std::size_t number, bool, const peer::Frame& frame) -> std::vector<peer::Frame> {
                  if (number == at) return {};
                  return {frame};
                });
    EXPECT_FALSE(lost.initiator) << at;
    const Wire other =
        deliver(nodes.alpha, nodes.bravo, nodes.agreement,
                [&](std::size_t number, bool, const peer::Frame& frame) -> std::vector<peer::Frame> {
                  if (number == at) return {{peer::FrameType::package, frame.body}};
                  return {frame};
                });
    EXPECT_FALSE(other.initiator) << at;
  }
}

TEST(AgreementBook, a_peer_that_proposes_without_end_is_refused_before_it_fills_the_home) {
  TwoNodes nodes;
  Result<AgreementEntry> last = fail(ErrorKind::internal, "none yet");
  std::size_t kept = 0;
  for (int i = 0; i < 70; ++i) {
    const auto draft = draft_agreement(*nodes.alpha.node, terms(nodes.alpha));
    ASSERT_TRUE(draft);
    const auto ours = sign_agreement(*nodes.alpha.node, draft->state.agreement.hash);
    ASSERT_TRUE(ours);
    last = receive_agreement(*nodes.bravo.node, nodes.alpha.origin, ours->own_jws);
    kept += last.has_value();
  }
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().rules, std::vector<std::string>{"too-many-proposals"});
  EXPECT_EQ(kept, 64U);
  EXPECT_EQ(TwoNodes::count(nodes.bravo, "parley/agreement/1"), 64U + 2U);
}

}  // namespace
}  // namespace parley::exchange
