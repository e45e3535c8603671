#include "exchange/import_sightings.hpp"

#include <algorithm>
#include <utility>

#include "base/bytes.hpp"
#include "encoding/json.hpp"
#include "exchange/json_documents.hpp"
#include "intel/misp.hpp"
#include "intel/stix.hpp"
#include "misp/value.hpp"
#include "state/upkeep.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;
using intel::Selector;

constexpr std::string_view waiting_kind = "sightings_waiting";
constexpr std::string_view waiting_counter = "sightings_waiting";
constexpr std::uint64_t max_times = 1'000'000'000;
constexpr std::size_t max_observables = 1'000;  // of one observed-data

std::string text_of(const Json& json, std::string_view name) {
  Result<std::string> text = json.string_member(name);
  return text ? std::move(*text) : std::string();
}

/// The last of the times that are there.
std::optional<Timestamp> time_of(const Json& json) {
  for (const std::string_view name : {"last_seen", "first_seen", "modified", "created"})
    if (const Result<Timestamp> time = parse_time(text_of(json, name))) return *time;
  return std::nullopt;
}

/// What a sighting or an opinion is of; empty when it is none that counts.
std::string target_of(const Json& json, std::int64_t& kind) {
  const Json* const revoked = json.find("revoked");
  if (revoked != nullptr && revoked->if_bool() != nullptr && *revoked->if_bool()) return {};
  if (text_of(json, "type") == "sighting") {
    kind = 0;
    return text_of(json, "sighting_of_ref");
  }
  // misp-stix: MISP's false positive. Other opinions are opinions.
  if (text_of(json, "opinion") != "strongly-disagree" ||
      text_of(json, "explanation") != "False positive Sighting")
    return {};
  kind = 1;
  const auto list = json.array_member("object_refs");
  if (!list || (*list)->empty() || !(*list)->back().is_string()) return {};
  return *(*list)->back().if_string();
}

}  // namespace

Result<std::vector<Selector>> selectors_of_object(const state::Reader& reader, std::string_view id) {
  std::vector<Selector> out;
  PARLEY_TRY(const auto stored, reader.find_object(id));
  if (!stored) return out;
  if (stored->type == "x-misp-attribute") {
    intel::MispReader misp;
    if (auto read = misp.read_attribute(stored->raw)) return std::move(read->selectors);
    return out;
  }
  const Result<intel::StixObject> read = intel::read_stix_object(stored->raw);
  if (!read) return out;
  out = read->selectors;
  std::size_t looked_at = 0;
  if (read->type == "observed-data")
    for (const intel::StixReference& one : read->refs) {
      if (one.property != "object_refs" || ++looked_at > max_observables) continue;
      PARLEY_TRY(const auto part, reader.find_object(one.id));
      if (!part) continue;
      if (const Result<intel::StixObject> observable = intel::read_stix_object(part->raw))
        out.insert(out.end(), observable->selectors.begin(), observable->selectors.end());
    }
  return out;
}

Result<std::uint64_t> note_sighting(state::Transaction& transaction, state::SourceId source, bool received,
                                    std::int64_t kind, Timestamp at, Timestamp now, std::uint64_t times,
                                    std::span<const Selector> selectors) {
  if (kind < 0 || kind > 2 || (kind == 2 && received) || times == 0 || selectors.empty())
    return std::uint64_t{0};
  if (at.seconds() <= 0 || at.seconds() > now.seconds() + sighting_slack_seconds) return std::uint64_t{0};
  std::vector<state::Sighting> all;
  all.reserve(selectors.size());
  for (const Selector& selector : selectors)
    all.push_back({selector, at, static_cast<state::SightingKind>(kind), source, std::min(times, max_times)});
  return transaction.upkeep().put_sightings(all);
}

