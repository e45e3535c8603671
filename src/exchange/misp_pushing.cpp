#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/ascii.hpp"
#include "exchange/importing.hpp"
#include "exchange/misp_sightings.hpp"
#include "exchange/misp_site.hpp"
#include "misp_sync/describe_types.hpp"
#include "taxii/identifier.hpp"

namespace parley::exchange {

namespace {

using misp::Value;
using misp_sync::Answer;
using misp_sync::Target;

constexpr std::size_t bytes_a_step = std::size_t{256} << 10;
constexpr std::size_t attributes_a_batch = 2'000;
constexpr std::size_t max_push_candidates = 1'000'000;

// MISP's own words: an instance that pushes knows by them that nothing is wrong.
constexpr std::string_view not_newer =
    "Event could not be saved: Event in the request not newer than the local copy.";
constexpr std::string_view already_there =
    "Event already exists, if you would like to edit it, use the url in the location header.";

std::string lower(std::string_view text) {
  std::string out;
  append_lower(out, text);
  return out;
}

std::unique_ptr<MispWork> refuse(int status, std::string_view why, const std::string& url) {
  return finished(misp_sync::error_answer(status, why, url), url);
}

/// Fills in what clients leave to the instance: UUIDs, times, categories.
class Completion {
 public:
  Completion(Node& node, misp_sync::Organisation creator, std::int64_t not_before)
      : node_(&node),
        creator_(std::move(creator)),
        now_(std::max(node.clock().now().seconds(), not_before)) {}

  void event(Value& json) {
    identify(json);
    if (!json.number("timestamp")) json.set("timestamp", std::to_string(now_));
    if (json.text("date").empty()) json.set("date", format_time(Timestamp::from_seconds(now_)).substr(0, 10));
    fill(json, "threat_level_id", "4");
    fill(json, "analysis", "0");
    fill(json, "distribution", "0");
    if (const Value* creator = json.find("Orgc"); creator == nullptr || !creator->is_object()) {
      Value made = Value::object();
      made.set("name", creator_.name);
      made.set("uuid", creator_.uuid);
      json.set("Orgc", std::move(made));
    }
    // MISP counts one that says nothing as not published.
    if (json.find("published") == nullptr) json.set("published", false);
    // Numbers of the other side mean nothing here.
    for (const std::string_view name : {"id", "org_id", "orgc_id", "user_id"}) json.erase(name);
    attributes(json.find("Attribute"));
    Value* objects = json.find("Object");
    if (objects == nullptr || objects->if_array() == nullptr) return;
    for (Value& object : *objects->if_array()) {
      identify(object);
      if (!object.number("timestamp")) object.set("timestamp", std::to_string(now_));
      attributes(object.find("Attribute"));
    }
  }

 private:
  static void fill(Value& json, std::string_view name, std::string_view value) {
    const Value* there = json.find(name);
    if (there == nullptr || there->is_null()) json.set(name, value);
  }
  void identify(Value& json) {
    if (json.text("uuid").empty()) json.set("uuid", taxii::make_identifier(node_->entropy()));
  }
  void attributes(Value* list) {
    if (list == nullptr || list->if_array() == nullptr) return;
    for (Value& one : *list->if_array()) {
      identify(one);
      if (!one.number("timestamp")) one.set("timestamp", std::to_string(now_));
      fill(one, "category", misp_sync::usual_category(one.text("type")));
    }
  }
  Node* node_;
  misp_sync::Organisation creator_;  // of what names none: whoever sends it
  std::int64_t now_;
};

/// An edit says what is new: what it does not mention stays.
void merge_list(Value& into, const Value& held, std::string_view name) {
  const Value::Array& old = held.elements(name);
  if (old.empty()) return;
  Value* list = into.find(name);
  if (list == nullptr || list->if_array() == nullptr) list = &into.set(name, Value::array());
  std::unordered_map<std::string, Value*> by_uuid;
  for (Value& one : *list->if_array()) by_uuid.emplace(lower(one.text("uuid")), &one);
  std::vector<const Value*> missing;
  for (const Value& one : old) {
    const auto known = by_uuid.find(lower(one.text("uuid")));
    if (known == by_uuid.end())
      missing.push_back(&one);
    else if (name == "Object")
      merge_list(*known->second, one, "Attribute");
  }
  for (const Value* one : missing) list->push_back(*one);
}

void merge(Value& into, const Value& held) {
  if (const auto* members = held.if_object())
    for (const Value::Member& member : *members)
      if (into.find(member.name) == nullptr) into.set(member.name, member.value);
  for (const std::string_view name : {"Attribute", "Object", "EventReport"}) merge_list(into, held, name);
}

/// One event that came in: read whole and checked before anything is stored.
class Pushing final : public MispWork {
 public:
  Pushing(MispSite& site, MispCaller caller, bool edits, std::string name, bool metadata, std::string body)
      : site_(&site),
        caller_(std::move(caller)),
        edits_(edits),
        name_(std::move(name)),
        metadata_(metadata),
        body_(std::move(body)),
        url_(edits ? "/events/edit/" + name_ : "/events/add") {}

