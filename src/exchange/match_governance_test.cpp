// What no protocol prevents by itself: budgets, caps, asking again, a node that was set back, a weaker
// protocol.
#include "exchange/audit.hpp"
#include "exchange/heads_session.hpp"
#include "exchange/json_documents.hpp"
#include "exchange/match_budget.hpp"
#include "exchange/match_choice.hpp"
#include "exchange/match_rules_fixture.hpp"
#include "match/capacity.hpp"
#include "record/jws.hpp"

namespace parley::exchange {
namespace {

using intel::Selector;
using intel::SelectorType;

struct Held : MatchWorld {
  explicit Held(const Change& change = {}) : MatchWorld(change) {
    hold(alpha, {test_ip(1), test_ip(2), test_host(1), test_host(2)});
    hold(bravo, {test_ip(2), test_ip(3), test_host(2), test_host(3)});
  }
  MatchQuestion about(SelectorType type) const {
    MatchQuestion out = question();
    out.types = {type};
    return out;
  }
};

TEST(MatchBudget, a_peer_is_charged_by_what_its_messages_could_hold_and_the_ledger_says_so) {
  Held world;
  ASSERT_TRUE(world.run(world.about(SelectorType::ipv4_addr)).initiator);
  EXPECT_EQ(world.responder->result()->charged, 2U);
  EXPECT_EQ(world.initiator->result()->charged, 0U);
  EXPECT_EQ(TwoNodes::count(world.bravo, "parley/match-charge/1"), 1U);
  EXPECT_EQ(TwoNodes::count(world.alpha, "parley/match-charge/1"), 0U);
  const auto reader = world.bravo.store->snapshot();
  const auto epoch = static_cast<std::uint64_t>(world.bravo.clock.now().day());
  EXPECT_EQ(charged(**reader, world.alpha.origin, SelectorType::ipv4_addr, epoch, 1).value(), 2U);
  EXPECT_EQ(charged(**reader, "", SelectorType::ipv4_addr, epoch, 1).value(), 2U);
  EXPECT_EQ(charged(**reader, world.alpha.origin, SelectorType::domain_name, epoch, 1).value(), 0U);
}

TEST(MatchBudget, of_a_type_is_cumulative_over_agreements_and_days_and_survives_a_restart) {
  Held world([](AgreementTerms& terms) { terms.runs_per_day = 9; });
  world.add_rules(world.bravo, "[[match.budget]]\ntype = \"ipv4-addr\"\nper_peer = 5\ndays = 2\n");
  ASSERT_TRUE(world.run(world.about(SelectorType::ipv4_addr)).initiator);
  world.agreement = world.agree([](AgreementTerms& terms) { terms.runs_per_day = 8; });
  ASSERT_TRUE(world.run(world.about(SelectorType::ipv4_addr)).initiator);  // four of five
  world.agreement = world.agree([](AgreementTerms& terms) { terms.runs_per_day = 7; });
  const auto refused = world.run(world.about(SelectorType::ipv4_addr));
  EXPECT_TRUE(refused_for(refused.responder, "budget-type"));
  ASSERT_TRUE(world.run(world.about(SelectorType::domain_name)).initiator);
  world.initiator.reset();
  world.responder.reset();
  const policy::Policy& rules = world.bravo.node->policy();
  world.bravo.reopen();
  world.bravo.node->set_policy(rules);
  world.alpha.clock.advance(std::chrono::days(1));
  world.bravo.clock.advance(std::chrono::days(1));
  EXPECT_TRUE(refused_for(world.run(world.about(SelectorType::ipv4_addr)).responder, "budget-type"));
  world.alpha.clock.advance(std::chrono::days(1));
  world.bravo.clock.advance(std::chrono::days(1));
  EXPECT_TRUE(world.run(world.about(SelectorType::ipv4_addr)).initiator);
}

TEST(MatchBudget, all_peers_together_have_one_too_and_a_look_up_counts_in_it) {
  Held world;
  world.add_rules(world.bravo, "[[match.budget]]\ntype = \"ipv4-addr\"\nall_peers = 3\n");
  const auto epoch = static_cast<std::uint64_t>(world.bravo.clock.now().day());
  const Charge other{
      "node.example/other", world.agreement, {SelectorType::ipv4_addr}, ChargeKind::lookup, 2, epoch};
  const policy::MatchRules& rules = world.bravo.node->policy().match_rules();
  ASSERT_TRUE(state::write(*world.bravo.store, state::Durability::synced,
                           [&](state::Transaction& t) { return spend_charge(t, rules, other); }));
  EXPECT_TRUE(refused_for(world.run(world.about(SelectorType::ipv4_addr)).responder, "budget-all-peers"));
  EXPECT_TRUE(world.run(world.about(SelectorType::domain_name)).initiator);
}

TEST(MatchBudget, is_asked_before_a_set_is_touched) {
  // Bravo's set is too small: whoever looks at it first says so instead.
  Held world([](AgreementTerms& terms) { terms.min_set = 3; });
  TwoNodes::hold(world.alpha, {test_ip(5), test_ip(6)});
  world.add_rules(world.bravo, "[[match.budget]]\ntype = \"ipv4-addr\"\nper_peer = 1\n");
  const auto wire = world.run(world.about(SelectorType::ipv4_addr));
  EXPECT_TRUE(refused_for(wire.responder, "budget-type"));
  EXPECT_FALSE(refused_for(wire.responder, "set-too-small"));
}

TEST(MatchBudget, is_asked_early_for_what_the_protocol_charges_and_not_for_the_padded_size) {
  Held world([](AgreementTerms& terms) {
    terms.min_set = 3;
    terms.both_may_learn = true;
  });
  TwoNodes::hold(world.alpha, {test_ip(5), test_ip(6)});
  // Both learn: that is one protocol, and its smallest store holds more than a thousand items.
  world.add_rules(world.bravo, "[[match.budget]]\ntype = \"ipv4-addr\"\nper_peer = 100\n");
  MatchQuestion question = world.about(SelectorType::ipv4_addr);
  question.learner = match::Learner::both;
  const auto wire = world.run(question);
  EXPECT_TRUE(refused_for(wire.responder, "budget-type"));
  EXPECT_FALSE(refused_for(wire.responder, "set-too-small"));
}

TEST(MatchBudget, a_broken_run_is_charged_all_the_same) {
  Held world([](AgreementTerms& terms) { terms.runs_per_day = 9; });
  world.add_rules(world.bravo, "[[match.budget]]\ntype = \"ipv4-addr\"\nper_peer = 3\n");
  const auto broken =
      world.run(world.about(SelectorType::ipv4_addr), [](std::size_t, bool left, const peer::Frame& f) {
        return left && f.type == peer::FrameType::match_message ? std::vector<peer::Frame>{} : std::vector{f};
      });
  EXPECT_FALSE(broken.responder);
  EXPECT_TRUE(refused_for(world.run(world.about(SelectorType::ipv4_addr)).responder, "budget-type"));
}

TEST(MatchCap, a_type_that_can_be_listed_is_matched_only_within_it_on_both_sides) {
  const std::string cap =
      "[[match.cap]]\ntype = \"ipv4-addr\"\nmax_set = 1\nreason = \"one address a question\"\n";
  Held own;
  own.add_rules(own.alpha, cap);
  const auto refused = own.run(own.about(SelectorType::ipv4_addr));
  EXPECT_TRUE(refused_for(refused.initiator, "enumerable-cap"));
  EXPECT_NE(refused.initiator.error().message.find("one address a question"), std::string::npos);
  EXPECT_TRUE(own.run(own.about(SelectorType::domain_name)).initiator);
  Held peer;
  peer.add_rules(peer.bravo, cap);
  EXPECT_TRUE(refused_for(peer.run(peer.about(SelectorType::ipv4_addr)).responder, "enumerable-cap"));
  // Mixed with other types all of the peer's set could be of this one.
  Held mixed;
  mixed.add_rules(mixed.bravo, cap);
  EXPECT_TRUE(refused_for(mixed.run(mixed.question()).responder, "enumerable-cap"));
  EXPECT_TRUE(mixed.run(mixed.about(SelectorType::domain_name)).initiator);
}

TEST(MatchCap, counts_what_the_messages_could_hold_and_not_the_size_that_is_claimed) {
  // The smallest store of the VOLE protocols holds 1,127 items, whatever the set claims to have.
  const auto outcome = [](const std::string& cap, match::Protocol protocol) {
    Held world;
    world.add_rules(world.bravo,
                    "[[match.cap]]\ntype = \"ipv4-addr\"\nreason = \"few\"\nmax_set = " + cap + "\n");
    MatchQuestion question = world.about(SelectorType::ipv4_addr);
    question.protocols = {protocol};
    return world.run(question);
  };
  EXPECT_TRUE(refused_for(outcome("1126", match::Protocol::vole).responder, "enumerable-cap"));
  EXPECT_TRUE(outcome("1127", match::Protocol::vole).initiator_done);
  EXPECT_TRUE(outcome("64", match::Protocol::dh).initiator_done);
}

TEST(MatchCap, no_run_is_charged_for_more_than_the_cap_lets_pass) {
  // The set of the asker is counted padded: a cap between 2 and 4 lets a set of two pass and none of three.
  const std::string cap = "[[match.cap]]\ntype = \"ipv4-addr\"\nmax_set = 3\nreason = \"few\"\n";
  Held two;
  two.add_rules(two.bravo, cap);
  ASSERT_TRUE(two.run(two.about(SelectorType::ipv4_addr)).initiator_done);
  Held three;
  TwoNodes::hold(three.alpha, {test_ip(7)});
  three.add_rules(three.bravo, cap);
  EXPECT_TRUE(refused_for(three.run(three.about(SelectorType::ipv4_addr)).responder, "enumerable-cap"));
}

TEST(MatchBounds, a_protocol_whose_messages_hold_far_more_than_the_agreement_allows_is_refused) {
  Held world([](AgreementTerms& terms) { terms.max_set = 512; });
  MatchQuestion question = world.about(SelectorType::ipv4_addr);
  question.protocols = {match::Protocol::vole};
  EXPECT_TRUE(refused_for(world.run(question).responder, "peer-set-too-large"));
  question.protocols = {match::Protocol::dh};
  EXPECT_TRUE(world.run(question).initiator_done);
}

TEST(MatchBudget, a_size_is_charged_like_items_and_needs_the_same_officers) {
  Held world([](AgreementTerms& terms) { terms.runs_per_day = 9; });
  world.add_rules(world.bravo, "[[match.budget]]\ntype = \"ipv4-addr\"\nper_peer = 3\n");
  MatchQuestion size = world.about(SelectorType::ipv4_addr);
  size.output = policy::MatchOutput::size;
  ASSERT_TRUE(world.run(size).initiator_done);
  EXPECT_EQ(world.responder->result()->charged, 2U);
  world.agreement = world.agree([](AgreementTerms& terms) { terms.runs_per_day = 8; });
  size.agreement = world.agreement;
  EXPECT_TRUE(refused_for(world.run(size).responder, "budget-type"));
  Held asked;
  asked.ask_officers(asked.alpha);
  size.agreement = asked.agreement;
  EXPECT_TRUE(refused_for(asked.run(size).initiator, "approvals"));
}

TEST(MatchRepeat, a_type_is_asked_about_once_a_day_and_agreement_whatever_stands_beside_it) {
  Held world([](AgreementTerms& terms) { terms.runs_per_day = 9; });
  ASSERT_TRUE(world.run(world.about(SelectorType::ipv4_addr)).initiator);
  EXPECT_TRUE(refused_for(world.run(world.question()).initiator, "match-repeat"));
  // The other side holds to it whatever the asker believes.
  MatchWorld::hold(world.alpha, {test_ip(9)});
  ASSERT_TRUE(world.run(world.about(SelectorType::domain_name)).initiator);
  const auto plan = plan_match(*world.alpha.node, world.about(SelectorType::ipv4_addr));
  ASSERT_TRUE(plan && plan->stored);
  EXPECT_EQ(plan->stored->matches, std::vector<Selector>{test_ip(2)});
  // Less than was shown is in the stored result; more is not.
  MatchQuestion size = world.about(SelectorType::ipv4_addr);
  size.output = policy::MatchOutput::size;
  const auto smaller = plan_match(*world.alpha.node, size);
  ASSERT_TRUE(smaller && smaller->stored);
  EXPECT_EQ(smaller->stored->size, 1U);
  EXPECT_TRUE(smaller->stored->matches.empty());
}

TEST(MatchRepeat, after_the_size_the_items_are_not_shown_the_same_day) {
  Held world([](AgreementTerms& terms) { terms.runs_per_day = 9; });
  MatchQuestion size = world.about(SelectorType::ipv4_addr);
  size.output = policy::MatchOutput::size;
  ASSERT_TRUE(world.run(size).initiator);
  EXPECT_TRUE(refused_for(world.run(world.about(SelectorType::ipv4_addr)).initiator, "match-repeat"));
}

TEST(ProtocolChoice, is_made_from_both_sizes_and_says_why) {
  peer::Offer offer;
  offer.output = "items";
  offer.learner = "initiator";
  offer.prefer = "auto";
  offer.features = match_features();
  offer.protocols = {"dh-ristretto255/1", "vole-rr22/1"};
  const auto chosen = [&](std::uint64_t n, std::uint64_t m) {
    const auto choice = choose_protocol(offer, n, m, false);
    EXPECT_TRUE(choice && !choice->reason.empty());
    return choice->parameters.protocol;
  };
  EXPECT_EQ(chosen(1, 1), match::Protocol::dh);
  EXPECT_EQ(chosen(2048, 4096), match::Protocol::dh);
  EXPECT_EQ(chosen(4096, 4096), match::Protocol::vole);
  EXPECT_EQ(chosen(16, 1U << 20), match::Protocol::vole);
  offer.prefer = "bytes";
  EXPECT_EQ(chosen(4096, 4096), match::Protocol::dh);
  EXPECT_EQ(chosen(1U << 15, 1U << 15), match::Protocol::vole);
  offer.prefer = "time";
  EXPECT_EQ(chosen(1024, 1024), match::Protocol::vole);
  offer.output = "size";
  EXPECT_EQ(chosen(1U << 20, 1U << 20), match::Protocol::dh);
  offer.output = "items";
  offer.learner = "both";
  EXPECT_EQ(chosen(1, 1), match::Protocol::vole);
  offer.learner = "initiator";
  EXPECT_EQ(choose_protocol(offer, 16, 16, true)->parameters.protocol, match::Protocol::vole);
  offer.protocols = {"dh-ristretto255/1"};
  EXPECT_EQ(chosen(1U << 20, 1U << 20), match::Protocol::dh);
  EXPECT_EQ(choose_protocol(offer, 16, 16, true).error().rules, std::vector<std::string>{"match-security"});
  offer.features.clear();
  EXPECT_EQ(choose_protocol(offer, 16, 16, false).error().rules, std::vector<std::string>{"match-protocol"});
}

TEST(ProtocolChoice, a_feature_that_was_stripped_on_the_way_ends_the_match) {
  for (const bool transcript : {true, false}) {
    Held world;
    peer::PeerSession bravo = world.session(peer::Side::responder);
    if (transcript)
      bravo.transcript = crypto::Hash256{44};
    else
      std::erase(bravo.features, "match/vole/1");
    MatchInitiator initiator(*world.alpha.node, world.alpha_runs, world.session(peer::Side::initiator),
                             world.question());
    MatchResponder responder(*world.bravo.node, world.bravo_runs, bravo, initiator.session());
    const Wire wire = drive(initiator, responder);
    ASSERT_FALSE(wire.responder);
    EXPECT_EQ(wire.responder.error().kind, ErrorKind::peer) << wire.responder.error().text();
    EXPECT_FALSE(initiator.result());
  }
}

TEST(ProtocolChoice, a_weaker_choice_of_the_responder_is_refused_and_the_asker_may_override) {
  Held world;
  MatchQuestion vole = world.question();
  vole.protocols = {match::Protocol::vole};
  const Wire weaker = world.run(vole, [&](std::size_t, bool, const peer::Frame& frame) {
    if (frame.type != peer::FrameType::match_offer) return std::vector{frame};
    const auto signed_offer = peer::read_signed_offer(frame);
    auto offer = peer::parse_offer(signed_offer->bytes);
    EXPECT_EQ(offer->protocol, "vole-rr22/1");
    offer->protocol = "dh-ristretto255/1";
    offer->parameters = "chunk=1024";
    const Bytes bytes = *peer::encode_offer(*offer);
    return std::vector{peer::make_signed_offer(
        {bytes, peer::sign_offer(bytes, peer::Side::responder, world.bravo.keys.role)})};
  });
  EXPECT_TRUE(refused_for(weaker.initiator, "match-protocol"));
  ASSERT_TRUE(world.run(vole).initiator);
  EXPECT_EQ(world.initiator->result()->security, "malicious");
  EXPECT_EQ(world.initiator->result()->size, 2U);
  EXPECT_NE(world.initiator->result()->protocol_reason.find("only one"), std::string::npos);
}

// 1,100 items, padded to 2,048: the store of the VOLE protocol holds 2,253, and a set of CVE names may have
// 2,048. Where time is preferred these sizes are its.
struct ManyCves : MatchWorld {
  ManyCves()
      : MatchWorld(
            [](AgreementTerms& terms) { terms.types = {SelectorType::cve, SelectorType::domain_name}; }) {
    hold(alpha, numbered(0));
    hold(bravo, numbered(1000));
  }
  static std::vector<Selector> numbered(unsigned first) {
    std::vector<Selector> out;
    for (unsigned i = first; i < first + 1100; ++i)
      out.push_back({SelectorType::cve, "CVE-2024-" + std::to_string(10000 + i)});
    return out;
  }
  MatchQuestion fast() const {
    MatchQuestion out = question();
    out.types = {SelectorType::cve};
    out.prefer = match::Prefer::time;
    return out;
  }
};

TEST(ProtocolChoice, falls_back_where_the_askers_own_cap_forbids_what_the_sizes_would_choose) {
  ManyCves world;
  ASSERT_TRUE(world.run(world.fast()).initiator);
  const MatchRun& run = *world.initiator->result();
  EXPECT_EQ(run.protocol, "dh-ristretto255/1");
  EXPECT_NE(run.protocol_reason.find("could hold more items"), std::string::npos) << run.protocol_reason;
  EXPECT_EQ(run.size, 100U);
  // It is what both signed: only this one was offered.
  const auto offer = peer::parse_offer(as_bytes(run.offer));
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->protocols, std::vector<std::string>{"dh-ristretto255/1"});
  EXPECT_EQ(offer->prefer, "time");

