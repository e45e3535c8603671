#include "client/import_counts.hpp"

#include <utility>

namespace parley::client {

void add_counts(exchange::ImportReport& sum, exchange::ImportReport&& one) {
  sum.found += one.found;
  sum.imported += one.imported;
  sum.unchanged += one.unchanged;
  sum.held_back_warninglist += one.held_back_warninglist;
  sum.held_back_off_limits += one.held_back_off_limits;
  sum.rejected += one.rejected;
  sum.patterns_not_atomic += one.patterns_not_atomic;
  sum.without_marking += one.without_marking;
  sum.unpublished += one.unpublished;
  for (auto& [type, count] : one.selectors) sum.selectors[type] += count;
  for (exchange::ImportReject& reject : one.rejects)
    if (sum.rejects.size() < exchange::ImportReport::inline_rejects) sum.rejects.push_back(std::move(reject));
}

}  // namespace parley::client
