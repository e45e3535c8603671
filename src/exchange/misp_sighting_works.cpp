#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/ascii.hpp"
#include "exchange/misp_sightings.hpp"
#include "exchange/misp_site.hpp"

// What instances and clients tell each other of sightings.

namespace parley::exchange {

namespace {

using misp::lower;
using misp::Value;
using misp_sync::Answer;
using misp_sync::Target;

/// The UUIDs of the attributes of an event that this caller may speak of.
Result<std::optional<std::set<std::string>>> attributes_of(MispSite& site, const MispCaller& caller,
                                                           std::string_view name, std::string& uuid) {
  std::set<std::string> out;
  const auto reader = site.reader();
  PARLEY_TRY(uuid, uuid_of(*reader, name));
  if (uuid.empty()) return std::optional<std::set<std::string>>();
  std::optional<misp::Event> event;
  PARLEY_TRY(const auto own, own_copy(*reader, caller, uuid));
  if (own) {
    PARLEY_TRY(event, misp::parse_event(own->content));
  } else if (caller.rights.read) {
    PARLEY_TRY(const auto view, site.make_view(caller, misp::Route::pull));
    auto found = find_event(site, *view, caller, uuid);
    if (!found) return std::optional<std::set<std::string>>();
    event = std::move(found->out.event);
  }
  if (!event) return std::optional<std::set<std::string>>();
  for (const misp::AttributeView& one : event->attributes()) out.insert(lower(one.uuid));
  return std::optional(std::move(out));
}

Result<Answer> known_sightings(MispSite& site, const MispCaller& caller, std::string_view event,
                               std::string_view body) {
  PARLEY_TRY(const Value json, parse_body(body));
  std::string uuid;
  PARLEY_TRY(const auto attributes, attributes_of(site, caller, event, uuid));
  if (!attributes)
    return misp_sync::error_answer(404, "Event not found", "/sightings/filterSightingUuidsForPush");
  PARLEY_TRY(const MispSightings held, MispSightings::load(*site.reader(), uuid));
  std::set<std::string> known;
  // One that somebody else told is asked for once more, rather than told of.
  for (const MispSighting& one : held.all)
    if (one.caller == caller.name) known.insert(one.uuid);
  Value out = Value::array();
  if (const auto* list = json.if_array())
    for (const Value& one : *list)
      if (const auto text = one.as_text(); text && known.contains(lower(*text))) out.push_back(*text);
  return misp_sync::json_answer(200, out);
}

Result<Answer> save_sightings(MispSite& site, const MispCaller& caller, std::string_view event,
                              std::string_view body) {
  PARLEY_TRY(const Value json, parse_body(body));
  const Value* list = &json;
  if (const Value* inner = json.find("Sighting"); inner != nullptr) list = inner;
  if (!list->is_array() || list->if_array()->size() > max_sightings)
    return fail(ErrorKind::bad_input, "expected a list of sightings");
  std::string uuid;
  PARLEY_TRY(const auto attributes, attributes_of(site, caller, event, uuid));
  if (!attributes)
    return misp_sync::error_answer(405, "Event not found or not accessible by this user.",
                                   "/sightings/bulkSaveSightings");
  std::vector<MispSighting> all;
  for (const Value& one : *list->if_array()) {
    PARLEY_TRY(MispSighting sighting, read_sighting(one, caller.name, {}, site.node));
    if (attributes->contains(sighting.attribute)) all.push_back(std::move(sighting));
  }
  PARLEY_TRY(const std::size_t added, MispSightings::add(site.node, uuid, std::move(all)));
  if (added > 0) ++site.sightings_epoch;
  Value out = Value::object();
  out.set("saved", added > 0);
  out.set("success",
          added > 0 ? fmt::format("{} sightings added.", added) : std::string("No sightings added."));
  return misp_sync::json_answer(200, out);
}

/// Looks for the event of an attribute, or for those that have a value.
class AddingSighting final : public MispWork {
 public:
  AddingSighting(MispSite& site, MispCaller caller, const std::string& attribute, std::string body)
      : site_(&site), caller_(std::move(caller)), attribute_(lower(attribute)), body_(std::move(body)) {}

