#include "state/watched.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace parley::state {

namespace {

Touch fold(std::uint64_t hash) {
  hash *= 0x9e3779b97f4a7c15;  // std::hash of a text may be weak in its low bits
  return static_cast<Touch>(hash >> 32);
}

/// Hands every question on to another reader.
template <class Base>
class Forwarding : public Base {
 public:
  explicit Forwarding(const Reader& asked) : asked_(&asked) {}

  Result<std::optional<StoredObject>> find_object(std::string_view id) const override {
    return asked_->find_object(id);
  }
  Result<std::vector<StoredObject>> find_versions(std::string_view id) const override {
    return asked_->find_versions(id);
  }
  Result<std::optional<StoredObject>> find_object(ObjectKey key) const override {
    return asked_->find_object(key);
  }
  Result<std::optional<ObjectKey>> find_key(std::string_view id) const override {
    return asked_->find_key(id);
  }
  Result<std::vector<StoredObject>> list_objects(std::string_view type, std::string_view after_id,
                                                 std::size_t limit) const override {
    return asked_->list_objects(type, after_id, limit);
  }
  Result<std::uint64_t> count_objects() const override { return asked_->count_objects(); }
  Result<std::vector<StoredReference>> references_from(std::string_view id) const override {
    return asked_->references_from(id);
  }
  Result<std::vector<StoredReference>> references_to(std::string_view id) const override {
    return asked_->references_to(id);
  }
  Result<std::vector<StoredHolding>> find_holdings(const intel::Selector& selector) const override {
    return asked_->find_holdings(selector);
  }
  Result<std::optional<SelectorSummary>> find_selector(const intel::Selector& selector) const override {
    return asked_->find_selector(selector);
  }
  Result<void> for_each_selector(std::span<const intel::SelectorType> types,
                                 const std::function<bool(const SelectorSummary&)>& visit,
                                 const intel::Selector* after) const override {
    return asked_->for_each_selector(types, visit, after);
  }
  Result<std::vector<SelectorCount>> count_selectors() const override { return asked_->count_selectors(); }
  Result<MemberPage> list_members(std::string_view collection, Timestamp after, const MemberFilter& filter,
                                  std::size_t limit) const override {
    return asked_->list_members(collection, after, filter, limit);
  }
  Result<std::uint64_t> count_members(std::string_view collection) const override {
    return asked_->count_members(collection);
  }
  Result<std::vector<StoredContent>> list_contents(ContentKey after, std::size_t limit) const override {
    return asked_->list_contents(after, limit);
  }
  Result<bool> append_content(ContentKey key, std::string& out) const override {
    return asked_->append_content(key, out);
  }
  Result<std::vector<std::size_t>> append_contents(std::span<const ContentKey> keys, std::string& out,
                                                   std::size_t max_bytes) const override {
    return asked_->append_contents(keys, out, max_bytes);
  }
  Result<std::optional<StoredSource>> find_source(SourceId id) const override {
    return asked_->find_source(id);
  }
  Result<std::vector<StoredSource>> list_sources() const override { return asked_->list_sources(); }
  Result<std::optional<Document>> get_document(DocumentKey key) const override {
    return asked_->get_document(key);
  }
  Result<std::vector<Document>> list_documents(std::string_view collection, std::string_view after_id,
                                               std::size_t limit) const override {
    return asked_->list_documents(collection, after_id, limit);
  }
  Result<std::int64_t> counter(std::string_view name) const override { return asked_->counter(name); }
  const Searching& searching() const override { return asked_->searching(); }
  const MispEvents& misp_events() const override { return asked_->misp_events(); }

 protected:
  const Reader* asked_;
};

/// What is asked by id or selector is noted so; contents never change under their key; everything else is
/// taken for everything.
class RecordingReader final : public Forwarding<Reader> {
 public:
  RecordingReader(const Reader& inner, Lookups& lookups) : Forwarding(inner), lookups_(&lookups) {}

  Result<std::optional<StoredObject>> find_object(std::string_view id) const override {
    lookups_->add(touch_of(id));
    return asked_->find_object(id);
  }
  Result<std::vector<StoredObject>> find_versions(std::string_view id) const override {
    lookups_->add(touch_of(id));
    return asked_->find_versions(id);
  }
  Result<std::optional<ObjectKey>> find_key(std::string_view id) const override {
    lookups_->add(touch_of(id));
    return asked_->find_key(id);
  }
  Result<std::vector<StoredReference>> references_from(std::string_view id) const override {
    lookups_->add(touch_of(id));
    return asked_->references_from(id);
  }
  Result<std::vector<StoredHolding>> find_holdings(const intel::Selector& selector) const override {
    lookups_->add(touch_of(selector));
    return asked_->find_holdings(selector);
  }
  Result<std::optional<SelectorSummary>> find_selector(const intel::Selector& selector) const override {
    lookups_->add(touch_of(selector));
    return asked_->find_selector(selector);
  }

