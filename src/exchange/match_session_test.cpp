#include "exchange/match_session.hpp"

#include <set>

#include "exchange/match_budget.hpp"
#include "exchange/two_nodes_fixture.hpp"
#include "match/item_set.hpp"
#include "peer/offer.hpp"
#include "record/match_statement.hpp"

namespace parley::exchange {
namespace {

using intel::Selector;
using intel::SelectorType;

Selector ip(unsigned number) {
  return {SelectorType::ipv4_addr, "192.0.2." + std::to_string(number)};
}
Selector host(unsigned number) {
  return {SelectorType::domain_name, "h" + std::to_string(number) + ".example.org"};
}

struct Session {
  TwoNodes& nodes;
  MatchInitiator initiator;
  MatchResponder responder;
  explicit Session(TwoNodes& two) : Session(two, two.question()) {}
  Session(TwoNodes& two, MatchQuestion question)
      : nodes(two),
        initiator(*two.alpha.node, two.alpha_runs, two.session(peer::Side::initiator), std::move(question)),
        responder(*two.bravo.node, two.bravo_runs, two.session(peer::Side::responder), initiator.session()) {}
  Wire run(const Meddle& meddle = {}) { return drive(initiator, responder, meddle); }
};

std::vector<std::string> rules_of(const Result<void>& result) {
  return result ? std::vector<std::string>() : result.error().rules;
}

bool has_rule(const Result<void>& result, std::string_view rule) {
  const auto rules = rules_of(result);
  return std::ranges::find(rules, rule) != rules.end();
}

TEST(MatchSession, finds_exactly_what_both_hold_and_both_ledgers_have_both_records) {
  TwoNodes nodes;
  TwoNodes::hold(nodes.alpha, {ip(1), ip(2), ip(3), host(1), host(2)});
  TwoNodes::hold(nodes.bravo, {ip(2), ip(3), ip(4), host(2), host(9), host(10)});
  Session session(nodes);
  const Wire wire = session.run();
  ASSERT_TRUE(wire.initiator) << wire.initiator.error().text();
  ASSERT_TRUE(wire.responder) << wire.responder.error().text();
  const auto& run = session.initiator.result();
  ASSERT_TRUE(run && session.responder.result());
  EXPECT_EQ(run->size, 3U);
  EXPECT_EQ(std::set<Selector>(run->matches.begin(), run->matches.end()),
            (std::set<Selector>{ip(2), ip(3), host(2)}));
  EXPECT_EQ(run->own_size, 5U);
  EXPECT_EQ(run->own_size_padded, 8U);
  EXPECT_EQ(run->peer_size_padded, 8U);
  EXPECT_EQ(run->security, "semi-honest");
  EXPECT_EQ(run->budget_before, 2U);
  EXPECT_EQ(run->budget_after, 1U);
  EXPECT_EQ(run->transcript_hash, session.responder.result()->transcript_hash);
  EXPECT_EQ(run->offer_hash, session.responder.result()->offer_hash);
  EXPECT_EQ(run->bytes_sent, session.responder.result()->bytes_received + peer::frame_header_bytes + 17);
  EXPECT_FALSE(session.responder.result()->size);
  for (MemoryNode* node : {&nodes.alpha, &nodes.bravo}) {
    EXPECT_EQ(TwoNodes::count(*node, "parley/match/1"), 2U);
    EXPECT_EQ(TwoNodes::count(*node, "parley/abort/1"), 0U);
  }
  const auto stored = find_run(*nodes.alpha.node, run->id);
  ASSERT_TRUE(stored) << stored.error().text();
  EXPECT_EQ(stored->matches, run->matches);
  EXPECT_EQ(stored->status, RunStatus::done);
  EXPECT_EQ(encoding::write_json(run_json(*stored)), encoding::write_json(run_json(*run)));
}

TEST(MatchSession, equals_the_plain_intersection_on_random_sets) {
  for (unsigned round = 0; round < 8; ++round) {
    TwoNodes nodes;
    crypto::SeededEntropy random(crypto::Secret<32>(ByteArray<32>{3}), std::to_string(round));
    std::set<Selector> left{ip(0)};
    std::set<Selector> right{ip(255)};
    for (std::uint64_t i = random.below(40); i > 0; --i)
      left.insert(ip(static_cast<unsigned>(random.below(60))));
    for (std::uint64_t i = random.below(40); i > 0; --i)
      right.insert(ip(static_cast<unsigned>(random.below(60))));
    TwoNodes::hold(nodes.alpha, {left.begin(), left.end()});
    TwoNodes::hold(nodes.bravo, {right.begin(), right.end()});
    const auto output = round % 2 == 0 ? policy::MatchOutput::items : policy::MatchOutput::size;
    Session session(nodes, nodes.question(output));
    const Wire wire = session.run();
    ASSERT_TRUE(wire.initiator) << wire.initiator.error().text();
    std::vector<Selector> both;
    std::ranges::set_intersection(left, right, std::back_inserter(both));
    EXPECT_EQ(session.initiator.result()->size, both.size());
    if (output == policy::MatchOutput::size) both.clear();
    auto matches = session.initiator.result()->matches;
    std::ranges::sort(matches);
    EXPECT_EQ(matches, both);
  }
}

TEST(MatchSession, streams_sets_of_more_than_one_chunk) {
  TwoNodes nodes;
  std::vector<Selector> left;
  std::vector<Selector> right;
  for (unsigned i = 0; i < 1100; ++i) left.push_back(host(i));
  for (unsigned i = 1090; i < 1200; ++i) right.push_back(host(i));
  TwoNodes::hold(nodes.alpha, left);
  TwoNodes::hold(nodes.bravo, right);
  Session session(nodes);
  std::uint64_t last = 0;
  std::uint64_t total = 0;
  session.initiator.on_progress([&](std::string_view, std::uint64_t done, std::uint64_t all) {
    EXPECT_GE(done, last);
    last = done;
    total = all;
  });
  const Wire wire = session.run();
  ASSERT_TRUE(wire.initiator) << wire.initiator.error().text();
  EXPECT_EQ(session.initiator.result()->size, 10U);
  EXPECT_EQ(last, total);
  EXPECT_GT(total, 3U);
}

TEST(MatchSession, what_the_gate_holds_out_takes_no_part) {
  TwoNodes nodes;
  TwoNodes::hold(nodes.alpha, {ip(1), ip(2), ip(3), ip(4)});
  TwoNodes::hold(nodes.bravo, {ip(1)});
  TwoNodes::hold(nodes.bravo, {ip(2)}, state::MarkingCode::red);
  TwoNodes::hold(nodes.bravo, {ip(3)}, state::MarkingCode::none);
  TwoNodes::hold(nodes.bravo, {ip(4)}, state::MarkingCode::green, true);
  Session session(nodes);
  const Wire wire = session.run();
  ASSERT_TRUE(wire.initiator) << wire.initiator.error().text();
  EXPECT_EQ(session.initiator.result()->matches, std::vector<Selector>{ip(1)});
  EXPECT_EQ(session.responder.result()->own_size, 1U);
}

TEST(MatchSession, the_peer_is_not_told_the_exact_size) {
  TwoNodes nodes;
  std::vector<Selector> left;
  for (unsigned i = 0; i < 37; ++i) left.push_back(host(i));
  TwoNodes::hold(nodes.alpha, left);
  TwoNodes::hold(nodes.bravo, {host(1)});
  Session session(nodes);
  const Wire wire = session.run();
  ASSERT_TRUE(wire.initiator);
  EXPECT_NE(session.initiator.result()->leak_statement.find("37"), std::string::npos);
  for (const auto& [from_initiator, frame] : wire.seen) {
    if (!from_initiator || frame.type != peer::FrameType::match_record) continue;
    const auto statement = record::peek_statement(as_text(frame.body));
    ASSERT_TRUE(statement);
    const auto read = record::read_statement<record::MatchStatement>(*statement);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->leak_statement.find("37"), std::string::npos) << read->leak_statement;
    EXPECT_EQ(read->set_size_padded, 64U);
    EXPECT_EQ(statement->payload.find("\"hits\""), std::string::npos);
  }
}

TEST(MatchSession, the_leak_statement_is_told_before_the_first_protocol_message) {
  TwoNodes nodes;
  TwoNodes::hold(nodes.alpha, {ip(1)});
  TwoNodes::hold(nodes.bravo, {ip(1)});
  std::string told;
  MatchInitiator initiator(*nodes.alpha.node, nodes.alpha_runs, nodes.session(peer::Side::initiator),
                           nodes.question(), [&](const MatchRun& run) { told = run.leak_statement; });
  MatchResponder responder(*nodes.bravo.node, nodes.bravo_runs, nodes.session(peer::Side::responder),
                           initiator.session());
  const Wire wire = drive(initiator, responder, [&](std::size_t, bool, const peer::Frame& frame) {
    EXPECT_EQ(told.empty(), frame.type == peer::FrameType::open ||
                                frame.type == peer::FrameType::match_proposal ||
                                frame.type == peer::FrameType::match_offer);
    return std::vector{frame};
  });
  ASSERT_TRUE(wire.initiator);
  EXPECT_EQ(initiator.result()->leak_statement, told);
}

TEST(MatchSession, the_same_question_in_one_epoch_shows_the_stored_result_and_is_not_run_again) {
  TwoNodes nodes;
  TwoNodes::hold(nodes.alpha, {ip(1), ip(2)});
  TwoNodes::hold(nodes.bravo, {ip(2)});
  Session first(nodes);
  ASSERT_TRUE(first.run().initiator);
  const auto plan = plan_match(*nodes.alpha.node, nodes.question());
  ASSERT_TRUE(plan && plan->stored);
  EXPECT_EQ(plan->stored->id, first.initiator.result()->id);
  EXPECT_EQ(plan->stored->matches, std::vector<Selector>{ip(2)});
  Session again(nodes);
  EXPECT_TRUE(has_rule(again.run().initiator, "match-repeat"));
  // The next day it is a new question.
  nodes.alpha.clock.advance(std::chrono::days(1));
  nodes.bravo.clock.advance(std::chrono::days(1));
  EXPECT_FALSE(plan_match(*nodes.alpha.node, nodes.question())->stored);
  Session tomorrow(nodes);
  EXPECT_TRUE(tomorrow.run().initiator);
}

TEST(MatchSession, budgets_are_kept_on_both_sides) {
  TwoNodes nodes([](AgreementTerms& terms) { terms.runs_per_day = 1; });
  TwoNodes::hold(nodes.alpha, {ip(1), host(1)});
  TwoNodes::hold(nodes.bravo, {ip(1), host(1)});
  MatchQuestion question = nodes.question();
  question.types = {SelectorType::ipv4_addr};
  Session first(nodes, question);
  ASSERT_TRUE(first.run().initiator);
  question.types = {SelectorType::domain_name};
  Session second(nodes, question);
  EXPECT_TRUE(has_rule(second.run().initiator, "budget-runs-per-day"));
  const auto plan = plan_match(*nodes.alpha.node, question);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().rules, std::vector<std::string>{"budget-runs-per-day"});
}

