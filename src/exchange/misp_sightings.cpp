#include "exchange/misp_sightings.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/ascii.hpp"
#include "exchange/import_sightings.hpp"
#include "exchange/json_documents.hpp"
#include "exchange/taxii_book.hpp"
#include "misp_sync/target.hpp"
#include "state/store.hpp"
#include "taxii/identifier.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;
using misp::lower;
using misp::Value;

constexpr std::string_view kind = "misp_sightings";
constexpr std::size_t max_source_text = 255;

Json write(const MispSighting& one) {
  return Json::object({{"uuid", one.uuid},
                       {"attribute", one.attribute},
                       {"type", one.type},
                       {"time", one.time},
                       {"source", one.source},
                       {"caller", one.caller}});
}

Result<MispSighting> read(const Json& json) {
  MispSighting out;
  PARLEY_TRY(out.uuid, json.string_member("uuid"));
  PARLEY_TRY(out.attribute, json.string_member("attribute"));
  PARLEY_TRY(out.type, json.int_member("type"));
  PARLEY_TRY(out.time, json.int_member("time"));
  PARLEY_TRY(out.source, json.string_member("source"));
  PARLEY_TRY(out.caller, json.string_member("caller"));
  return out;
}

/// Into the table that decay and expiry read, as what the callers say.
Result<void> note_values(state::Transaction& transaction, Timestamp now,
                         const std::vector<MispSighting>& sightings) {
  for (const MispSighting& one : sightings) {
    state::Source giver;
    giver.name = caller_origin(one.caller);
    giver.kind = "peer";
    giver.imported_at = now;
    PARLEY_TRY(const state::SourceId source, transaction.add_source(giver));
    PARLEY_TRY(const auto selectors, selectors_of_object(transaction, "x-misp-attribute--" + one.attribute));
    PARLEY_CHECK(note_sighting(transaction, source, true, one.type, Timestamp::from_seconds(one.time), now, 1,
                               selectors));
  }
  return {};
}

}  // namespace

Value MispSighting::to_json(std::string_view event) const {
  // Who told it stays here: members of a community are not shown to others.
  Value out = Value::object();
  out.set("uuid", uuid);
  out.set("attribute_uuid", attribute);
  out.set("event_uuid", event);
  out.set("date_sighting", std::to_string(time));
  out.set("type", std::to_string(type));
  return out;
}

Result<MispSightings> MispSightings::load(const state::Reader& reader, std::string_view event) {
  MispSightings out;
  const std::string id = lower(event);
  PARLEY_TRY(const auto document, reader.get_document({kind, id}));
  if (!document) return out;
  PARLEY_TRY(const Json json, encoding::parse_json(as_text(document->body)));
  PARLEY_TRY(out.latest, json.int_member("latest"));
  PARLEY_TRY(const Json::Array* list, json.array_member("sightings"));
  for (const Json& one : *list) {
    PARLEY_TRY(MispSighting sighting, read(one));
    out.all.push_back(std::move(sighting));
  }
  return out;
}

Result<std::size_t> MispSightings::add(Node& node, std::string_view event,
                                       std::vector<MispSighting> sightings) {
  std::size_t added = 0;
  const std::string id = lower(event);
  const auto work = [&](state::Transaction& transaction) -> Result<void> {
    PARLEY_TRY(MispSightings held, load(transaction, id));
    std::set<std::string> known;
    for (const MispSighting& one : held.all) known.insert(one.uuid);
    std::vector<MispSighting> fresh;
    for (MispSighting& one : sightings) {
      if (!known.insert(one.uuid).second) continue;
      // The latest word of a caller that a value is over takes the place of its earlier ones.
      if (one.type == 2)
        std::erase_if(held.all, [&](const MispSighting& old) {
          return old.type == 2 && old.caller == one.caller && old.attribute == one.attribute;
        });
      held.all.push_back(one);
      fresh.push_back(std::move(one));
      ++added;
    }
    if (added == 0) return {};
    if (held.all.size() > max_sightings)
      return fail(ErrorKind::bad_input, "the event has as many sightings as are kept of one");
    PARLEY_CHECK(note_values(transaction, node.clock().now(), fresh));
    held.latest = std::max(held.latest + 1, node.clock().now().seconds());
    Json list = Json::array();
    for (const MispSighting& one : held.all) list.push_back(write(one));
    const Json body = Json::object({{"latest", held.latest}, {"sightings", std::move(list)}});
    PARLEY_TRY(const auto before, transaction.get_document({kind, id}));
    const auto version = before ? before->version : state::DocumentVersion(0);
    PARLEY_CHECK(transaction.put_document({kind, id}, to_bytes(encoding::write_json(body)), version));
    return {};
  };
  PARLEY_CHECK(state::write(node.store(), state::Durability::synced, work));
  return added;
}

void MispSightings::attach(Value& event) const {
  if (all.empty()) return;
  std::unordered_map<std::string, std::vector<const MispSighting*>> by_attribute;
  for (const MispSighting& one : all) by_attribute[one.attribute].push_back(&one);
  const std::string uuid = lower(event.text("uuid"));
  const auto attach_to = [&](Value* list) {
    if (list == nullptr || list->if_array() == nullptr) return;
    for (Value& attribute : *list->if_array()) {
      const auto found = by_attribute.find(lower(attribute.text("uuid")));
      if (found == by_attribute.end()) continue;
      Value* sightings = attribute.find("Sighting");
      if (sightings == nullptr || !sightings->is_array())
        sightings = &attribute.set("Sighting", Value::array());
      for (const MispSighting* one : found->second) {
        const bool is_there = std::ranges::any_of(*sightings->if_array(), [&](const Value& old) {
          return equal_ignoring_case(old.text("uuid"), one->uuid);
        });
        if (!is_there) sightings->push_back(one->to_json(uuid));
      }
    }
  };
  attach_to(event.find("Attribute"));
  if (Value* objects = event.find("Object"); objects != nullptr && objects->if_array() != nullptr)
    for (Value& object : *objects->if_array()) attach_to(object.find("Attribute"));
}

Result<MispSighting> read_sighting(const Value& json, std::string_view caller, std::string_view attribute,
                                   Node& node) {
  MispSighting out;
  out.caller = caller;
  out.uuid = lower(json.text("uuid"));
  if (out.uuid.empty()) out.uuid = taxii::make_identifier(node.entropy());
  out.attribute = lower(json.text("attribute_uuid").empty() ? attribute : json.text("attribute_uuid"));
  if (!misp_sync::is_uuid(out.uuid) || !misp_sync::is_uuid(out.attribute))
    return fail(ErrorKind::bad_input, "a sighting has a uuid, and the attribute_uuid of what was seen");
  out.type = json.number("type").value_or(0);
  if (out.type < 0 || out.type > max_sighting_type)
    return fail(ErrorKind::bad_input, "a sighting's type is 0, 1 or 2");
  const std::int64_t now = node.clock().now().seconds();
  out.time = json.number("date_sighting").value_or(json.number("timestamp").value_or(now));
  if (out.time < 0 || out.time > now + 86'400) return fail(ErrorKind::bad_input, "a sighting is of the past");
  std::string_view source = json.text("source");
  if (source.size() > max_source_text) {
    std::size_t end = max_source_text;
    while (end > 0 && (static_cast<unsigned char>(source[end]) & 0xC0U) == 0x80U) --end;
    source = source.substr(0, end);
  }
  out.source = std::string(source);
  return out;
}

}  // namespace parley::exchange