  Result<std::optional<StoredObject>> find_object(ObjectKey key) const override {
    lookups_->add_everything();
    return asked_->find_object(key);
  }
  Result<std::vector<StoredObject>> list_objects(std::string_view type, std::string_view after_id,
                                                 std::size_t limit) const override {
    lookups_->add_everything();
    return asked_->list_objects(type, after_id, limit);
  }
  Result<std::uint64_t> count_objects() const override {
    lookups_->add_everything();
    return asked_->count_objects();
  }
  Result<std::vector<StoredReference>> references_to(std::string_view id) const override {
    lookups_->add_everything();
    return asked_->references_to(id);
  }
  Result<void> for_each_selector(std::span<const intel::SelectorType> types,
                                 const std::function<bool(const SelectorSummary&)>& visit,
                                 const intel::Selector* after) const override {
    lookups_->add_everything();
    return asked_->for_each_selector(types, visit, after);
  }
  Result<std::vector<SelectorCount>> count_selectors() const override {
    lookups_->add_everything();
    return asked_->count_selectors();
  }
  Result<MemberPage> list_members(std::string_view collection, Timestamp after, const MemberFilter& filter,
                                  std::size_t limit) const override {
    lookups_->add_everything();
    return asked_->list_members(collection, after, filter, limit);
  }
  Result<std::uint64_t> count_members(std::string_view collection) const override {
    lookups_->add_everything();
    return asked_->count_members(collection);
  }
  Result<std::vector<StoredContent>> list_contents(ContentKey after, std::size_t limit) const override {
    lookups_->add_everything();
    return asked_->list_contents(after, limit);
  }
  Result<std::optional<StoredSource>> find_source(SourceId id) const override {
    lookups_->add_everything();
    return asked_->find_source(id);
  }
  Result<std::vector<StoredSource>> list_sources() const override {
    lookups_->add_everything();
    return asked_->list_sources();
  }
  Result<std::optional<Document>> get_document(DocumentKey key) const override {
    lookups_->add_everything();
    return asked_->get_document(key);
  }
  Result<std::vector<Document>> list_documents(std::string_view collection, std::string_view after_id,
                                               std::size_t limit) const override {
    lookups_->add_everything();
    return asked_->list_documents(collection, after_id, limit);
  }
  Result<std::int64_t> counter(std::string_view name) const override {
    lookups_->add_everything();
    return asked_->counter(name);
  }
  const Searching& searching() const override {
    lookups_->add_everything();
    return asked_->searching();
  }
  const MispEvents& misp_events() const override {
    lookups_->add_everything();
    return asked_->misp_events();
  }

 private:
  Lookups* lookups_;
};

}  // namespace

/// Notes which objects and selectors are written. An object that was there before may lose holdings of
/// selectors that nobody names here, so its change is a change of everything.
class WatchedTransaction final : public Forwarding<Transaction> {
 public:
  WatchedTransaction(WatchedStore& store, std::unique_ptr<Transaction> inner)
      : Forwarding(*inner), store_(&store), inner_(std::move(inner)), from_(store.changes()) {
    if (!store.watched_) everything_ = true;
  }