struct Refusal {
  const char* rule;
  std::function<void(TwoNodes&, MatchQuestion&)> arrange;
  bool by_responder = false;
  TwoNodes::Change terms = {};
};

TEST(MatchSession, every_refusal_names_its_rule_and_nothing_is_matched) {
  const std::vector<Refusal> cases = {
      {"set-too-small", [](TwoNodes&, MatchQuestion&) {}, false, [](AgreementTerms& t) { t.min_set = 3; }},
      {"set-too-large", [](TwoNodes&, MatchQuestion&) {}, false, [](AgreementTerms& t) { t.max_set = 1; }},
      {"budget-items-per-day", [](TwoNodes&, MatchQuestion&) {}, false,
       [](AgreementTerms& t) { t.items_per_day = 1; }},
      {"peer-suspended",
       [](TwoNodes& n, MatchQuestion&) {
         ASSERT_TRUE(set_peer_status(*n.bravo.node, "CERT Alpha", PeerStatus::suspended));
       },
       true},
      {"agreement-not-in-force",
       [](TwoNodes& n, MatchQuestion&) { n.bravo.clock.advance(std::chrono::days(11)); }, true},
      {"agreement-not-in-force",
       [](TwoNodes& n, MatchQuestion&) {
         ASSERT_TRUE(suspend_agreement(*n.bravo.node, n.agreement, "pause"));
       },
       true},
      {"agreement-purpose", [](TwoNodes&, MatchQuestion& q) { q.purpose = "counter-terrorism"; }},
      {"agreement-type", [](TwoNodes&, MatchQuestion& q) { q.types = {SelectorType::email_addr}; }},
      {"no-agreement", [](TwoNodes&, MatchQuestion& q) { q.agreement = std::string(64, 'a'); }},
  };
  for (const Refusal& one : cases) {
    TwoNodes nodes(one.terms);
    TwoNodes::hold(nodes.alpha, {ip(1), ip(2)});
    TwoNodes::hold(nodes.bravo, {ip(1), ip(2)});
    MatchQuestion question = nodes.question();
    one.arrange(nodes, question);
    Session session(nodes, question);
    const Wire wire = session.run();
    const Result<void>& refused = one.by_responder ? wire.responder : wire.initiator;
    ASSERT_FALSE(refused) << one.rule;
    EXPECT_EQ(refused.error().kind, ErrorKind::refused) << one.rule << ": " << refused.error().text();
    EXPECT_TRUE(std::ranges::any_of(refused.error().rules,
                                    [&](const std::string& rule) { return rule.starts_with(one.rule); }))
        << one.rule << ", got " << (refused.error().rules.empty() ? "none" : refused.error().rules.front());
    EXPECT_FALSE(session.initiator.result() || session.responder.result());
    EXPECT_EQ(TwoNodes::count(nodes.bravo, "parley/refusal/1"), one.by_responder ? 1U : 0U) << one.rule;
    EXPECT_TRUE(list_runs(*nodes.alpha.node)->empty());
  }
}

