#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "state/store.hpp"

namespace parley::exchange {

/// Events of the store one after the other, by rising (timestamp, UUID), or those of a list in its order.
/// Reads ahead a page of entries, one event at a time.
class MispWalk {
 public:
  MispWalk(std::shared_ptr<const state::Reader> reader, state::MispEventPlace from)
      : reader_(std::move(reader)), place_(std::move(from)) {}
  MispWalk(std::shared_ptr<const state::Reader> reader, std::vector<std::string> uuids)
      : reader_(std::move(reader)), named_(uuids.begin(), uuids.end()), is_named_(true) {}

  /// The entry of the next event, by which it may be passed over; nothing at the end.
  Result<std::optional<state::MispEventEntry>> next();
  /// The event of the entry that `next` gave; nothing when it has gone.
  Result<std::optional<state::StoredMispEvent>> load(const state::MispEventEntry& entry) const {
    return reader_->misp_events().find(entry.uuid);
  }
  /// Where a list goes on behind the last entry.
  const state::MispEventPlace& place() const { return place_; }

 private:
  std::shared_ptr<const state::Reader> reader_;
  state::MispEventPlace place_;
  std::deque<state::MispEventEntry> waiting_;
  std::deque<std::string> named_;
  bool is_named_ = false;
  bool at_end_ = false;
};

}  // namespace parley::exchange
