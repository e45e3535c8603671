#pragma once

#include <functional>
#include <memory>
#include <string>

#include "state/upkeep.hpp"
#include "state_sqlite/sqlite_reader.hpp"
#include "state_sqlite/write_ahead.hpp"

namespace parley::state_sqlite {

/// What the store and its one transaction share.
struct Writer {
  Writer(std::unique_ptr<Connection> connection, std::string path, const Options& options)
      : session(std::move(connection)), write_ahead(std::move(path), options) {
    session.connection->watch_write_ahead();
  }
  Session session;
  WriteAhead write_ahead;
  bool busy = false;          ///< a transaction is open
  std::uint64_t changes = 0;  ///< commits that changed objects, holdings or members
  std::string poison;         ///< why the disk failed: nothing more until the store is opened again
};

/// The write transaction; begun by whoever makes it, rolled back here unless committed.
class SqliteTransaction final : public ReaderOver<state::Transaction> {
 public:
  explicit SqliteTransaction(Writer& writer) : ReaderOver(writer.session), writer_(writer) {
    writer_.busy = true;
  }
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;
  ~SqliteTransaction() override;

  Result<state::SourceId> add_source(const state::Source& source) override;
  Result<state::LabelSetId> add_labels(std::span<const std::string> labels) override;
  Result<std::vector<state::Outcome>> put_objects(std::span<const state::NewObject> objects,
                                                  state::Remarking remarking) override;
  Result<std::vector<state::Outcome>> put_holdings(std::span<const state::NewHolding> holdings,
                                                   state::Remarking remarking) override;
  Result<state::LoadCounts> load_holdings(const state::HoldingBatch& batch,
                                          std::span<const intel::Selector> sorted) override;
  Result<std::uint64_t> set_open_case(const intel::Selector& selector, bool open) override;
  Result<state::MemberCounts> add_members(std::string_view collection,
                                          std::span<const state::NewMember> members, Timestamp now) override;
  Result<std::uint64_t> erase_members(std::string_view collection, std::string_view id,
                                      const state::MemberFilter& filter) override;
  Result<state::DocumentVersion> put_document(state::DocumentKey key, BytesView body,
                                              state::DocumentVersion expected) override;
  Result<bool> erase_document(state::DocumentKey key) override;
  Result<std::int64_t> add_counter(std::string_view name, std::int64_t delta) override;
  state::MispEvents& misp_events_for_writing() override { return misp_events_; }
  state::Upkeep& upkeep() override { return upkeep_; }
  Result<void> commit() override;

 private:
  /// `state::Upkeep`, as a part of this transaction.
  class Upkeeping final : public state::Upkeep {
   public:
    explicit Upkeeping(SqliteTransaction& whole) : whole_(whole) {}
    Result<bool> index(std::size_t most) override;
    Result<void> forget_indexes() override;
    Result<std::uint64_t> put_sightings(std::span<const state::Sighting> sightings) override;
    Result<state::UpkeepCounts> retract(const intel::Selector& selector,
                                        std::optional<state::ObjectKey> object,
                                        std::optional<state::SourceId> source) override;
    Result<state::UpkeepCounts> end_object(std::string_view id, Timestamp at) override;
    Result<state::UpkeepCounts> erase_object(std::string_view id,
                                             std::optional<state::SourceId> source) override;

   private:
    /// Runs a write that takes something out.
    template <class Work>
    Result<state::UpkeepCounts> take_out(Work&& work);
    SqliteTransaction& whole_;
  };

  /// Runs a write; an internal failure may have left it half done, so nothing but a rollback may follow.
  template <class Work>
  auto guarded(Work&& work) -> decltype(work());
  /// Counts a write to objects or holdings that made a difference.
  Result<void> note_change(bool changed);

  Writer& writer_;
  Upkeeping upkeep_{*this};
  bool failed_ = false;
  bool done_ = false;
  bool changed_ = false;  ///< objects, holdings or members
};

}  // namespace parley::state_sqlite
