#include "exchange/clock_guard.hpp"

#include <algorithm>

#include "ledger/ledger.hpp"
#include "policy/question.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

/// Seconds since 1970, in the store's counter of this name.
constexpr std::string_view counter = "clock/seen";
/// Noting costs a synced write.
constexpr std::int64_t step_seconds = 60;

Result<std::int64_t> noted_seconds(Node& node) {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  return reader->counter(counter);
}

}  // namespace

Result<Timestamp> latest_seen(Node& node) {
  PARLEY_TRY(const std::int64_t noted, noted_seconds(node));
  Timestamp seen = Timestamp::from_seconds(noted);
  if (const auto last = node.ledger().last_time()) seen = std::max(seen, *last);
  return seen;
}

Result<Timestamp> note_time(Node& node) {
  PARLEY_TRY(const std::int64_t noted, noted_seconds(node));
  const std::int64_t now = node.clock().now().seconds();
  if (now >= noted + step_seconds) {
    const auto note = [&](state::Transaction& transaction) -> Result<void> {
      PARLEY_CHECK(transaction.add_counter(counter, now - noted));
      return {};
    };
    PARLEY_CHECK(state::write(node.store(), state::Durability::synced, note));
  }
  return latest_seen(node);
}

Result<void> check_clock(Node& node) {
  PARLEY_TRY(const Timestamp seen, note_time(node));
  if (node.clock().now() + policy::clock_skew_limit >= seen) return {};
  return refuse({"clock-skew"}, "the clock stands before " + format_time(seen) +
                                    ", which this node has seen already; set it right, nothing is lost");
}

}  // namespace parley::exchange
