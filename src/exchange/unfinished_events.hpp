#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "exchange/import_batch.hpp"
#include "exchange/importing.hpp"
#include "state/store.hpp"

namespace parley::exchange {

/// Marks for MISP events whose attributes are spread over several transactions of an import. The event is
/// stored whole with the first of them, and a mark with it; with the last one the mark goes. So a crash
/// between them leaves the event, some of its attributes, and the mark by which `UnfinishedEvents` stores the
/// others.
class EventMarks {
 public:
  /// After the events of a batch were stored, in the same transaction. `last`: nothing of the file follows.
  Result<void> note(state::Transaction& transaction, const ImportBatch& batch, const state::Source& source,
                    state::SourceId id, const ImportOptions& options, bool last);

 private:
  Result<void> load(const state::Reader& reader);
  Result<void> put(state::Transaction& transaction, const std::string& key, const state::Source& source,
                   const ImportOptions& options, std::string_view event, state::SourceId id);
  Result<void> erase(state::Transaction& transaction, const std::string& key);

  bool loaded_ = false;
  std::set<std::string, std::less<>> known_;  // that are in the store
  std::string open_;                          // of the event whose attributes still come
};

/// Stores what crashes have left out of events. Before events are compared with what is held, and when a node
/// starts.
class UnfinishedEvents {
 public:
  /// Both outlive it.
  UnfinishedEvents(Node& node, const intel::WarninglistSet& warninglists);
  ~UnfinishedEvents();

  /// Whether there are any: one look-up.
  static Result<bool> any(Node& node);
  /// About 100 ms of it; true when nothing is left.
  Result<bool> step();
  std::size_t finished() const { return finished_; }

 private:
  Result<bool> begin_next();

  Node& node_;
  const intel::WarninglistSet& warninglists_;
  std::unique_ptr<Import> import_;
  std::string key_;
  std::size_t finished_ = 0;
};

}  // namespace parley::exchange
