#include "exchange/set_clearing.hpp"

#include "exchange/two_nodes_fixture.hpp"

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

void hold_as(MemoryNode& node, std::vector<Selector> selectors, bool unpublished,
             std::optional<intel::PapLevel> pap) {
  std::ranges::sort(selectors);
  ASSERT_TRUE(
      state::write(*node.store, state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
        state::Source source;
        source.name = "event";
        source.kind = "file";
        source.imported_at = node.clock.now();
        state::HoldingBatch batch;
        PARLEY_TRY(batch.source, t.add_source(source));
        PARLEY_TRY(batch.labels, t.add_labels({}));
        batch.marking = state::MarkingCode::green;
        batch.first_seen = batch.last_seen = node.clock.now();
        batch.unpublished = unpublished;
        batch.pap = pap;
        PARLEY_CHECK(t.load_holdings(batch, selectors));
        return {};
      }));
}

TEST(SetClearing, gives_the_same_set_whatever_the_turns) {
  TwoNodes nodes;
  std::vector<Selector> held;
  for (unsigned i = 0; i < 40; ++i) held.push_back(ip(i)), held.push_back(host(i));
  TwoNodes::hold(nodes.alpha, held);
  TwoNodes::hold(nodes.alpha, {ip(3), host(7)}, state::MarkingCode::red);
  Gate gate(*nodes.alpha.node);
  const auto whole = gate.clear_match_set(nodes.question());
  ASSERT_TRUE(whole) << whole.error().text();
  EXPECT_EQ(whole->value().selectors.size(), 78U);
  for (const std::uint32_t most : {1U, 7U, 40U, 80U, 81U}) {
    auto clearing = gate.begin_match_set(nodes.question());
    ASSERT_TRUE(clearing);
    std::uint32_t turns = 1;
    while (!clearing->step(most).value()) ++turns;
    EXPECT_GE(turns, 80 / most);
    EXPECT_EQ(clearing->seen(), 80U);
    const auto set = gate.finish_match_set(std::move(*clearing));
    ASSERT_TRUE(set);
    EXPECT_EQ(set->value().selectors, whole->value().selectors);
    EXPECT_EQ(set->value().held_out, whole->value().held_out);
  }
}

TEST(SetClearing, sees_one_moment_and_is_not_taken_before_its_end_or_under_other_rules) {
  const policy::Policy other = policy::Policy::load(std::string(two_nodes_policy) + "# other\n").value();
  TwoNodes nodes;
  TwoNodes::hold(nodes.alpha, {ip(1), ip(2), ip(3)});
  Gate gate(*nodes.alpha.node);
  auto early = gate.begin_match_set(nodes.question());
  ASSERT_TRUE(early->step(1));
  EXPECT_FALSE(gate.finish_match_set(std::move(*early)));
  auto clearing = gate.begin_match_set(nodes.question());
  ASSERT_TRUE(clearing->step(1));
  TwoNodes::hold(nodes.alpha, {ip(4), ip(5)});
  while (!clearing->step(1).value()) {
  }
  EXPECT_EQ(clearing->seen(), 3U);
  nodes.alpha.node->set_policy(other);
  const auto late = gate.finish_match_set(std::move(*clearing));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().rules, std::vector<std::string>{"policy-changed"});
}

TEST(SetClearing, what_is_not_published_or_too_strict_in_use_stays_out_until_the_policy_names_it) {
  TwoNodes nodes;
  hold_as(nodes.alpha, {ip(1)}, true, {});
  hold_as(nodes.alpha, {ip(2)}, false, intel::PapLevel::red);
  hold_as(nodes.alpha, {ip(3)}, false, intel::PapLevel::amber);
  TwoNodes::hold(nodes.alpha, {ip(4)}, state::MarkingCode::green, true);
  TwoNodes::hold(nodes.alpha, {ip(1), ip(5)});  // held twice: the stricter holding decides
  const auto set = Gate(*nodes.alpha.node).clear_match_set(nodes.question());
  ASSERT_TRUE(set) << set.error().text();
  EXPECT_EQ(set->value().selectors, (std::vector<Selector>{ip(3), ip(5)}));
  EXPECT_EQ(set->value().held_out,
            (std::map<std::string, std::uint64_t>{{"open-case", 1}, {"pap-ceiling", 1}, {"unpublished", 1}}));
  const policy::Policy named =
      policy::Policy::load(std::string(two_nodes_policy) + "[match]\nunpublished = [\"CERT Bravo\"]\n")
          .value();
  nodes.alpha.node->set_policy(named);
  EXPECT_EQ(Gate(*nodes.alpha.node).clear_match_set(nodes.question())->value().selectors,
            (std::vector<Selector>{ip(1), ip(3), ip(5)}));
}

}  // namespace
}  // namespace parley::exchange
