#include "exchange/import_store.hpp"

#include <algorithm>

#include "exchange/import_stix20.hpp"
#include "exchange/object_facts.hpp"
#include "state/content.hpp"

namespace parley::exchange {

namespace {

using intel::Selector;

/// What a value counts for among the bytes that a commit takes.
constexpr std::size_t bytes_of_a_value = 64;

/// Whether this very content is our own: a peer that sends it back must not make it look like the peer's, or
/// we could not pass it on any more. Another version or content under the id stays the peer's.
Result<bool> is_ours(const state::Reader& reader, const state::NewObject& object) {
  PARLEY_TRY(const std::vector<state::StoredObject> versions, reader.find_versions(object.id));
  return std::any_of(versions.begin(), versions.end(), [&](const state::StoredObject& version) {
    return version.version == object.version &&
           std::none_of(version.labels.begin(), version.labels.end(), is_received_label) &&
           state::same_content(version.raw, object.raw);
  });
}

}  // namespace

void ImportStore::begin_file(const std::string& name, const std::string& path) {
  source_ = state::SourceId();
  refused_events_.clear();
  source_record_ = {name, options_.received_from.empty() ? options_.source_kind : "peer", path, "",
                    node_.clock().now()};
}

Result<void> ImportStore::store(ImportBatch& batch, state::Durability durability, bool last) {
  if (!open_) {
    PARLEY_TRY(open_, node_.store().begin(durability));
  }
  const std::size_t bytes = batch.raw_bytes + batch.value_count * bytes_of_a_value;
  if (Result<void> written = write(*open_, batch, last); !written) {
    open_.reset();
    return written;
  }
  open_bytes_ += bytes;
  return open_bytes_ >= commit_bytes_ ? commit() : Result<void>{};
}

Result<void> ImportStore::commit() {
  open_bytes_ = 0;
  const std::unique_ptr<state::Transaction> whole = std::move(open_);
  return whole ? whole->commit() : Result<void>{};
}

Result<void> ImportStore::write(state::Transaction& transaction, ImportBatch& batch, bool last) {
  if (source_ == state::SourceId()) {
    PARLEY_TRY(source_, transaction.add_source(source_record_));
  }
  PARLEY_CHECK(keep_events(transaction, batch));
  PARLEY_CHECK(marks_.note(transaction, batch, source_record_, source_, options_, last));
  if (!batch.objects.empty()) PARLEY_CHECK(write_objects(transaction, batch));
  return batch.values.empty() ? Result<void>{} : write_values(transaction, batch);
}

Result<void> ImportStore::set_labels(state::Transaction& transaction, ImportBatch& batch,
                                     std::vector<state::LabelSetId>& labels) {
  const std::vector<std::string>* before = nullptr;  // most objects have the labels of the one before
  for (std::size_t i = 0; i < batch.objects.size(); ++i) {
    state::NewObject& object = batch.objects[i];
    WaitingObject& waiting = batch.waiting[i];
    if (before != nullptr && *before == waiting.labels) {
      object.labels = labels.back();
    } else {
      PARLEY_TRY(object.labels, transaction.add_labels(waiting.labels));
    }
    labels.push_back(object.labels);
    before = options_.received_from.empty() ? &waiting.labels : nullptr;  // below they may change
    if (!options_.received_from.empty()) {
      PARLEY_TRY(const bool ours, is_ours(transaction, object));
      object.received = !ours;
      if (ours) {
        std::erase_if(waiting.labels, is_received_label);
        PARLEY_TRY(object.labels, transaction.add_labels(waiting.labels));
      }
    }
    object.source = source_;
  }
  return {};
}

Result<void> ImportStore::write_objects(state::Transaction& transaction, ImportBatch& batch) {
  std::vector<state::LabelSetId> labels;  // of the holdings
  labels.reserve(batch.objects.size());
  PARLEY_CHECK(set_labels(transaction, batch, labels));
  PARLEY_TRY(const std::vector<state::Outcome> stored, transaction.put_objects(batch.objects));
  for (std::size_t i = 0; i < batch.objects.size(); ++i)
    if (!batch.waiting[i].original.empty() && stored[i].kind != state::Outcome::Kind::rejected)
      PARLEY_CHECK(keep_original(transaction, batch.objects[i].raw, batch.waiting[i].original));
  PARLEY_CHECK(tell_objects(transaction, batch, stored));
  PARLEY_CHECK(write_holdings(transaction, batch, stored, labels));
  return sightings_.note(transaction, batch, stored, source_, !options_.received_from.empty(),
                         node_.clock().now());
}

Result<void> ImportStore::write_holdings(state::Transaction& transaction, ImportBatch& batch,
                                         const std::vector<state::Outcome>& stored,
                                         const std::vector<state::LabelSetId>& labels) {
  const std::size_t count = batch.objects.size();
  std::vector<state::NewHolding> holdings;
  std::vector<std::size_t> owner;  // of each holding, the place in the batch
  holdings.reserve(count);
  owner.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (stored[i].kind == state::Outcome::Kind::rejected || stored[i].superseded) continue;
    WaitingObject& waiting = batch.waiting[i];
    for (Selector& selector : waiting.selectors) {
      ++counts_.selectors.at(static_cast<std::size_t>(selector.type));
      holdings.push_back({std::move(selector), stored[i].object, source_, batch.objects[i].marking, labels[i],
                          waiting.first_seen, waiting.last_seen, !options_.open_case.empty(),
                          waiting.unpublished, waiting.pap});
      owner.push_back(i);
    }
  }
  PARLEY_TRY(const std::vector<state::Outcome> held, transaction.put_holdings(holdings));
  std::vector<bool> changed(count, false);
  for (std::size_t h = 0; h < held.size(); ++h) {
    if (held[h].kind == state::Outcome::Kind::rejected)
      return fail(ErrorKind::internal, "the store refused a holding: " + held[h].why);
    if (held[h].kind == state::Outcome::Kind::imported) changed[owner[h]] = true;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const WaitingObject& waiting = batch.waiting[i];
    if (!waiting.counted || waiting.held_back) continue;
    if (stored[i].kind == state::Outcome::Kind::rejected)
      counts_.rejects.push_back({waiting.where, stored[i].why, {}});
    else if (stored[i].kind == state::Outcome::Kind::imported || changed[i])
      ++counts_.imported;
    else
      ++counts_.unchanged;
  }
  return {};
}

