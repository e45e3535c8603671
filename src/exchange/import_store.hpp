#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exchange/import_batch.hpp"
#include "exchange/import_sightings.hpp"
#include "exchange/importing.hpp"
#include "exchange/taxii_rules.hpp"
#include "exchange/unfinished_events.hpp"
#include "state/store.hpp"

namespace parley::exchange {

/// What became of the batches that were stored.
struct StoredCounts {
  std::uint64_t imported = 0;
  std::uint64_t unchanged = 0;
  std::array<std::uint64_t, 64> selectors{};  ///< of objects, by type number
  std::vector<ImportReject> rejects;
  std::array<std::uint64_t, 6> misp_events{};  ///< by what became of them
};

/// The second half of an import: batches into the store, one transaction each. It touches nothing that
/// reading a file does, so that both may go on at the same time.
class ImportStore {
 public:
  /// Both are borrowed.
  ImportStore(Node& node, const ImportOptions& options) : node_(node), options_(options) {}

  /// `name` is the source; the same name again is the same source.
  void begin_file(const std::string& name, const std::string& path);
  /// Nobody else writes to the store while this object is there: a commit waits for so many bytes.
  void set_commit_bytes(std::size_t bytes) { commit_bytes_ = bytes; }
  /// Stores what the batch holds, committed as `durability` says: at once, or when enough waits for it. The
  /// batch is used up but not cleared, so that whoever has time for it gives its memory back. `last`: nothing
  /// of the file follows.
  Result<void> store(ImportBatch& batch, state::Durability durability, bool last);
  /// Commits what still waits for it.
  Result<void> commit();
  /// Since the last call.
  StoredCounts take_counts() { return std::exchange(counts_, {}); }

 private:
  std::string case_label() const { return "open-case:" + options_.open_case; }
  Result<void> write(state::Transaction& transaction, ImportBatch& batch, bool last);
  Result<void> write_objects(state::Transaction& transaction, ImportBatch& batch);
  Result<void> write_values(state::Transaction& transaction, ImportBatch& batch);
  /// Keeps the MISP events of the batch whole, and takes the attributes of those out that are not taken.
  Result<void> keep_events(state::Transaction& transaction, ImportBatch& batch);
  Result<void> set_labels(state::Transaction& transaction, ImportBatch& batch,
                          std::vector<state::LabelSetId>& labels);
  Result<void> write_holdings(state::Transaction& transaction, ImportBatch& batch,
                              const std::vector<state::Outcome>& stored,
                              const std::vector<state::LabelSetId>& labels);
  Result<void> tell_objects(state::Transaction& transaction, const ImportBatch& batch,
                            const std::vector<state::Outcome>& stored);

  Node& node_;
  const ImportOptions& options_;
  StoredCounts counts_;
  std::unique_ptr<state::Transaction> open_;
  std::size_t open_bytes_ = 0;
  std::size_t commit_bytes_ = 0;
  ImportSightings sightings_;
  EventMarks marks_;
  state::SourceId source_;
  state::Source source_record_;
  std::optional<CollectionRules> rules_;  // of TAXII collections that this source may join
  std::uint64_t rules_of_ = 0;
  struct RefusedEvent {
    bool is_changed = false;  // else it is older than what is held
    std::string why;
  };
  std::map<std::string, RefusedEvent, std::less<>> refused_events_;  // of this file, by id
};

}  // namespace parley::exchange
