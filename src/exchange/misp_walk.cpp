#include "exchange/misp_walk.hpp"

namespace parley::exchange {

namespace {
constexpr std::size_t entries_ahead = 500;
}

Result<std::optional<state::MispEventEntry>> MispWalk::next() {
  if (is_named_) {
    while (!named_.empty()) {
      const std::string uuid = std::move(named_.front());
      named_.pop_front();
      PARLEY_TRY(auto entry, reader_->misp_events().find_entry(uuid));
      if (entry) return entry;
    }
    return std::optional<state::MispEventEntry>();
  }
  if (waiting_.empty() && !at_end_) {
    PARLEY_TRY(auto page, reader_->misp_events().list(place_, entries_ahead));
    at_end_ = page.size() < entries_ahead;
    for (state::MispEventEntry& one : page) waiting_.push_back(std::move(one));
  }
  if (waiting_.empty()) return std::optional<state::MispEventEntry>();
  std::optional<state::MispEventEntry> out(std::move(waiting_.front()));
  waiting_.pop_front();
  place_ = {out->timestamp, out->uuid};
  return out;
}

}  // namespace parley::exchange