Result<void> ImportStore::tell_objects(state::Transaction& transaction, const ImportBatch& batch,
                                       const std::vector<state::Outcome>& stored) {
  // Also a rule that is made while a long import runs: what was stored before is found by its own walk.
  if (!rules_ || rules_of_ != node_.definitions()) {
    PARLEY_TRY(rules_, CollectionRules::load(transaction));
    rules_of_ = node_.definitions();
  }
  if (rules_->empty() && !options_.on_objects) return {};
  std::vector<ImportedObject> told;
  told.reserve(batch.objects.size());
  for (std::size_t i = 0; i < batch.objects.size(); ++i) {
    const WaitingObject& waiting = batch.waiting[i];
    told.push_back(
        {waiting.where, &batch.objects[i], &stored[i], &waiting.labels, waiting.spec20, waiting.created});
  }
  PARLEY_CHECK(rules_->join(transaction, source_record_, told, node_.clock().now()));
  return options_.on_objects ? options_.on_objects(transaction, source_record_, told) : Result<void>{};
}

Result<void> ImportStore::write_values(state::Transaction& transaction, ImportBatch& batch) {
  std::vector<std::string> names = options_.labels;
  if (!options_.open_case.empty()) names.push_back(case_label());
  if (!options_.received_from.empty()) names.push_back(received_label(options_.received_from));
  PARLEY_TRY(const state::LabelSetId labels, transaction.add_labels(names));
  for (auto& [group, values] : batch.values) {
    std::sort(values.begin(), values.end());
    const auto repeats = std::unique(values.begin(), values.end());
    counts_.unchanged += static_cast<std::uint64_t>(values.end() - repeats);
    values.erase(repeats, values.end());
    const state::HoldingBatch holdings{source_,
                                       group.marking,
                                       labels,
                                       Timestamp::from_microseconds(group.first_seen),
                                       Timestamp::from_microseconds(group.last_seen),
                                       !options_.open_case.empty(),
                                       options_.unpublished,
                                       group.pap};
    PARLEY_TRY(const state::LoadCounts counts, transaction.load_holdings(holdings, values));
    counts_.imported += counts.imported;
    counts_.unchanged += counts.unchanged;
  }
  return {};
}

}  // namespace parley::exchange