TEST(MatchSession, the_responder_holds_its_own_bounds_against_an_initiator_that_ignores_them) {
  // Alpha believes in other terms than bravo: two agreements of one meaning but for the bounds, and alpha's
  // frames carry the name of the stricter one.
  TwoNodes nodes([](AgreementTerms& terms) { terms.max_set = 2; });
  TwoNodes::hold(nodes.alpha, {ip(1), ip(2)});
  TwoNodes::hold(nodes.bravo, {ip(1)});
  Session session(nodes);
  const Wire wire = session.run([&](std::size_t, bool, const peer::Frame& frame) {
    if (frame.type != peer::FrameType::match_proposal) return std::vector{frame};
    auto offer = peer::parse_offer(frame.body);
    offer->initiator.padded_size = 64;
    return std::vector{peer::Frame{frame.type, *peer::encode_offer(*offer)}};
  });
  EXPECT_TRUE(has_rule(wire.responder, "peer-set-too-large"));
  EXPECT_FALSE(wire.initiator);
}

TEST(MatchSession, an_offer_from_another_connection_day_or_protocol_is_not_signed) {
  const std::vector<std::function<void(peer::Offer&)>> changes = {
      [](peer::Offer& o) { o.exporter = peer::TlsExporter(ByteArray<32>{43}); },
      [](peer::Offer& o) { ++o.epoch; },
      [](peer::Offer& o) { o.protocols = {"dh-ristretto255/9"}; },
      [](peer::Offer& o) { o.features.pop_back(); },
      [](peer::Offer& o) { o.hello = crypto::Hash256{1}; },
      [](peer::Offer& o) { o.selector_version = "selector/2"; },
      [](peer::Offer& o) { o.session = peer::SessionId(ByteArray<16>{1}); },
      [](peer::Offer& o) { o.initiator.role_key = crypto::PublicKey(ByteArray<32>{1}); },
      [](peer::Offer& o) { o.initiator.origin = peer::Origin("node.example.org/mallory"); },
  };
  for (const auto& change : changes) {
    TwoNodes nodes;
    TwoNodes::hold(nodes.alpha, {ip(1)});
    TwoNodes::hold(nodes.bravo, {ip(1)});
    Session session(nodes);
    const Wire wire = session.run([&](std::size_t, bool, const peer::Frame& frame) {
      if (frame.type != peer::FrameType::match_proposal) return std::vector{frame};
      auto offer = peer::parse_offer(frame.body);
      change(*offer);
      return std::vector{peer::Frame{frame.type, *peer::encode_offer(*offer)}};
    });
    EXPECT_FALSE(wire.responder);
    EXPECT_FALSE(wire.initiator);
    for (const auto& [from_initiator, frame] : wire.seen) EXPECT_NE(frame.type, peer::FrameType::match_offer);
  }
}

