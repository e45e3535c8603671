#include "exchange/match_recovery.hpp"

#include "exchange/head_guard.hpp"
#include "exchange/match_run.hpp"
#include "exchange/recording.hpp"
#include "peer/abort.hpp"
#include "peer/offer.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

Result<void> record_end(Node& node, const MatchRun& run) {
  const Timestamp now = node.clock().now();
  PARLEY_TRY(const peer::Offer offer, peer::parse_offer(as_bytes(run.offer)));
  const peer::Abort abort{.node = peer::Origin(node.identity().origin),
                          .counterparty = peer::Origin(run.peer),
                          .kind = "match",
                          .session = offer.session,
                          .offer = peer::offer_hash(as_bytes(run.offer)),
                          .created = now};
  PARLEY_TRY(const std::string jws, peer::sign_abort(abort, node.entropy(), node.keys().role));
  PARLEY_CHECK(record_signed(node, jws));
  return {};
}

}  // namespace

Result<std::uint64_t> close_broken_runs(Node& node) {
  PARLEY_TRY(const HeadGuard guard, head_guard(node));
  if (guard.state == HeadState::set_back) return std::uint64_t{0};
  PARLEY_TRY(const std::vector<MatchRun> runs, list_runs(node));
  std::uint64_t closed = 0;
  for (const MatchRun& found : runs) {
    if (found.status != RunStatus::begun) continue;
    MatchRun run = found;
    run.status = RunStatus::aborted;
    run.ended = node.clock().now();
    // A crash in between records it once more, which says nothing new.
    PARLEY_CHECK(record_end(node, run));
    const auto store = [&](state::Transaction& transaction) { return store_run(transaction, run); };
    PARLEY_CHECK(state::write(node.store(), state::Durability::synced, store));
    ++closed;
  }
  return closed;
}

}  // namespace parley::exchange