  Result<std::optional<Answer>> step() override {
    auto out = run();
    if (out || out.error().kind == ErrorKind::internal) {
      if (!out) return std::unexpected<Error>(out.error());
      return std::optional(std::move(*out));
    }
    return std::optional(misp_sync::error_answer(out.error(), "/sightings/add"));
  }

 private:
  Result<Answer> run() {
    PARLEY_TRY(const Value json, parse_body(body_));
    const Value* inner = &json;
    for (const std::string_view wrapper : {"request", "Sighting"})
      if (const Value* deeper = inner->find(wrapper); deeper != nullptr && deeper->is_object())
        inner = deeper;
    if (!inner->is_object()) return fail(ErrorKind::bad_input, "expected a sighting");
    // MISP: `uuid` (or `id`) of the body is the attribute's when the path names none.
    Value sighting = *inner;
    if (attribute_.empty()) {
      attribute_ = lower(inner->text("uuid").empty() ? inner->text("id") : inner->text("uuid"));
      sighting.erase("uuid");
    }
    std::vector<std::string> values;
    if (!inner->text("value").empty()) values.emplace_back(inner->text("value"));
    for (const Value& one : inner->elements("values"))
      if (const auto text = one.as_text()) values.emplace_back(*text);
    std::size_t added = 0;
    Value last = Value::object();
    PARLEY_TRY(const auto targets, find_targets(values));
    for (const auto& [event, attribute] : targets) {
      Value one = sighting;
      one.set("attribute_uuid", attribute);
      PARLEY_TRY(MispSighting made, read_sighting(one, caller_.name, attribute, site_->node));
      last = made.to_json(event);
      PARLEY_TRY(const std::size_t count, MispSightings::add(site_->node, event, {std::move(made)}));
      added += count;
    }
    if (added == 0)
      return misp_sync::error_answer(
          404, "Could not add the Sighting. Reason: No valid attributes found that match the criteria.",
          "/sightings/add");
    ++site_->sightings_epoch;
    Value out = Value::object();
    out.set("Sighting", std::move(last));
    return misp_sync::json_answer(200, out);
  }

  /// (event, attribute) of what is meant, as far as the caller may see it.
  Result<std::vector<std::pair<std::string, std::string>>> find_targets(
      const std::vector<std::string>& values) {
    std::vector<std::pair<std::string, std::string>> out;
    const auto reader = site_->reader();
    std::set<std::string> attributes;
    if (misp_sync::is_uuid(attribute_)) attributes.insert(attribute_);
    for (const std::string& value : values) {
      // Values that are selectors lead to their holdings.
      for (const intel::Selector& selector : selectors_in_text(value)) {
        PARLEY_TRY(const auto holdings, reader->find_holdings(selector));
        for (const state::StoredHolding& one : holdings)
          if (one.object_id.starts_with(prefix)) attributes.insert(one.object_id.substr(prefix.size()));
      }
    }
    PARLEY_TRY(const auto view, site_->make_view(caller_, misp::Route::pull));
    for (const std::string& attribute : attributes) {
      PARLEY_TRY(const auto references, reader->references_from(std::string(prefix) + attribute));
      for (const state::StoredReference& one : references) {
        if (!one.target.starts_with(event_prefix)) continue;
        const std::string event = one.target.substr(event_prefix.size());
        std::string uuid;
        PARLEY_TRY(const auto known, attributes_of(*site_, caller_, event, uuid));
        if (known && known->contains(attribute) &&
            std::ranges::find(out, std::pair(uuid, attribute)) == out.end())
          out.emplace_back(uuid, attribute);
      }
    }
    return out;
  }

