#include "exchange/unfinished_events.hpp"

#include <algorithm>
#include <utility>

#include "base/bytes.hpp"
#include "encoding/json.hpp"
#include "exchange/json_documents.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::string_view marks = "misp_unfinished";  // documents, and how many
constexpr std::string_view event_prefix = "x-misp-event--";
constexpr std::size_t page = 1'000;
constexpr std::size_t attributes_a_batch = 4'000;

Result<void> erase_mark(state::Transaction& transaction, const std::string& key) {
  PARLEY_TRY(const bool was_there, transaction.erase_document({marks, key}));
  if (was_there) PARLEY_CHECK(transaction.add_counter(marks, -1));
  return {};
}

}  // namespace

Result<void> EventMarks::load(const state::Reader& reader) {
  if (loaded_) return {};
  loaded_ = true;
  PARLEY_TRY(const std::int64_t count, reader.counter(marks));
  std::string after;
  while (count > 0) {
    PARLEY_TRY(const auto found, reader.list_documents(marks, after, page));
    if (found.empty()) break;
    for (const state::Document& one : found) known_.insert(one.id);
    after = found.back().id;
  }
  return {};
}

Result<void> EventMarks::put(state::Transaction& transaction, const std::string& key,
                             const state::Source& source, const ImportOptions& options,
                             std::string_view event, state::SourceId id) {
  if (!known_.insert(key).second) return {};
  const Json body =
      Json::object({{"event", std::string(event)},
                    {"source", id.value()},
                    {"name", source.name},
                    {"path", source.path},
                    {"kind", options.source_kind},
                    {"received_from", options.received_from},
                    {"tlp", options.tlp ? std::string(intel::tlp_name(*options.tlp)) : std::string()},
                    {"open_case", options.open_case},
                    {"unpublished", options.unpublished},
                    {"published", options.published}});
  PARLEY_CHECK(transaction.put_document({marks, key}, to_bytes(encoding::write_json(body)),
                                        state::DocumentVersion(0)));
  PARLEY_CHECK(transaction.add_counter(marks, 1));
  return {};
}

Result<void> EventMarks::erase(state::Transaction& transaction, const std::string& key) {
  if (known_.erase(key) == 0) return {};
  return erase_mark(transaction, key);
}

Result<void> EventMarks::note(state::Transaction& transaction, const ImportBatch& batch,
                              const state::Source& source, state::SourceId id, const ImportOptions& options,
                              bool last) {
  PARLEY_CHECK(load(transaction));
  const std::string suffix = " " + std::to_string(id.value());
  std::string latest;
  for (const state::NewObject& object : batch.objects) {
    if (object.type != "x-misp-event" || !object.id.starts_with(event_prefix)) continue;
    // The one before it is complete.
    if (!open_.empty()) PARLEY_CHECK(erase(transaction, std::exchange(open_, {})));
    latest = object.id.substr(event_prefix.size());
    open_ = latest + suffix;
  }
  if (last) {
    if (!open_.empty()) PARLEY_CHECK(erase(transaction, std::exchange(open_, {})));
    return {};
  }
  return latest.empty() ? Result<void>{} : put(transaction, open_, source, options, latest, id);
}

UnfinishedEvents::UnfinishedEvents(Node& node, const intel::WarninglistSet& warninglists)
    : node_(node), warninglists_(warninglists) {}
UnfinishedEvents::~UnfinishedEvents() = default;

Result<bool> UnfinishedEvents::any(Node& node) {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(const std::int64_t count, reader->counter(marks));
  return count > 0;
}

Result<bool> UnfinishedEvents::step() {
  if (!import_) {
    PARLEY_TRY(const bool more, begin_next());
    return !more;
  }
  PARLEY_TRY(const bool all, import_->go_on());
  if (!all) return false;
  PARLEY_CHECK(import_->end_file());
  PARLEY_TRY(const ImportReport report, import_->finish());
  import_.reset();
  ++finished_;
  PARLEY_CHECK(state::write(node_.store(), state::Durability::synced,
                            [&](state::Transaction& transaction) { return erase_mark(transaction, key_); }));
  return false;
}

/// Whether there is one to go on with.
Result<bool> UnfinishedEvents::begin_next() {
  PARLEY_TRY(const auto reader, node_.store().snapshot());
  PARLEY_TRY(const auto found, reader->list_documents(marks, key_, 1));
  if (found.empty()) return false;
  key_ = found.front().id;
  PARLEY_TRY(const Json json, encoding::parse_json(as_text(found.front().body)));
  PARLEY_TRY(const std::string event, json.string_member("event"));
  PARLEY_TRY(const std::int64_t source, json.int_member("source"));
  PARLEY_TRY(const std::string name, json.string_member("name"));
  PARLEY_TRY(const std::string path, json.string_member("path"));
  PARLEY_TRY(const std::string tlp, json.string_member("tlp"));
  ImportOptions options;
  options.format = intel::InputFormat::misp;
  PARLEY_TRY(options.source_kind, json.string_member("kind"));
  PARLEY_TRY(options.received_from, json.string_member("received_from"));
  PARLEY_TRY(options.open_case, json.string_member("open_case"));
  PARLEY_TRY(options.unpublished, json.bool_member("unpublished"));
  PARLEY_TRY(options.published, json.bool_member("published"));
  if (!tlp.empty()) options.tlp = intel::parse_tlp(tlp);
  PARLEY_TRY(auto held,
             reader->misp_events().find_of(event, state::SourceId(source), !options.received_from.empty()));
  if (!held) {  // it was never kept whole, or is gone
    PARLEY_CHECK(state::write(node_.store(), state::Durability::synced, [&](state::Transaction& transaction) {
      return erase_mark(transaction, key_);
    }));
    return true;
  }
  options.in_turns = true;
  options.batch_objects = attributes_a_batch;
  import_ = std::make_unique<Import>(node_, std::move(options), warninglists_, nullptr);
  PARLEY_CHECK(import_->begin_file(name, path));
  PARLEY_CHECK(import_->feed(as_bytes(held->content)));
  return true;
}

}  // namespace parley::exchange