  Result<std::optional<Answer>> step() override {
    if (!import_) {
      auto refused = begin();
      if (!refused) {
        if (refused.error().kind == ErrorKind::internal) return std::unexpected<Error>(refused.error());
        return std::optional(misp_sync::not_saved(action(), refused.error().message));
      }
      return std::move(*refused);
    }
    if (at_ < text_.size()) {
      const std::string_view part = std::string_view(text_).substr(at_, bytes_a_step);
      PARLEY_CHECK(import_->feed(as_bytes(part)));
      at_ += part.size();
      return std::optional<Answer>();
    }
    PARLEY_CHECK(import_->end_file());
    PARLEY_TRY(const ImportReport report, import_->finish());
    return finish(report);
  }

 private:
  std::string_view action() const { return edits_ ? "edit" : "add"; }

  /// An answer when that is all; nothing once the import has begun.
  Result<std::optional<Answer>> begin() {
    if (!json_) {  // a step of its own: of 50 MB it is most of the work
      PARLEY_TRY(json_, misp::parse_value(std::exchange(body_, {})));
      return std::optional<Answer>();
    }
    PARLEY_CHECK(site_->refresh());
    Value json = *std::exchange(json_, std::nullopt);
    for (const std::string_view wrapper : {"request", "response", "Event"})
      if (const Value* inner = json.find(wrapper); inner != nullptr && inner->is_object()) {
        Value taken = *inner;
        json = std::move(taken);
      }
    if (!json.is_object()) return fail(ErrorKind::bad_input, "there is no event in the body");
    const auto reader = site_->reader();
    if (edits_) {
      PARLEY_TRY(const std::string uuid, uuid_of(*reader, name_));
      if (uuid.empty()) return std::optional(misp_sync::error_answer(404, "Invalid event", url_));
      if (!json.text("uuid").empty() && !equal_ignoring_case(json.text("uuid"), uuid))
        return fail(ErrorKind::bad_input, "the event in the body is another one");
      json.set("uuid", uuid);
    }
    PARLEY_TRY(const std::optional<Answer> refused, judge(*reader, json));
    if (refused) return refused;

    PARLEY_TRY(misp::Event event, misp::Event::from_json(std::move(json)));
    uuid_ = lower(event.uuid());
    timestamp_ = event.timestamp();
    text_ = misp::write_event(event);
    event_ = std::move(event);
    ImportOptions options;
    options.format = intel::InputFormat::misp;
    options.received_from = caller_origin(caller_.name);
    options.batch_objects = attributes_a_batch;
    import_.emplace(site_->node, std::move(options), site_->warninglists, Import::RejectSink());
    PARLEY_CHECK(import_->begin_file(caller_origin(caller_.name), "MISP"));
    return std::optional<Answer>();
  }

