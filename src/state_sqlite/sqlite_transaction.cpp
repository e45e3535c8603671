#include "state_sqlite/sqlite_transaction.hpp"

#include <algorithm>

#include "state_sqlite/contents_index.hpp"
#include "state_sqlite/erasure.hpp"
#include "state_sqlite/places.hpp"

namespace parley::state_sqlite {

template <class Work>
auto SqliteTransaction::guarded(Work&& work) -> decltype(work()) {
  if (failed_ || done_)
    return fail(ErrorKind::conflict, "the transaction is over: it failed or was committed; begin another");
  auto result = work();
  if (!result && result.error().kind == ErrorKind::internal) failed_ = true;
  return result;
}

SqliteTransaction::~SqliteTransaction() {
  if (done_) return;
  session_.forget();
  if (session_.connection->in_transaction())
    if (const auto undone = session_.connection->execute("ROLLBACK"); !undone)
      writer_.poison = undone.error().message;
  writer_.busy = false;
}

Result<void> SqliteTransaction::commit() {
  return guarded([&]() -> Result<void> {
    Result<void> committed = writer_.write_ahead.check();
    if (committed) committed = session_.connection->execute("COMMIT");
    if (committed) {
      done_ = true;
      writer_.busy = false;
      if (changed_) ++writer_.changes;
      // When copying fails, this commit is none the worse: if it was to be synced, it is.
      if (const auto copied = writer_.write_ahead.after_commit(*session_.connection); !copied)
        writer_.poison = copied.error().message;
      return committed;
    }
    // Whether the frames reached the disk is unknown, and what the kernel shows of them proves nothing:
    // a later commit behind them could be lost with them.
    failed_ = true;
    writer_.poison = committed.error().message;
    return committed;
  });
}

Result<state::SourceId> SqliteTransaction::add_source(const state::Source& source) {
  return guarded([&] { return state_sqlite::add_source(session_, source); });
}
Result<state::LabelSetId> SqliteTransaction::add_labels(std::span<const std::string> labels) {
  return guarded([&] { return state_sqlite::add_labels(session_, labels); });
}
Result<void> SqliteTransaction::note_change(bool changed) {
  if (!changed) return {};
  changed_ = true;
  PARLEY_CHECK(state_sqlite::add_counter(session_, state::holdings_changes_counter, 1));
  return {};
}

namespace {
bool any_stored(const std::vector<state::Outcome>& outcomes) {
  return std::ranges::any_of(
      outcomes, [](const state::Outcome& one) { return one.kind == state::Outcome::Kind::imported; });
}
}  // namespace

Result<std::vector<state::Outcome>> SqliteTransaction::put_objects(std::span<const state::NewObject> objects,
                                                                   state::Remarking remarking) {
  return guarded([&]() -> Result<std::vector<state::Outcome>> {
    PARLEY_TRY(auto outcomes, state_sqlite::put_objects(session_, objects, remarking));
    PARLEY_CHECK(note_change(any_stored(outcomes)));
    return outcomes;
  });
}
Result<std::vector<state::Outcome>> SqliteTransaction::put_holdings(
    std::span<const state::NewHolding> holdings, state::Remarking remarking) {
  return guarded([&]() -> Result<std::vector<state::Outcome>> {
    PARLEY_TRY(auto outcomes, state_sqlite::put_holdings(session_, holdings, remarking));
    PARLEY_CHECK(note_change(any_stored(outcomes)));
    return outcomes;
  });
}
Result<state::LoadCounts> SqliteTransaction::load_holdings(const state::HoldingBatch& batch,
                                                           std::span<const intel::Selector> sorted) {
  return guarded([&]() -> Result<state::LoadCounts> {
    PARLEY_TRY(const state::LoadCounts counts, state_sqlite::load_holdings(session_, batch, sorted));
    PARLEY_CHECK(note_change(counts.imported > 0));
    return counts;
  });
}
Result<std::uint64_t> SqliteTransaction::set_open_case(const intel::Selector& selector, bool open) {
  return guarded([&]() -> Result<std::uint64_t> {
    PARLEY_TRY(const std::uint64_t changed, state_sqlite::set_open_case(session_, selector, open));
    PARLEY_CHECK(note_change(changed > 0));
    return changed;
  });
}
Result<state::MemberCounts> SqliteTransaction::add_members(std::string_view collection,
                                                           std::span<const state::NewMember> members,
                                                           Timestamp now) {
  return guarded([&]() -> Result<state::MemberCounts> {
    PARLEY_TRY(const state::MemberCounts counts,
               state_sqlite::add_members(session_, collection, members, now));
    changed_ = changed_ || counts.added > 0;
    return counts;
  });
}
Result<std::uint64_t> SqliteTransaction::erase_members(std::string_view collection, std::string_view id,
                                                       const state::MemberFilter& filter) {
  return guarded([&]() -> Result<std::uint64_t> {
    PARLEY_TRY(const std::uint64_t erased, state_sqlite::erase_members(session_, collection, id, filter));
    changed_ = changed_ || erased > 0;
    return erased;
  });
}
Result<state::DocumentVersion> SqliteTransaction::put_document(state::DocumentKey key, BytesView body,
                                                               state::DocumentVersion expected) {
  return guarded([&] { return state_sqlite::put_document(session_, key, body, expected); });
}
Result<bool> SqliteTransaction::erase_document(state::DocumentKey key) {
  return guarded([&] { return state_sqlite::erase_document(session_, key); });
}
Result<std::int64_t> SqliteTransaction::add_counter(std::string_view name, std::int64_t delta) {
  return guarded([&] { return state_sqlite::add_counter(session_, name, delta); });
}

Result<bool> SqliteTransaction::Upkeeping::index(std::size_t most) {
  return whole_.guarded([&]() -> Result<bool> {
    PARLEY_TRY(const bool more_contents, index_contents(whole_.session_, most));
    PARLEY_TRY(const bool more_places, index_places(whole_.session_, most));
    return more_contents || more_places;
  });
}
Result<void> SqliteTransaction::Upkeeping::forget_indexes() {
  return whole_.guarded([&]() -> Result<void> {
    PARLEY_CHECK(forget_contents(whole_.session_));
    return forget_places(whole_.session_);
  });
}
Result<std::uint64_t> SqliteTransaction::Upkeeping::put_sightings(
    std::span<const state::Sighting> sightings) {
  return whole_.guarded([&]() -> Result<std::uint64_t> {
    PARLEY_TRY(const SightingCounts counts, state_sqlite::put_sightings(whole_.session_, sightings));
    PARLEY_CHECK(whole_.note_change(counts.holdings > 0));
    return counts.changed;
  });
}
template <class Work>
Result<state::UpkeepCounts> SqliteTransaction::Upkeeping::take_out(Work&& work) {
  return whole_.guarded([&]() -> Result<state::UpkeepCounts> {
    PARLEY_TRY(const state::UpkeepCounts counts, work());
    PARLEY_CHECK(whole_.note_change(counts.objects + counts.contents + counts.holdings + counts.members > 0));
    return counts;
  });
}
Result<state::UpkeepCounts> SqliteTransaction::Upkeeping::retract(const intel::Selector& selector,
                                                                  std::optional<state::ObjectKey> object,
                                                                  std::optional<state::SourceId> source) {
  return take_out([&] { return state_sqlite::retract(whole_.session_, selector, object, source); });
}
Result<state::UpkeepCounts> SqliteTransaction::Upkeeping::end_object(std::string_view id, Timestamp at) {
  return take_out([&] { return state_sqlite::end_object(whole_.session_, id, at); });
}
Result<state::UpkeepCounts> SqliteTransaction::Upkeeping::erase_object(
    std::string_view id, std::optional<state::SourceId> source) {
  return take_out([&] { return state_sqlite::erase_object(whole_.session_, id, source); });
}

}  // namespace parley::state_sqlite
