#include <algorithm>

#include "exchange/import_store.hpp"
#include "exchange/misp_events.hpp"

namespace parley::exchange {

namespace {

/// The event that an attribute is part of; empty for anything else.
std::string_view event_of(const state::NewObject& object) {
  for (const state::Reference& reference : object.references)
    if (reference.property == "event_ref") return reference.target;
  return {};
}

}  // namespace

/// Events come before their attributes, perhaps in an earlier batch.
Result<void> ImportStore::keep_events(state::Transaction& transaction, ImportBatch& batch) {
  for (std::size_t i = 0; i < batch.objects.size(); ++i) {
    WaitingObject& waiting = batch.waiting[i];
    if (waiting.document.empty()) continue;
    PARLEY_TRY(MispEventOutcome outcome,
               store_misp_event(transaction, source_, !options_.received_from.empty(), waiting.document));
    waiting.document = std::string();
    ++counts_.misp_events.at(static_cast<std::size_t>(outcome.fate));
    const bool taken = outcome.fate != MispEventFate::older && outcome.fate != MispEventFate::changed;
    if (taken)
      refused_events_.erase(batch.objects[i].id);
    else
      refused_events_[batch.objects[i].id] = {outcome.fate == MispEventFate::changed, std::move(outcome.why)};
  }
  if (refused_events_.empty()) return {};
  std::size_t kept = 0;
  for (std::size_t i = 0; i < batch.objects.size(); ++i) {
    const WaitingObject& waiting = batch.waiting[i];
    const std::string& id = batch.objects[i].id;
    const auto refused = refused_events_.find(id.starts_with("x-misp-event--") ? std::string_view(id)
                                                                               : event_of(batch.objects[i]));
    if (refused == refused_events_.end()) {
      if (kept != i) {
        batch.objects[kept] = std::move(batch.objects[i]);
        batch.waiting[kept] = std::move(batch.waiting[i]);
      }
      ++kept;
      continue;
    }
    if (!waiting.counted || waiting.held_back) continue;
    if (refused->second.is_changed)
      counts_.rejects.push_back({waiting.where, refused->second.why, {}});
    else
      ++counts_.unchanged;
  }
  batch.objects.resize(kept);
  batch.waiting.resize(kept);
  return {};
}

}  // namespace parley::exchange
