#include "exchange/match_opening.hpp"

#include "exchange/gate.hpp"
#include "exchange/head_guard.hpp"
#include "exchange/match_rules_fixture.hpp"
#include "ledger/opening.hpp"

namespace parley::exchange {
namespace {

struct Opened : MatchWorld {
  explicit Opened(unsigned fate = 0, bool both = false)
      : MatchWorld([both](AgreementTerms& terms) { terms.both_may_learn = both; }) {
    for (unsigned i = 0; i < fate; ++i)
      alpha.entropy.array<32>();  // nodes of another fate draw other randomness
    hold(alpha, {test_ip(1), test_ip(2), test_host(7)});
    hold(bravo, {test_ip(2), test_ip(3)});
    MatchQuestion asked = question();
    if (both) asked.learner = match::Learner::both;
    EXPECT_TRUE(run(asked).initiator);
    id = initiator->result()->id;
    for (const MemoryNode* node : {&alpha, &bravo})
      trust.roles.push_back({node->origin, merkle::KeyType::ed25519, node->keys.role.public_key()});
  }
  Result<MatchOpening> open(MemoryNode& node, const std::string& item) {
    return open_match_item(*node.node, &node == &alpha ? alpha_runs : bravo_runs, id, item);
  }
  std::string id;
  ledger::Trust trust;
};

TEST(MatchOpening, of_an_item_is_proven_offline_for_either_side_and_stands_in_the_ledger) {
  Opened world(0, true);
  for (MemoryNode* node : {&world.alpha, &world.bravo}) {
    const auto opening = world.open(*node, "ipv4-addr:198.51.0.2");
    ASSERT_TRUE(opening) << opening.error().text();
    EXPECT_TRUE(ledger::is_opening(opening->file.value()));
    const auto report = ledger::verify_opening(as_text(opening->file.value()), world.trust);
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_EQ(report->verdict, ledger::Verdict::proven) << ledger::report_text(*report, false);
    EXPECT_EQ(report->subject, world.id);
    EXPECT_NE(report->limits.front().find("never that it was used"), std::string::npos);
    EXPECT_EQ(ledger::verify_opening(as_text(opening->file.value()), {})->verdict,
              ledger::Verdict::not_shown);
    EXPECT_EQ(TwoNodes::count(*node, "parley/match-opening/1"), 1U);
  }
}

TEST(MatchOpening, is_refused_for_what_was_not_in_the_set_or_may_not_be_told_any_more) {
  Opened world;
  EXPECT_EQ(world.open(world.alpha, "ipv4-addr:198.51.0.3").error().kind, ErrorKind::not_found);
  TwoNodes::hold(world.alpha, {test_ip(1)}, state::MarkingCode::red);
  EXPECT_EQ(world.open(world.alpha, "ipv4-addr:198.51.0.1").error().kind, ErrorKind::refused);
  ASSERT_TRUE(state::write(*world.alpha.store, state::Durability::synced,
                           [&](state::Transaction& t) { return erase_run_key(t, world.id); }));
  EXPECT_EQ(world.open(world.alpha, "ipv4-addr:198.51.0.2").error().kind, ErrorKind::not_found);
}

bool is_refused_by(const Result<MatchOpening>& opening, const std::string& rule) {
  return !opening && std::ranges::find(opening.error().rules, rule) != opening.error().rules.end();
}

TEST(MatchOpening, is_of_what_the_node_learned_in_the_run_only) {
  Opened world;
  EXPECT_TRUE(is_refused_by(world.open(world.alpha, "ipv4-addr:198.51.0.1"), "opening-not-matched"));
  EXPECT_TRUE(is_refused_by(world.open(world.bravo, "ipv4-addr:198.51.0.2"), "opening-not-matched"))
      << "it has learned nothing";
  EXPECT_EQ(TwoNodes::count(world.bravo, "parley/match-opening/1"), 0U);
  EXPECT_TRUE(world.open(world.alpha, "ipv4-addr:198.51.0.2"));
}

TEST(MatchOpening, passes_the_gate_only_as_what_it_says_it_is) {
  Opened world;
  const std::string file(as_text(world.open(world.alpha, "ipv4-addr:198.51.0.2")->file.value()));
  Gate gate(*world.alpha.node);
  MatchRun run = find_run(*world.alpha.node, world.id).value();
  const auto cleared = gate.clear_opening(run, file);
  ASSERT_TRUE(cleared);
  EXPECT_EQ(cleared->clearance().audience, world.bravo.origin);
  EXPECT_EQ(gate.clear_opening(run, "{}").error().kind, ErrorKind::bad_input);
  // Bytes that open something else than the run showed, or belong to another run.
  MatchRun nothing = run;
  nothing.matches.clear();
  EXPECT_EQ(gate.clear_opening(nothing, file).error().rules, std::vector<std::string>{"opening-not-matched"});
  ASSERT_TRUE(mark_restored(*world.alpha.node, "restored from a copy"));
  EXPECT_EQ(gate.clear_opening(run, file).error().rules, std::vector<std::string>{"ledger-unconfirmed"});
  ASSERT_TRUE(
      take_word_on_head(*world.alpha.node, world.bravo.origin, world.alpha.ledger->checkpoint(), true));
  run.id = "00000000-0000-4000-8000-000000000000";
  EXPECT_EQ(gate.clear_opening(run, file).error().rules, std::vector<std::string>{"opening-not-matched"});
}

TEST(MatchOpening, is_refused_where_officers_would_have_to_approve) {
  Opened world;
  world.ask_officers(world.alpha);
  const auto opening = world.open(world.alpha, "ipv4-addr:198.51.0.2");
  ASSERT_FALSE(opening);
  EXPECT_EQ(opening.error().kind, ErrorKind::refused);
  EXPECT_EQ(TwoNodes::count(world.alpha, "parley/match-opening/1"), 0U);
}

TEST(MatchOpening, with_any_byte_changed_or_of_another_run_is_not_proven) {
  Opened world;
  const std::string file(as_text(world.open(world.alpha, "ipv4-addr:198.51.0.2")->file.value()));
  for (std::size_t at = 0; at + 1 < file.size(); at += 61) {
    std::string bad = file;
    bad[at] = bad[at] == 'A' ? 'B' : 'A';
    const auto report = ledger::verify_opening(bad, world.trust);
    EXPECT_TRUE(!report || report->verdict != ledger::Verdict::proven) << at;
  }
  Opened other(1);
  const auto mixed =
      encoding::parse_json(as_text(other.open(other.alpha, "ipv4-addr:198.51.0.2")->file.value()));
  auto json = encoding::parse_json(file);
  json->set("opening", *mixed->find("opening"));
  EXPECT_NE(ledger::verify_opening(encoding::write_json(*json), world.trust)->verdict,
            ledger::Verdict::proven);
}

}  // namespace
}  // namespace parley::exchange