  static constexpr std::string_view prefix = "x-misp-attribute--";
  static constexpr std::string_view event_prefix = "x-misp-event--";
  MispSite* site_;
  MispCaller caller_;
  std::string attribute_;
  std::string body_;
};

/// sightings/restSearch/event and the older listSightings.
Result<Answer> search_sightings(MispSite& site, const MispCaller& caller, const Target& target,
                                std::string_view body) {
  PARLEY_TRY(const Value json, parse_body(body));
  const Value* inner = &json;
  if (const Value* wrapped = json.find("request"); wrapped != nullptr) inner = wrapped;
  std::vector<std::string> names;
  for (const std::string_view key : {"uuid", "id"}) {
    if (const auto text = inner->find(key) != nullptr ? inner->find(key)->as_text() : std::nullopt)
      names.emplace_back(*text);
    for (const Value& one : inner->elements(key))
      if (const auto text = one.as_text()) names.emplace_back(*text);
  }
  if (names.empty() && !target.argument(1).empty()) names.emplace_back(target.argument(1));
  const bool is_list = target.action == "listsightings";
  const std::string_view context = is_list ? inner->text("context") : target.argument(0);
  Value list = Value::array();
  PARLEY_TRY(const auto view, site.make_view(caller, misp::Route::pull));
  std::uint64_t count = 0;
  for (const std::string& name : names) {
    std::string event = name;
    if (context == "attribute") {
      PARLEY_TRY(const auto references, site.reader()->references_from("x-misp-attribute--" + lower(name)));
      for (const state::StoredReference& one : references)
        if (one.target.starts_with("x-misp-event--")) event = one.target.substr(14);
    }
    auto found = find_event(site, *view, caller, event);
    if (!found) continue;
    PARLEY_TRY(const MispSightings held, MispSightings::load(*site.reader(), found->stored.entry.uuid));
    Value out = event_for_peers(std::move(found->out.event));
    held.attach(*out.find("Event"));
    PARLEY_TRY(const misp::Event whole, misp::Event::from_json(*out.find("Event")));
    for (const misp::AttributeView& attribute : whole.attributes()) {
      if (context == "attribute" && !equal_ignoring_case(attribute.uuid, name)) continue;
      for (const Value& one : attribute.json->elements("Sighting")) {
        Value entry = one;
        entry.set("attribute_uuid", lower(attribute.uuid));
        entry.set("event_uuid", lower(whole.uuid()));
        Value wrapped = Value::object();
        if (is_list) {
          list.push_back(std::move(entry));
        } else {
          wrapped.set("Sighting", std::move(entry));
          list.push_back(std::move(wrapped));
        }
        ++count;
      }
    }
  }
  Value out = Value::object();
  if (is_list)
    out = std::move(list);
  else
    out.set("response", std::move(list));
  Answer answer = misp_sync::json_answer(200, out);
  if (count > 0) PARLEY_CHECK(site.count(caller, *answer.body, count));
  return answer;
}

}  // namespace

std::unique_ptr<MispWork> begin_sighting(MispSite& site, const MispCaller& caller, const Target& target,
                                         std::string body) {
  if (target.controller != "sightings") return nullptr;
  const std::string url = "/sightings/" + target.action;
  if (target.action == "restsearch" || target.action == "listsightings") {
    if (!caller.rights.read) return misp_refusal(403, "This is not allowed", url);
    return finished(search_sightings(site, caller, target, body), url);
  }
  const bool is_known = target.action == "filtersightinguuidsforpush",
             is_bulk = target.action == "bulksavesightings";
  if (target.action != "add" && !is_known && !is_bulk) return nullptr;
  if (!caller.rights.write)
    return misp_refusal(403, "You do not have permission to use this functionality.", url);
  if (is_known) return finished(known_sightings(site, caller, target.argument(0), body), url);
  if (is_bulk) return finished(save_sightings(site, caller, target.argument(0), body), url);
  return std::make_unique<AddingSighting>(site, caller, std::string(target.argument(0)), std::move(body));
}

}  // namespace parley::exchange