Result<void> ImportSightings::load_waiting(const state::Reader& reader) {
  if (loaded_) return {};
  loaded_ = true;
  PARLEY_TRY(const std::int64_t count, reader.counter(waiting_counter));
  std::string after;
  while (count > 0) {
    PARLEY_TRY(const auto page, reader.list_documents(waiting_kind, after, 1'000));
    if (page.empty()) break;
    for (const state::Document& one : page) waiting_.insert(one.id);
    after = page.back().id;
  }
  return {};
}

Result<void> ImportSightings::wait_for(state::Transaction& transaction, const std::string& target,
                                       std::string_view sighting) {
  const state::DocumentKey key{waiting_kind, target};
  PARLEY_TRY(const auto before, transaction.get_document(key));
  Json list = Json::array();
  if (before) {
    PARLEY_TRY(list, encoding::parse_json(as_text(before->body)));
    if (list.size() >= max_waiting_sightings) return {};
  } else {
    PARLEY_TRY(const std::int64_t count, transaction.counter(waiting_counter));
    if (count >= max_waiting_targets) return {};
    PARLEY_CHECK(transaction.add_counter(waiting_counter, 1));
  }
  list.push_back(std::string(sighting));
  PARLEY_CHECK(transaction.put_document(key, to_bytes(encoding::write_json(list)),
                                        before ? before->version : state::DocumentVersion(0)));
  waiting_.insert(target);
  return {};
}

Result<void> ImportSightings::note_stix(state::Transaction& transaction, std::string_view id,
                                        std::string_view raw, state::SourceId source, bool received,
                                        Timestamp now) {
  const Result<Json> json = encoding::parse_json(raw);
  if (!json) return {};
  std::int64_t kind = 0;
  const std::string target = target_of(*json, kind);
  const std::optional<Timestamp> at = time_of(*json);
  if (target.empty() || !intel::is_stix_id(target) || !at) return {};
  std::uint64_t times = 1;
  if (const auto count = json->uint_member("count")) times = *count;
  PARLEY_TRY(const std::vector<Selector> selectors, selectors_of_object(transaction, target));
  if (selectors.empty()) {
    PARLEY_TRY(const auto known, transaction.find_key(target));
    return known ? Result<void>{} : wait_for(transaction, target, id);
  }
  PARLEY_CHECK(note_sighting(transaction, source, received, kind, *at, now, times, selectors));
  return {};
}

/// The target of earlier sightings has come.
Result<void> ImportSightings::note_waiting(state::Transaction& transaction, const std::string& target,
                                           Timestamp now) {
  const state::DocumentKey key{waiting_kind, target};
  PARLEY_TRY(const auto document, transaction.get_document(key));
  waiting_.erase(target);
  if (!document) return {};
  PARLEY_TRY(const Json list, encoding::parse_json(as_text(document->body)));
  PARLEY_CHECK(transaction.erase_document(key));
  PARLEY_CHECK(transaction.add_counter(waiting_counter, -1));
  const Json::Array* const ids = list.if_array();
  if (ids == nullptr) return {};
  for (const Json& id : *ids) {
    if (!id.is_string()) continue;
    PARLEY_TRY(const auto sighting, transaction.find_object(*id.if_string()));
    if (!sighting) continue;
    PARLEY_CHECK(
        note_stix(transaction, sighting->id, sighting->raw, sighting->source, sighting->received, now));
  }
  return {};
}

Result<void> ImportSightings::note_attribute(state::Transaction& transaction, std::string_view raw,
                                             state::SourceId source, bool received, Timestamp now) {
  const Result<misp::Value> json = misp::parse_value(raw);
  if (!json) return {};
  const misp::Value::Array& list = json->elements("Sighting");
  if (list.empty() || json->flag("deleted")) return {};
  std::vector<std::string> warnings;
  const std::vector<Selector> selectors =
      intel::misp_selectors(json->text("type"), json->text("value"), warnings);
  for (const misp::Value& one : list) {
    const auto seconds = one.number("date_sighting");
    if (!seconds || *seconds < 0 || *seconds > now.seconds() + sighting_slack_seconds) continue;
    PARLEY_CHECK(note_sighting(transaction, source, received, one.number("type").value_or(0),
                               Timestamp::from_seconds(*seconds), now, 1, selectors));
  }
  return {};
}

Result<void> ImportSightings::note(state::Transaction& transaction, const ImportBatch& batch,
                                   std::span<const state::Outcome> stored, state::SourceId source,
                                   bool received, Timestamp now) {
  PARLEY_CHECK(load_waiting(transaction));
  for (std::size_t i = 0; i < batch.objects.size(); ++i) {
    const state::NewObject& object = batch.objects[i];
    if (stored[i].kind == state::Outcome::Kind::rejected) continue;
    if (object.type == "sighting" || object.type == "opinion")
      PARLEY_CHECK(note_stix(transaction, object.id, object.raw, source, received, now));
    else if (object.type == "x-misp-attribute" && object.raw.find("\"Sighting\"") != std::string::npos)
      PARLEY_CHECK(note_attribute(transaction, object.raw, source, received, now));
    if (!waiting_.empty() && waiting_.contains(object.id))
      PARLEY_CHECK(note_waiting(transaction, object.id, now));
  }
  return {};
}

}  // namespace parley::exchange
