#include "exchange/received_abort.hpp"

#include <gtest/gtest.h>

#include "exchange/match_budget.hpp"
#include "exchange/two_nodes_fixture.hpp"
#include "peer/abort.hpp"

namespace parley::exchange {
namespace {

TEST(ReceivedAbort, stands_in_the_ledger_once_and_no_more_a_day_than_a_peer_may_cause) {
  TwoNodes nodes;
  const auto abort = [&] {
    const peer::Abort what{.node = peer::Origin(nodes.bravo.origin),
                           .counterparty = peer::Origin(nodes.alpha.origin),
                           .kind = "match",
                           .session = peer::make_session_id(nodes.bravo.entropy),
                           .offer = std::nullopt,
                           .created = nodes.bravo.clock.now()};
    return *peer::sign_abort(what, nodes.bravo.entropy, nodes.bravo.keys.role);
  };
  const std::string first = abort();
  EXPECT_TRUE(keep_abort(*nodes.alpha.node, nodes.bravo.origin, first).value());
  EXPECT_FALSE(keep_abort(*nodes.alpha.node, nodes.bravo.origin, first).value()) << "the same one again";
  EXPECT_EQ(TwoNodes::count(nodes.alpha, "parley/abort/1"), 1U);
  for (std::int64_t i = 0; i < max_recorded_aborts_per_day + 5; ++i)
    ASSERT_TRUE(keep_abort(*nodes.alpha.node, nodes.bravo.origin, abort()));
  EXPECT_EQ(TwoNodes::count(nodes.alpha, "parley/abort/1"),
            static_cast<std::size_t>(max_recorded_aborts_per_day));
  nodes.alpha.clock.advance(std::chrono::days(1));
  EXPECT_TRUE(keep_abort(*nodes.alpha.node, nodes.bravo.origin, abort()).value());
}

}  // namespace
}  // namespace parley::exchange