TEST(MatchSession, a_recorded_session_cannot_be_played_again) {
  TwoNodes nodes;
  TwoNodes::hold(nodes.alpha, {ip(1)});
  TwoNodes::hold(nodes.bravo, {ip(1)});
  Session session(nodes);
  const Wire wire = session.run();
  ASSERT_TRUE(wire.initiator);
  MatchResponder again(*nodes.bravo.node, nodes.bravo_runs, nodes.session(peer::Side::responder),
                       session.initiator.session());
  ASSERT_TRUE(again.start());
  Result<peer::Step> step = peer::Step{};
  std::size_t answered = 0;
  for (const auto& [from_initiator, frame] : wire.seen) {
    if (!from_initiator || frame.type == peer::FrameType::open || !step) continue;
    step = again.on_frame(frame);
    if (step) answered += step->send.size();
  }
  EXPECT_FALSE(step);
  EXPECT_EQ(answered, 0U);
}

TEST(MatchSession, an_agreement_suspended_or_rules_changed_in_the_middle_stop_the_run) {
  const policy::Policy other = policy::Policy::load(std::string(two_nodes_policy) + "# other\n").value();
  for (const bool suspend : {true, false}) {
    TwoNodes nodes;
    TwoNodes::hold(nodes.alpha, {ip(1), ip(2)});
    TwoNodes::hold(nodes.bravo, {ip(1), ip(2)});
    Session session(nodes);
    const Wire wire = session.run([&](std::size_t, bool, const peer::Frame& frame) {
      if (frame.type == peer::FrameType::match_accept) {
        if (suspend)
          EXPECT_TRUE(suspend_agreement(*nodes.bravo.node, nodes.agreement, "pause"));
        else
          nodes.bravo.node->set_policy(other);
      }
      return std::vector{frame};
    });
    EXPECT_TRUE(has_rule(wire.responder, suspend ? "agreement-not-in-force" : "policy-changed"));
    EXPECT_FALSE(session.initiator.result() || session.responder.result());
  }
}

