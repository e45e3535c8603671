#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "intel/selector.hpp"
#include "state/document.hpp"
#include "state/holding.hpp"
#include "state/limits.hpp"
#include "state/member.hpp"
#include "state/misp_event.hpp"
#include "state/object.hpp"
#include "state/source.hpp"

namespace parley::state {

class Searching;  // state/search.hpp
class Upkeep;     // state/upkeep.hpp

/// What a committed transaction is worth.
enum class Durability : std::uint8_t {
  synced,    ///< `commit` returned: it survives a power cut, and so does everything committed before it
  buffered,  ///< for bulk work: a crash may lose whole transactions from the end, never a part of one
};

/// What became of one item of a batch.
struct Outcome {
  enum class Kind : std::uint8_t {
    imported,   ///< new, or it changed what was there (times widened, marking, labels, open case)
    unchanged,  ///< there already, the same in every respect
    rejected,   ///< not stored; `why` says it
  };
  Kind kind = Kind::imported;
  ObjectKey object;  ///< of `put_objects`, unless rejected: what a holding of the object names
  std::string why;
  /// Of `put_objects`: it holds nothing, since a newer version says something else, or since it has ended
  /// (`Upkeep::end_object`).
  bool superseded = false;
};

/// Counts of the bulk path: every selector of the batch is one or the other.
struct LoadCounts {
  std::uint64_t imported = 0;
  std::uint64_t unchanged = 0;
};

/// The counter that goes up whenever objects or holdings changed, whoever wrote them: whoever keeps something
/// that was made from them sees by it whether to look again.
inline constexpr std::string_view holdings_changes_counter = "holdings/changes";

/// What can be read, from a snapshot that never changes or inside a transaction, which sees its own writes.
/// Every call is O(log n) in what is stored plus what it returns, unless it says otherwise. `internal`: the
/// disk failed or the file is damaged.
class Reader {
 public:
  virtual ~Reader() = default;

  /// The latest version of an object, or nothing. Where several contents stand under one version, our own
  /// comes before those of peers, and the first that came before later ones.
  virtual Result<std::optional<StoredObject>> find_object(std::string_view id) const = 0;
  /// All versions with all their contents, oldest first, what `find_object` gives last.
  virtual Result<std::vector<StoredObject>> find_versions(std::string_view id) const = 0;
  virtual Result<std::optional<StoredObject>> find_object(ObjectKey key) const = 0;
  /// The key of an object whatever its version, or nothing.
  virtual Result<std::optional<ObjectKey>> find_key(std::string_view id) const = 0;
  /// The latest versions of the objects of a type, in a fixed order of their ids, those after `after_id`
  /// (empty: from the start; it need not exist), at most `limit` (<= max_page).
  virtual Result<std::vector<StoredObject>> list_objects(std::string_view type, std::string_view after_id,
                                                         std::size_t limit) const = 0;
  /// Number of objects, versions not counted; linear.
  virtual Result<std::uint64_t> count_objects() const = 0;

  /// The references of every version of an object, and those of every stored version that point to it
  /// (sorted).
  virtual Result<std::vector<StoredReference>> references_from(std::string_view id) const = 0;
  virtual Result<std::vector<StoredReference>> references_to(std::string_view id) const = 0;

  /// The holdings of a selector, in the order of object and source.
  virtual Result<std::vector<StoredHolding>> find_holdings(const intel::Selector& selector) const = 0;
  /// Whether any holding has the selector, and over all of them.
  virtual Result<std::optional<SelectorSummary>> find_selector(const intel::Selector& selector) const = 0;
  /// Calls `visit` for every selector of the types, ordered by (type number, value bytes); `visit` returns
  /// false to stop. The summary is reused from call to call. `visit` must not write to the store. With
  /// `after` only what comes behind that selector, which need not exist: how a long walk is cut into turns.
  virtual Result<void> for_each_selector(std::span<const intel::SelectorType> types,
                                         const std::function<bool(const SelectorSummary&)>& visit,
                                         const intel::Selector* after = nullptr) const = 0;
  /// Per type that has holdings, in the order of type numbers; linear in the holdings.
  virtual Result<std::vector<SelectorCount>> count_selectors() const = 0;

  /// Members of a collection behind `after`, at most `limit` (<= max_page), in O(lists log n + page) for any
  /// filter; with exact versions beside other fields a page may end early with `more`.
  virtual Result<MemberPage> list_members(std::string_view collection, Timestamp after,
                                          const MemberFilter& filter, std::size_t limit) const = 0;
  /// All members, old versions included; O(log n).
  virtual Result<std::uint64_t> count_members(std::string_view collection) const = 0;
  /// All contents of all versions by rising key, those behind `after`, at most `limit` (<= max_page).
  virtual Result<std::vector<StoredContent>> list_contents(ContentKey after, std::size_t limit) const = 0;
  /// Adds the bytes of a content as they were read; false when there is none.
  virtual Result<bool> append_content(ContentKey key, std::string& out) const = 0;
  /// The same for several, in their order; gives where each ends in `out`. They must be there. Ends early
  /// behind the one with which it has added `max_bytes` or more, so that memory stays bounded whatever is
  /// stored. Keys that rise and lie close together cost less than each alone.
  virtual Result<std::vector<std::size_t>> append_contents(std::span<const ContentKey> keys, std::string& out,
                                                           std::size_t max_bytes) const = 0;

  virtual Result<std::optional<StoredSource>> find_source(SourceId id) const = 0;
  virtual Result<std::vector<StoredSource>> list_sources() const = 0;

