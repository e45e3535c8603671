#include "indexing.hpp"

#include <algorithm>

#include "state/search.hpp"
#include "state/store.hpp"
#include "state/upkeep.hpp"

namespace parley::app {

Result<bool> Indexing::step(exchange::Node& node) {
  using Clock = std::chrono::steady_clock;
  {
    PARLEY_TRY(const auto reader, node.store().snapshot());
    PARLEY_TRY(const state::IndexStatus status, reader->searching().index_status());
    waiting_ = status.contents + status.batches;
    if (status.current()) return false;
  }
  const Clock::time_point begin = Clock::now();
  bool more = false;
  PARLEY_CHECK(state::write(node.store(), state::Durability::buffered,
                            [&](state::Transaction& transaction) -> Result<void> {
                              PARLEY_TRY(more, transaction.upkeep().index(most_));
                              return {};
                            }));
  const Clock::duration took = Clock::now() - begin;
  if (took < step_ * 3 / 4) most_ = std::min<std::size_t>(most_ * 2, 500'000);
  if (took > step_ * 2) most_ = std::max<std::size_t>(most_ / 2, 100);
  return more;
}

}  // namespace parley::app