TEST(MatchSession, an_asker_that_breaks_off_after_the_answer_may_not_ask_again_that_day) {
  TwoNodes nodes([](AgreementTerms& terms) { terms.runs_per_day = 8; });
  TwoNodes::hold(nodes.alpha, {ip(1), ip(2)});
  TwoNodes::hold(nodes.bravo, {ip(1), ip(2)});
  const auto broken = [&](peer::FrameType lost) {
    Session session(nodes);
    return session.run([&](std::size_t, bool from_initiator, const peer::Frame& frame) {
      if (from_initiator && frame.type == lost) return std::vector<peer::Frame>{};
      return std::vector{frame};
    });
  };
  // Broken off before anything was answered, the question stays free; after it, it does not.
  EXPECT_FALSE(has_rule(broken(peer::FrameType::match_message).responder, "match-repeat"));
  EXPECT_FALSE(has_rule(broken(peer::FrameType::match_record).responder, "match-repeat"));
  EXPECT_TRUE(has_rule(broken(peer::FrameType::match_record).responder, "match-repeat"));
}

TEST(MatchSession, a_run_of_both_that_broke_off_is_no_stored_answer) {
  TwoNodes nodes([](AgreementTerms& terms) { terms.both_may_learn = true; });
  TwoNodes::hold(nodes.alpha, {ip(1), ip(2)});
  TwoNodes::hold(nodes.bravo, {ip(1), ip(2)});
  MatchQuestion question = nodes.question();
  question.learner = match::Learner::both;
  Session session(nodes, question);
  const Wire wire = session.run([&](std::size_t, bool, const peer::Frame& frame) {
    if (frame.type == peer::FrameType::match_record) return std::vector<peer::Frame>{};
    return std::vector{frame};
  });
  ASSERT_FALSE(wire.initiator);
  const auto again = stored_answer(*nodes.alpha.node, question);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().rules, std::vector<std::string>{"match-repeat"});
  EXPECT_FALSE(plan_match(*nodes.alpha.node, question));
}

TEST(MatchSession, a_set_that_was_prepared_before_midnight_is_not_offered_after_it) {
  TwoNodes nodes;
  TwoNodes::hold(nodes.alpha, {ip(1)});
  TwoNodes::hold(nodes.bravo, {ip(1)});
  auto preparation = MatchPreparation::begin(*nodes.alpha.node, nodes.question(), peer::Side::initiator);
  ASSERT_TRUE(preparation);
  while (!preparation->step().value()) {
  }
  nodes.alpha.clock.advance(std::chrono::days(1));
  nodes.bravo.clock.advance(std::chrono::days(1));
  MatchInitiator late(*nodes.alpha.node, nodes.alpha_runs, nodes.session(peer::Side::initiator),
                      std::move(*preparation).take());
  const auto step = late.start();
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().rules, std::vector<std::string>{"match-expired"});
  // The side that is asked as well, when midnight falls into its own preparation.
  MatchInitiator initiator(*nodes.alpha.node, nodes.alpha_runs, nodes.session(peer::Side::initiator),
                           nodes.question());
  MatchResponder responder(*nodes.bravo.node, nodes.bravo_runs, nodes.session(peer::Side::responder),
                           initiator.session());
  ASSERT_TRUE(responder.start());
  auto answer = responder.on_frame(initiator.start().value().send.at(1));
  ASSERT_TRUE(answer && answer->more);
  nodes.bravo.clock.advance(std::chrono::days(1));
  while (answer && answer->more) answer = responder.resume();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().rules, std::vector<std::string>{"match-expired"});
}

}  // namespace
}  // namespace parley::exchange