  // Under malicious security, or where the protocol is named, there is nothing to fall back to.
  ManyCves named;
  MatchQuestion vole = named.fast();
  vole.protocols = {match::Protocol::vole};
  EXPECT_TRUE(refused_for(named.run(vole).responder, "enumerable-cap"));
  named.add_rules(named.alpha, "[match]\nleast_security = \"malicious\"\n");
  EXPECT_TRUE(refused_for(named.run(named.fast()).responder, "enumerable-cap"));

  const auto fitting = [&](const MatchQuestion& question, std::uint32_t max_set, std::uint64_t padded) {
    policy::Agreement agreement;
    agreement.max_set = max_set;
    return fitting_protocols({}, agreement, question, padded).value();
  };
  MatchQuestion question = world.fast();
  const std::vector<std::string> both = {"dh-ristretto255/1", "vole-rr22/1"};
  EXPECT_EQ(fitting(question, 4096, 1024), both);  // 1,127 cells
  EXPECT_EQ(fitting(question, 4096, 2048), std::vector<std::string>{"dh-ristretto255/1"});
  question.types = {SelectorType::domain_name};
  EXPECT_EQ(fitting(question, 4096, 2048), both);
  // By the agreement: the smallest store holds more than twice 512.
  EXPECT_EQ(fitting(question, 512, 512), std::vector<std::string>{"dh-ristretto255/1"});
  EXPECT_EQ(fitting(question, 513, 1024), both);
}

TEST(ProtocolChoice, no_peer_can_make_it_fall_back) {
  // The asked side alone has a lower cap: it refuses, and a weaker choice than the sizes give is not taken,
  // whatever it says of its rules.
  const auto cap = [](const char* number) {
    return std::string("[[match.cap]]\ntype = \"domain-name\"\nreason = \"few\"\nmax_set = ") + number + "\n";
  };
  Held world;
  world.add_rules(world.bravo, cap("64"));
  MatchQuestion question = world.about(SelectorType::domain_name);
  question.learner = match::Learner::receiver;
  question.prefer = match::Prefer::bytes;
  ASSERT_TRUE(world.run(question).initiator) << "small sets go by dh, which the cap allows";

  peer::Offer offer;
  offer.output = "items";
  offer.learner = "initiator";
  offer.features = match_features();
  offer.protocols = {"dh-ristretto255/1", "vole-rr22/1"};
  offer.initiator.padded_size = 1U << 14;
  offer.responder.emplace().padded_size = 1U << 14;
  for (const char* prefer : {"auto", "bytes", "time"}) {
    offer.prefer = prefer;
    offer.protocol = "dh-ristretto255/1";
    offer.parameters = "chunk=1024";
    EXPECT_TRUE(refused_for(drop(check_choice(offer)), "match-protocol")) << prefer;
    offer.protocol = "vole-rr22/1";
    offer.parameters = offer.prefer == "bytes" ? "chunk=32768,prefer=bytes" : "chunk=32768,prefer=time";
    EXPECT_TRUE(check_choice(offer)) << prefer;
  }

  // An answer from which the asked side took the other protocol is not what was proposed.
  Held stripped;
  const Wire wire = stripped.run(stripped.question(), [&](std::size_t, bool, const peer::Frame& frame) {
    if (frame.type != peer::FrameType::match_offer) return std::vector{frame};
    const auto signed_offer = peer::read_signed_offer(frame);
    auto changed = peer::parse_offer(signed_offer->bytes);
    changed->protocols = {"dh-ristretto255/1"};
    const Bytes bytes = *peer::encode_offer(*changed);
    return std::vector{peer::make_signed_offer(
        {bytes, peer::sign_offer(bytes, peer::Side::responder, stripped.bravo.keys.role)})};
  });
  ASSERT_FALSE(wire.initiator);
  EXPECT_EQ(wire.initiator.error().kind, ErrorKind::peer);
  EXPECT_NE(wire.initiator.error().message.find("changed the proposal"), std::string::npos);
}

TEST(ProtocolChoice, the_code_with_the_larger_margin_runs_when_it_is_named_and_is_audited_as_such) {
  Held world;
  MatchQuestion question = world.question();
  EXPECT_EQ(wished_protocols({}, question).value(),
            (std::vector<std::string>{"dh-ristretto255/1", "vole-rr22/1"}));
  question.protocols = {match::Protocol::vole_21x24};
  const Wire wire = world.run(question);
  ASSERT_TRUE(wire.initiator) << wire.initiator.error().text();
  ASSERT_TRUE(wire.responder) << wire.responder.error().text();
  for (const MatchRun* run : {&*world.initiator->result(), &*world.responder->result()}) {
    EXPECT_EQ(run->protocol, "vole-rr22-21x24/1");
    EXPECT_EQ(run->security, "malicious");
    const auto offer = peer::parse_offer(as_bytes(run->offer));
    ASSERT_TRUE(offer);
    EXPECT_EQ(offer->protocol, "vole-rr22-21x24/1");
    EXPECT_EQ(offer->protocols, std::vector<std::string>{"vole-rr22-21x24/1"});
  }
  EXPECT_EQ(world.initiator->result()->size, 2U);
  const std::string& run = world.initiator->result()->id;
  const auto alpha = audit_run(*world.alpha.node, world.alpha_runs, run);
  const auto bravo = audit_run(*world.bravo.node, world.bravo_runs, run);
  ASSERT_TRUE(alpha && bravo);
  EXPECT_EQ(alpha->verdict, AuditVerdict::proven);
  EXPECT_EQ(bravo->verdict, AuditVerdict::proven);
}

TEST(ProtocolChoice, no_other_code_than_the_named_one_is_taken) {
  peer::Offer offer;
  offer.output = "items";
  offer.learner = "initiator";
  offer.prefer = "auto";
  offer.features = match_features();
  offer.protocols = {"dh-ristretto255/1", "vole-rr22-21x24/1"};
  EXPECT_EQ(choose_protocol(offer, 1U << 14, 1U << 14, false)->parameters.protocol,
            match::Protocol::vole_21x24);
  EXPECT_EQ(choose_protocol(offer, 16, 16, true)->parameters.protocol, match::Protocol::vole_21x24);
  offer.protocols = {"vole-rr22-21x24/1", "vole-rr22/1"};
  EXPECT_EQ(choose_protocol(offer, 16, 16, false)->parameters.protocol, match::Protocol::vole);
  // A responder that answers with the other code, or that does not know this one.
  offer.protocols = {"vole-rr22-21x24/1"};
  offer.initiator.padded_size = 16;
  offer.responder.emplace().padded_size = 16;
  offer.protocol = "vole-rr22/1";
  offer.parameters = "chunk=32768,prefer=time";
  EXPECT_EQ(check_choice(offer).error().rules, std::vector<std::string>{"match-protocol"});
  offer.protocol = "vole-rr22-21x24/1";
  EXPECT_EQ(check_choice(offer)->parameters.protocol, match::Protocol::vole_21x24);
  std::erase(offer.features, "match/vole-21x24/1");
  EXPECT_EQ(choose_protocol(offer, 16, 16, false).error().rules, std::vector<std::string>{"match-protocol"});
}

TEST(ProtocolChoice, a_policy_that_wants_malicious_security_gets_it_on_either_side) {
  Held world;
  world.add_rules(world.bravo, "[match]\nleast_security = \"malicious\"\n");
  ASSERT_TRUE(world.run(world.question()).initiator);
  EXPECT_EQ(world.initiator->result()->protocol, "vole-rr22/1");
  Held size;
  size.add_rules(size.alpha, "[match]\nleast_security = \"malicious\"\n");
  EXPECT_TRUE(refused_for(size.run(size.question(policy::MatchOutput::size)).initiator, "match-security"));
}

TEST(MatchLearner, both_learn_in_one_run_where_the_agreement_says_so) {
  Held one;
  MatchQuestion question = one.question();
  question.learner = match::Learner::both;
  EXPECT_TRUE(refused_for(one.run(question).initiator, "agreement-learner"));
  Held both([](AgreementTerms& terms) { terms.both_may_learn = true; });
  question.agreement = both.agreement;
  const Wire wire = both.run(question);
  ASSERT_TRUE(wire.initiator) << wire.initiator.error().text();
  ASSERT_TRUE(wire.responder) << wire.responder.error().text();
  const std::vector<Selector> common = {test_host(2), test_ip(2)};
  EXPECT_EQ(both.initiator->result()->matches, common);
  EXPECT_EQ(both.responder->result()->matches, common);
  EXPECT_NE(both.initiator->result()->leak_statement.find("You learn first"), std::string::npos);
  EXPECT_NE(both.responder->result()->leak_statement.find("The peer learns first"), std::string::npos);
  // Both answer, so both are charged.
  EXPECT_EQ(both.initiator->result()->charged, 4U);
  EXPECT_GE(both.responder->result()->charged, 4U);
}

TEST(HeadGuard, a_node_that_was_restored_matches_with_nobody_until_another_peer_confirms_its_ledger) {
  Held world;
  ASSERT_TRUE(world.run(world.about(SelectorType::ipv4_addr)).initiator);
  ASSERT_TRUE(mark_restored(*world.bravo.node, "restored from a copy"));
  EXPECT_TRUE(refused_for(world.run(world.about(SelectorType::domain_name)).responder, "ledger-unconfirmed"));
  // Alpha is the only peer there is, so its word is all that can be had.
  HeadsInitiator ask(*world.bravo.node, world.alpha.origin);
  HeadsResponder answer(*world.alpha.node, world.bravo.origin, ask.session());
  const Wire heads = drive(ask, answer);
  ASSERT_TRUE(heads.initiator) << heads.initiator.error().text();
  EXPECT_EQ(ask.result(), HeadState::restored);
  EXPECT_EQ(TwoNodes::count(world.bravo, "parley/head-check/1"), 1U);
  EXPECT_TRUE(world.run(world.about(SelectorType::domain_name)).initiator);
}

TEST(HeadGuard, the_word_of_the_peer_that_asks_is_not_enough_where_there_is_another) {
  Held world;
  PeerRecord other = find_peer(*world.bravo.node, world.alpha.origin).value();
  other.name = "CERT Charlie";
  other.origin = "node.example/charlie";
  other.role_key = crypto::SigningKey::generate(world.bravo.entropy).public_key();
  other.tls_key = crypto::SigningKey::generate(world.bravo.entropy).public_key();
  ASSERT_TRUE(pin_peer(*world.bravo.node, other));
  ASSERT_TRUE(mark_restored(*world.bravo.node, "restored from a copy"));
  const std::string seen = world.bravo.ledger->checkpoint();
  ASSERT_TRUE(take_word_on_head(*world.bravo.node, world.alpha.origin, seen, true));
  EXPECT_FALSE(check_head_confirmed(*world.bravo.node, world.alpha.origin));
  EXPECT_TRUE(check_head_confirmed(*world.bravo.node, other.origin));
  // Who has seen nothing can confirm nothing.
  ASSERT_TRUE(take_word_on_head(*world.bravo.node, other.origin, "", true));
  EXPECT_FALSE(check_head_confirmed(*world.bravo.node, world.alpha.origin));
  ASSERT_TRUE(take_word_on_head(*world.bravo.node, other.origin, seen, true));
  EXPECT_TRUE(check_head_confirmed(*world.bravo.node, world.alpha.origin));
}

TEST(HeadGuard, that_a_later_head_was_shown_is_left_only_with_that_head_in_the_log) {
  Held world;
  Node& bravo = *world.bravo.node;
  const std::string older = world.bravo.ledger->checkpoint();
  merkle::Checkpoint later;
  later.origin = world.bravo.origin;
  later.size = merkle::TreeSize(world.bravo.ledger->size().value() + 1);
  const std::string shown = merkle::sign_checkpoint(later, world.bravo.keys.log);
  EXPECT_EQ(take_word_on_head(bravo, world.alpha.origin, shown, false), HeadState::set_back);
  const std::uint64_t size = world.bravo.ledger->size().value();
  for (const std::string& note : {std::string(), older})
    EXPECT_EQ(take_word_on_head(bravo, world.alpha.origin, note, true), HeadState::set_back) << note;
  EXPECT_EQ(world.bravo.ledger->size().value(), size);
  // As long as that head, but another history.
  const std::string other =
      record::sign_statement(bravo.new_payload("parley/refusal/1"), bravo.keys().role).value();
  ASSERT_TRUE(world.bravo.ledger->append(std::vector<ledger::Entry>{{other, world.bravo.entropy.array<32>()}},
                                         bravo.clock().now()));
  EXPECT_EQ(take_word_on_head(bravo, world.alpha.origin, older, true), HeadState::set_back);
  // The log that was shown is back.
  auto stored = load_json(bravo, {"head_guard", "own"});
  ASSERT_TRUE(stored && *stored);
  (*stored)->body.set("shown", encoding::Json::object({{"size", world.bravo.ledger->size().value()},
                                                       {"root", to_hex(world.bravo.ledger->root())}}));
  ASSERT_TRUE(save_json(bravo, {"head_guard", "own"}, (*stored)->body, (*stored)->version));
  EXPECT_EQ(take_word_on_head(bravo, world.alpha.origin, older, true), HeadState::restored);
  EXPECT_EQ(world.bravo.ledger->size().value(), size + 2) << "the confirmation is recorded again";
  EXPECT_TRUE(check_head_confirmed(bravo, world.alpha.origin));
}

TEST(HeadGuard, a_later_checkpoint_of_our_own_in_an_offer_shows_that_we_were_set_back) {
  Held world;
  // What bravo signs later, alpha has seen already: bravo was set back in between.
  merkle::Checkpoint later;
  later.origin = world.bravo.origin;
  later.size = merkle::TreeSize(world.bravo.ledger->size().value() + 7);
  ASSERT_TRUE(remember_head(*world.alpha.node, world.bravo.origin,
                            merkle::sign_checkpoint(later, world.bravo.keys.log)));
  const std::uint64_t size = world.bravo.ledger->size().value();
  EXPECT_TRUE(refused_for(world.run(world.question()).responder, "ledger-unconfirmed"));
  EXPECT_EQ(head_guard(*world.bravo.node)->state, HeadState::set_back);
  EXPECT_EQ(world.bravo.ledger->size().value(), size) << "nothing is appended to a log that was cut";
  // Its own word does not help it.
  ASSERT_TRUE(take_word_on_head(*world.bravo.node, world.alpha.origin, "", false));
  EXPECT_FALSE(check_head_confirmed(*world.bravo.node, world.alpha.origin));
  // A note that is not ours shows nothing.
  later.origin = world.alpha.origin;
  EXPECT_FALSE(take_word_on_head(*world.bravo.node, world.alpha.origin,
                                 merkle::sign_checkpoint(later, world.alpha.keys.log), false));
}

}  // namespace
}  // namespace parley::exchange