  virtual Result<std::optional<Document>> get_document(DocumentKey key) const = 0;
  /// The documents of a collection by id (byte order), those after `after_id`, at most `limit` (<= max_page).
  virtual Result<std::vector<Document>> list_documents(std::string_view collection, std::string_view after_id,
                                                       std::size_t limit) const = 0;
  /// 0 when it was never added to.
  virtual Result<std::int64_t> counter(std::string_view name) const = 0;

  /// What only search asks; lives as long as this.
  virtual const Searching& searching() const = 0;

  /// MISP events, kept whole; lives as long as this.
  virtual const MispEvents& misp_events() const = 0;
};

/// The one writer. Rolled back when it is destroyed without `commit`. A call that fails with `bad_input`,
/// `not_found` or `conflict` changed nothing and the transaction goes on; after `internal` it can only be
/// dropped. Batches hold at most `max_batch` items, else `bad_input`.
class Transaction : public Reader {
 public:
  /// Finds the source of that (kind, name) or makes it, and notes the import.
  virtual Result<SourceId> add_source(const Source& source) = 0;
  /// The id of a set of labels; order and repeats do not matter.
  virtual Result<LabelSetId> add_labels(std::span<const std::string> labels) = 0;

  /// Stores versions of objects. One that is there with the same content is unchanged (the same bytes, or
  /// the same JSON value), but for a marking that changes as `remarking` says. The same id and version with
  /// other content is rejected as a colliding id, and the first one stays, unless it comes from elsewhere:
  /// our own content, and that of each peer (`received`), stand beside each other under one version. So does
  /// the content of each source where the type has no versions (observables: a deterministic id is
  /// everybody's; not marking definitions). Versions are the same when their moments are. A newer version
  /// takes out what the one before holds (of its source, or of all our own sources when it is our own) and it
  /// does not say itself; a case that is open keeps it.
  virtual Result<std::vector<Outcome>> put_objects(std::span<const NewObject> objects,
                                                   Remarking remarking = Remarking::keep_strictest) = 0;

  /// Stores holdings. One that is there (same selector, object and source) takes the earlier first and the
  /// later last time, keeps an open case open, takes `unpublished` as its source says it now, and treats
  /// marking, PAP and labels as `remarking` says; it is unchanged when nothing of that made a difference.
  virtual Result<std::vector<Outcome>> put_holdings(std::span<const NewHolding> holdings,
                                                    Remarking remarking = Remarking::keep_strictest) = 0;
  /// The same for many selectors of one source without objects; sorted by (type, value), else `bad_input`.
  virtual Result<LoadCounts> load_holdings(const HoldingBatch& batch,
                                           std::span<const intel::Selector> sorted) = 0;
  /// Opens or closes the case on every holding of a selector; returns how many changed.
  virtual Result<std::uint64_t> set_open_case(const intel::Selector& selector, bool open) = 0;

  /// Puts stored versions into a collection (a name of at most `max_collection_bytes`, made on demand). Each
  /// gets a date added of its own, `now` or later, above all that the collection ever gave. The content of a
  /// version is the one that `find_object` prefers; when that is another than at the last time, the member is
  /// there anew.
  virtual Result<MemberCounts> add_members(std::string_view collection, std::span<const NewMember> members,
                                           Timestamp now) = 0;
  /// Takes those members of an object out that the filter wants (its ids and types are not looked at); the
  /// object stays in the store. Returns how many there were.
  virtual Result<std::uint64_t> erase_members(std::string_view collection, std::string_view id,
                                              const MemberFilter& filter) = 0;

  /// Writes a document if its version is still the expected one (0: it must not exist) and returns the new
  /// version; `conflict` when it is another.
  virtual Result<DocumentVersion> put_document(DocumentKey key, BytesView body, DocumentVersion expected) = 0;
  /// Whether there was one. A document made anew under the same id starts at version 1 again.
  virtual Result<bool> erase_document(DocumentKey key) = 0;

  /// Adds to a counter and returns its new value; `bad_input` on overflow.
  virtual Result<std::int64_t> add_counter(std::string_view name, std::int64_t delta) = 0;

  /// Indexes, sightings, expiry and erasure; lives as long as this.
  virtual Upkeep& upkeep() = 0;

  /// The same, for writing.
  virtual MispEvents& misp_events_for_writing() = 0;

  /// Commits with the durability that the transaction began with; only then is anything acknowledged.
  /// After a failure the store refuses every later transaction until it is opened again.
  virtual Result<void> commit() = 0;
};

/// The records of a node: everything but the ledger's truth. Owned by one process.
///
/// Crash story: a transaction is there after a crash wholly or not at all; see `Durability`. A failed sync
/// poisons the store (`conflict` from then on): the way on is to open it again.
///
/// One thread at a time; a snapshot may be used on another thread than the store.
class Store {
 public:
  virtual ~Store() = default;
  /// Begins the write transaction; `conflict` while another one is open.
  virtual Result<std::unique_ptr<Transaction>> begin(Durability durability) = 0;
  /// What is committed now, unchanged for as long as the snapshot lives (which keeps old pages on the disk:
  /// keep it short). Must not outlive the store.
  virtual Result<std::unique_ptr<Reader>> snapshot() const = 0;
  /// Goes up with every commit that changed objects, holdings or members; from 0 when the store was opened.
  virtual std::uint64_t changes() const = 0;
};

/// Runs `work(Transaction&)` (a Result<void>) and commits when it succeeds.
template <class Work>
Result<void> write(Store& store, Durability durability, Work&& work) {
  PARLEY_TRY(std::unique_ptr<Transaction> transaction, store.begin(durability));
  PARLEY_CHECK(work(*transaction));
  return transaction->commit();
}

}  // namespace parley::state