  Result<SourceId> add_source(const Source& source) override { return inner_->add_source(source); }
  Result<LabelSetId> add_labels(std::span<const std::string> labels) override {
    return inner_->add_labels(labels);
  }
  Result<std::vector<Outcome>> put_objects(std::span<const NewObject> objects, Remarking remarking) override {
    std::vector<bool> was_there(objects.size(), true);
    for (std::size_t i = 0; i < objects.size() && is_noting(objects.size()); ++i) {
      PARLEY_TRY(const std::optional<ObjectKey> before, inner_->find_key(objects[i].id));
      was_there[i] = before.has_value();
    }
    PARLEY_TRY(std::vector<Outcome> out, inner_->put_objects(objects, remarking));
    for (std::size_t i = 0; i < out.size() && !everything_; ++i) {
      if (out[i].kind != Outcome::Kind::imported) continue;
      if (was_there[i])
        everything_ = true;
      else
        touched_.push_back(touch_of(objects[i].id));
    }
    return out;
  }
  Result<std::vector<Outcome>> put_holdings(std::span<const NewHolding> holdings,
                                            Remarking remarking) override {
    PARLEY_TRY(std::vector<Outcome> out, inner_->put_holdings(holdings, remarking));
    if (!is_noting(out.size())) return out;
    for (std::size_t i = 0; i < out.size(); ++i)
      if (out[i].kind == Outcome::Kind::imported) touched_.push_back(touch_of(holdings[i].selector));
    return out;
  }
  Result<LoadCounts> load_holdings(const HoldingBatch& batch,
                                   std::span<const intel::Selector> sorted) override {
    PARLEY_TRY(const LoadCounts out, inner_->load_holdings(batch, sorted));
    if (is_noting(sorted.size()))
      for (const intel::Selector& selector : sorted) touched_.push_back(touch_of(selector));
    return out;
  }
  Result<std::uint64_t> set_open_case(const intel::Selector& selector, bool open) override {
    if (is_noting(1)) touched_.push_back(touch_of(selector));
    return inner_->set_open_case(selector, open);
  }
  Result<MemberCounts> add_members(std::string_view collection, std::span<const NewMember> members,
                                   Timestamp now) override {
    return inner_->add_members(collection, members, now);
  }
  Result<std::uint64_t> erase_members(std::string_view collection, std::string_view id,
                                      const MemberFilter& filter) override {
    return inner_->erase_members(collection, id, filter);
  }
  Result<DocumentVersion> put_document(DocumentKey key, BytesView body, DocumentVersion expected) override {
    return inner_->put_document(key, body, expected);
  }
  Result<bool> erase_document(DocumentKey key) override { return inner_->erase_document(key); }
  Result<std::int64_t> add_counter(std::string_view name, std::int64_t delta) override {
    return inner_->add_counter(name, delta);
  }
  Upkeep& upkeep() override {
    everything_ = true;
    return inner_->upkeep();
  }
  MispEvents& misp_events_for_writing() override { return inner_->misp_events_for_writing(); }
  Result<void> commit() override {
    Result<void> done = inner_->commit();
    if (!done || store_->changes() == from_) return done;
    WatchedStore::Commit commit{from_, store_->changes(), std::nullopt};
    if (!everything_) {
      std::ranges::sort(touched_);
      touched_.erase(std::ranges::unique(touched_).begin(), touched_.end());
      commit.touched = std::move(touched_);
    }
    store_->note(std::move(commit));
    return done;
  }

 private:
  /// Whether `more` touches are worth noting.
  bool is_noting(std::size_t more) {
    if (touched_.size() + more > WatchedStore::max_touches) everything_ = true;
    if (everything_) touched_.clear();
    return !everything_;
  }

  WatchedStore* store_;
  std::unique_ptr<Transaction> inner_;
  std::uint64_t from_;
  std::vector<Touch> touched_;
  bool everything_ = false;
};

Touch touch_of(std::string_view id) {
  return fold(std::hash<std::string_view>()(id));
}

Touch touch_of(const intel::Selector& selector) {
  return fold(std::hash<intel::Selector>()(selector));
}

std::vector<Touch> Lookups::take() {
  std::ranges::sort(touches_);
  touches_.erase(std::ranges::unique(touches_).begin(), touches_.end());
  everything_ = false;
  return std::exchange(touches_, {});
}

std::unique_ptr<Reader> record_lookups(const Reader& inner, Lookups& lookups) {
  return std::make_unique<RecordingReader>(inner, lookups);
}

WatchedStore::WatchedStore(std::unique_ptr<Store> inner) : inner_(std::move(inner)) {}
WatchedStore::~WatchedStore() = default;

Result<std::unique_ptr<Transaction>> WatchedStore::begin(Durability durability) {
  PARLEY_TRY(std::unique_ptr<Transaction> inner, inner_->begin(durability));
  return std::make_unique<WatchedTransaction>(*this, std::move(inner));
}

void WatchedStore::note(Commit commit) {
  if (!watched_) return;
  if (!commits_.empty() && commits_.back().to != commit.from) {
    commits_.clear();
    touches_ = 0;
  }
  touches_ += commit.touched ? commit.touched->size() : 0;
  commits_.push_back(std::move(commit));
  while (commits_.size() > max_commits || touches_ > max_touches) {
    const Commit& oldest = commits_.front();
    touches_ -= oldest.touched ? oldest.touched->size() : 0;
    commits_.pop_front();
  }
}

std::optional<std::vector<Touch>> WatchedStore::touched_since(std::uint64_t changes) {
  watched_ = true;
  std::vector<Touch> out;
  if (changes == this->changes()) return out;
  const auto begin = std::ranges::find(commits_, changes, &Commit::from);
  if (begin == commits_.end() || commits_.back().to != this->changes()) return std::nullopt;
  for (auto at = begin; at != commits_.end(); ++at) {
    if (!at->touched) return std::nullopt;
    out.insert(out.end(), at->touched->begin(), at->touched->end());
  }
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

}  // namespace parley::state