  /// Whether this event may come in, and what of the held one stays in it.
  Result<std::optional<Answer>> judge(const state::Reader& reader, Value& json) {
    const std::string uuid = lower(json.text("uuid"));
    std::optional<state::StoredMispEvent> own;
    std::optional<FoundEvent> seen;
    if (misp_sync::is_uuid(uuid)) {
      PARLEY_TRY(own, own_copy(reader, caller_, uuid));
      if (!own && caller_.rights.read) {
        PARLEY_TRY(const auto view, site_->make_view(caller_, misp::Route::pull));
        auto found = find_event(*site_, *view, caller_, uuid);
        if (found) seen = std::move(*found);
      }
    }
    // Of what this caller may not see it is not told either that it is here.
    if (!edits_ && (own || seen)) {
      Answer out = misp_sync::error_answer(404, already_there, url_);
      out.location = "/events/" + number_of_event(uuid);
      return std::optional(std::move(out));
    }
    if (edits_ && !own && !seen) return std::optional(misp_sync::error_answer(404, "Invalid event", url_));
    std::int64_t held = 0;
    if (own) {
      held = own->entry.timestamp;
    } else if (seen) {
      if (!seen->stored.entry.received)
        return std::optional(
            misp_sync::not_saved("edit", "Event could not be saved: it is this node's own."));
      held = seen->stored.entry.timestamp;
    }
    if (const auto given = json.number("timestamp"); edits_ && given && *given <= held)
      return std::optional(misp_sync::not_saved("edit", not_newer));
    if (own) {
      PARLEY_TRY(const misp::Event before, misp::parse_event(own->content));
      const bool is_timed = json.number("timestamp").has_value();
      merge(json, before.json());
      if (!is_timed) json.erase("timestamp");  // it is a new version, whatever the client leaves out
    }
    Completion(site_->node, site_->organisation_of(caller_), held + 1).event(json);
    return std::optional<Answer>();
  }

  Result<std::optional<Answer>> finish(const ImportReport& report) {
    PARLEY_CHECK(site_->refresh());
    PARLEY_TRY(const auto stored, own_copy(*site_->reader(), caller_, uuid_));
    if (!stored || stored->entry.timestamp != timestamp_) {
      std::string why = "Event could not be saved";
      if (!report.rejects.empty()) why += ": " + report.rejects.front().why;
      return std::optional(misp_sync::not_saved(action(), why));
    }
    if (const Result<void> told = keep_sightings(); !told) return std::unexpected<Error>(told.error());
    // The caller is told what it has just given, and nothing that it did not.
    Value out = event_for_peers(std::move(*event_));
    Value& inner = *out.find("Event");
    if (metadata_)
      for (const std::string_view name : {"Attribute", "Object", "EventReport"}) inner.erase(name);
    return std::optional(misp_sync::json_answer(200, out));
  }

  /// Sightings come with the attributes of an event.
  Result<void> keep_sightings() {
    std::vector<MispSighting> all;
    for (const misp::AttributeView& one : event_->attributes())
      for (const Value& sighting : one.json->elements("Sighting"))
        if (auto read = read_sighting(sighting, caller_.name, one.uuid, site_->node))
          all.push_back(std::move(*read));
    if (all.empty() || all.size() > max_sightings) return {};
    PARLEY_TRY(const std::size_t added, MispSightings::add(site_->node, uuid_, std::move(all)));
    if (added > 0) ++site_->sightings_epoch;
    return {};
  }

  MispSite* site_;
  MispCaller caller_;
  bool edits_;
  std::string name_;
  bool metadata_;
  std::string body_;
  std::optional<Value> json_;
  std::string url_;
  std::string text_;
  std::size_t at_ = 0;
  std::string uuid_;
  std::int64_t timestamp_ = 0;
  std::optional<misp::Event> event_;
  std::optional<Import> import_;
};

/// Which of the events that an instance has it should give us; an instance asks for all of its events at
/// once.
class FilteringForPush final : public MispWork {
 public:
  FilteringForPush(MispSite& site, MispCaller caller, std::string body)
      : site_(&site), caller_(std::move(caller)), body_(std::move(body)) {}

  Result<std::optional<Answer>> step() override {
    auto out = go_on();
    if (!out && out.error().kind != ErrorKind::internal)
      return std::optional(misp_sync::error_answer(out.error(), "/events/filterEventIdsForPush"));
    return out;
  }

 private:
  static constexpr std::size_t events_a_step = 300;

