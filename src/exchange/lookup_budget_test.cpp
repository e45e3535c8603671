#include <gtest/gtest.h>

#include <algorithm>

#include "exchange/lookup_session.hpp"
#include "exchange/match_budget.hpp"
#include "exchange/two_nodes_fixture.hpp"
#include "record/match_terms.hpp"

namespace parley::exchange {
namespace {

struct World {
  TwoNodes nodes{[](AgreementTerms& terms) { terms.lookups_per_day = 100; }};
  MemoryLookupStore alpha_files;
  MemoryLookupStore bravo_files;
  policy::Policy rules;

  explicit World(const std::string& budget)
      : rules(policy::Policy::load_or_closed(std::string(two_nodes_policy) + budget)) {
    EXPECT_FALSE(rules.is_closed()) << rules.closed_because();
    nodes.bravo.node->set_policy(rules);
    TwoNodes::hold(nodes.bravo, {{intel::SelectorType::domain_name, "a.example.org"}});
  }

  Wire look_up(std::size_t count) {
    std::vector<intel::Selector> values;
    for (std::size_t i = 0; i < count; ++i)
      values.push_back({intel::SelectorType::domain_name, std::to_string(i) + ".example.org"});
    const auto session = [&](peer::Side side) {
      peer::PeerSession out = nodes.session(side);
      out.features = {std::string(lookup_feature)};
      return out;
    };
    LookupInitiator initiator(*nodes.alpha.node, alpha_files, session(peer::Side::initiator),
                              {"CERT Bravo", nodes.agreement, "fraud"}, std::move(values));
    LookupResponder responder(*nodes.bravo.node, bravo_files, session(peer::Side::responder),
                              initiator.session());
    return drive(initiator, responder);
  }
};

bool responder_refused_by(const Wire& wire, const std::string& rule) {
  return !wire.responder && wire.responder.error().kind == ErrorKind::refused &&
         std::ranges::find(wire.responder.error().rules, rule) != wire.responder.error().rules.end();
}

TEST(LookupBudget, the_least_budget_of_any_type_of_the_set_bounds_what_may_be_asked) {
  // Names are asked; but a blinded value could be an address just as well.
  World world("[[match.budget]]\ntype = \"ipv4-addr\"\nper_peer = 3\n");
  EXPECT_TRUE(responder_refused_by(world.look_up(4), "budget-type"));
  EXPECT_TRUE(world.look_up(2).initiator_done);
  EXPECT_TRUE(responder_refused_by(world.look_up(2), "budget-type"));
  EXPECT_TRUE(world.look_up(1).initiator_done);
  world.nodes.bravo.reopen();
  world.nodes.bravo.node->set_policy(world.rules);
  EXPECT_TRUE(responder_refused_by(world.look_up(1), "budget-type"));
}

TEST(LookupBudget, a_batch_larger_than_the_cap_of_any_type_of_the_set_is_refused) {
  World world("[[match.cap]]\ntype = \"ipv4-addr\"\nmax_set = 3\nreason = \"few\"\n");
  EXPECT_TRUE(responder_refused_by(world.look_up(4), "enumerable-cap"));
  EXPECT_TRUE(world.look_up(3).initiator_done);
}

TEST(LookupBudget, what_all_peers_have_asked_counts_together) {
  World world("[[match.budget]]\ntype = \"*\"\nall_peers = 5\n");
  const auto others = state::write(*world.nodes.bravo.store, state::Durability::synced,
                                   [&](state::Transaction& transaction) -> Result<void> {
                                     Charge charge;
                                     charge.peer = "somebody.example/else";
                                     charge.agreement = world.nodes.agreement;
                                     charge.types = {intel::SelectorType::domain_name};
                                     charge.amount = 3;
                                     charge.epoch =
                                         static_cast<std::uint64_t>(world.nodes.bravo.clock.now().day());
                                     return spend_charge(transaction, world.rules.match_rules(), charge);
                                   });
  ASSERT_TRUE(others);
  EXPECT_TRUE(responder_refused_by(world.look_up(3), "budget-all-peers"));
  EXPECT_TRUE(world.look_up(2).initiator_done);
}

TEST(LookupBudget, every_charge_stands_in_the_ledger_with_its_types) {
  World world("");
  ASSERT_TRUE(world.look_up(7).initiator_done);
  EXPECT_EQ(TwoNodes::count(world.nodes.bravo, record::MatchChargeStatement::schema), 1U);
  EXPECT_EQ(TwoNodes::count(world.nodes.alpha, record::MatchChargeStatement::schema), 0U);
}

}  // namespace
}  // namespace parley::exchange