  Result<std::optional<Answer>> go_on() {
    if (!view_) {
      PARLEY_TRY(json_, parse_body(body_));
      body_ = {};
      if (!json_.is_array() || json_.if_array()->size() > max_push_candidates)
        return fail(ErrorKind::bad_input, "expected a list of events");
      reader_ = site_->reader();
      PARLEY_TRY(view_, site_->make_view(caller_, misp::Route::pull));
    }
    const Value::Array& list = *std::as_const(json_).if_array();
    for (std::size_t count = 0; count < events_a_step && at_ < list.size(); ++count, ++at_) {
      const Value* event = list[at_].find("Event");
      if (event == nullptr) event = &list[at_];
      const std::string uuid = lower(event->text("uuid"));
      const auto timestamp = event->number("timestamp");
      if (!misp_sync::is_uuid(uuid) || !timestamp)
        return fail(ErrorKind::bad_input, "an event has no uuid or timestamp");
      PARLEY_TRY(const bool wanted, is_wanted(uuid, *timestamp));
      if (wanted) wanted_.push_back(uuid);
    }
    if (at_ < list.size()) return std::optional<Answer>();
    return std::optional(misp_sync::json_answer(200, wanted_));
  }

  Result<bool> is_wanted(const std::string& uuid, std::int64_t timestamp) {
    PARLEY_TRY(const auto own, own_copy(*reader_, caller_, uuid));
    if (own) return own->entry.timestamp < timestamp;
    if (!caller_.rights.read) return true;
    PARLEY_TRY(const auto entry, reader_->misp_events().find_entry(uuid));
    if (!entry) return true;
    // Of what this caller may not see it is not told that it is here.
    const auto seen = find_entry(*site_, *view_, caller_, uuid);
    return !seen || (entry->received && entry->timestamp < timestamp);
  }

  MispSite* site_;
  MispCaller caller_;
  std::string body_;
  Value json_;
  std::shared_ptr<const state::Reader> reader_;
  std::shared_ptr<MispView> view_;
  std::size_t at_ = 0;
  Value wanted_ = Value::array();
};

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
  AddingSighting(MispSite& site, MispCaller caller, std::string attribute, std::string body)
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

std::unique_ptr<MispWork> begin_pushing(MispSite& site, const MispCaller& caller, const Target& target,
                                        std::string body) {
  if (target.controller != "events") return nullptr;
  const bool adds = target.action == "add", edits = target.action == "edit";
  if (!adds && !edits && target.action != "filtereventidsforpush") return nullptr;
  const std::string url = "/events/" + target.action;
  if (!caller.rights.write) return refuse(403, "You do not have permission to use this functionality.", url);
  if (!adds && !edits) return std::make_unique<FilteringForPush>(site, caller, std::move(body));
  if (edits && target.arguments.empty()) return refuse(404, "Invalid event", url);
  const bool metadata = target.value("metadata") == "1" || target.value("metadata") == "true";
  return std::make_unique<Pushing>(site, caller, edits, std::string(target.argument(0)), metadata,
                                   std::move(body));
}

std::unique_ptr<MispWork> begin_sighting(MispSite& site, const MispCaller& caller, const Target& target,
                                         std::string body) {
  if (target.controller != "sightings") return nullptr;
  const std::string url = "/sightings/" + target.action;
  if (target.action == "restsearch" || target.action == "listsightings") {
    if (!caller.rights.read) return refuse(403, "This is not allowed", url);
    return finished(search_sightings(site, caller, target, body), url);
  }
  const bool is_known = target.action == "filtersightinguuidsforpush",
             is_bulk = target.action == "bulksavesightings";
  if (target.action != "add" && !is_known && !is_bulk) return nullptr;
  if (!caller.rights.write) return refuse(403, "You do not have permission to use this functionality.", url);
  if (is_known) return finished(known_sightings(site, caller, target.argument(0), body), url);
  if (is_bulk) return finished(save_sightings(site, caller, target.argument(0), body), url);
  return std::make_unique<AddingSighting>(site, caller, std::string(target.argument(0)), std::move(body));
}

}  // namespace parley::exchange
