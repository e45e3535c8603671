#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/ascii.hpp"
#include "exchange/misp_event_import.hpp"
#include "exchange/misp_sightings.hpp"
#include "exchange/misp_site.hpp"
#include "misp_sync/describe_types.hpp"
#include "taxii/identifier.hpp"

namespace parley::exchange {

namespace {

using misp::lower;
using misp::Value;
using misp_sync::Answer;
using misp_sync::Target;

constexpr std::size_t max_push_candidates = 1'000'000;

// MISP's own words: an instance that pushes knows by them that nothing is wrong.
constexpr std::string_view not_newer =
    "Event could not be saved: Event in the request not newer than the local copy.";
constexpr std::string_view already_there =
    "Event already exists, if you would like to edit it, use the url in the location header.";

/// Whether the lists of attributes and objects hold such: what comes afterwards relies on it.
bool has_shape(const Value& json) {
  const auto holds_objects = [](const Value& list) {
    return list.is_null() || (list.is_array() && std::ranges::all_of(*list.if_array(), [](const Value& one) {
                                return one.is_object();
                              }));
  };
  for (const std::string_view name : {"Attribute", "Object", "EventReport"})
    if (const Value* const list = json.find(name); list != nullptr && !holds_objects(*list)) return false;
  return std::ranges::all_of(json.elements("Object"), [&](const Value& object) {
    const Value* const list = object.find("Attribute");
    return list == nullptr || holds_objects(*list);
  });
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
      if (!refused || *refused) turn_.reset();
      if (!refused) {
        if (refused.error().kind == ErrorKind::internal) return std::unexpected<Error>(refused.error());
        return std::optional(misp_sync::not_saved(action(), refused.error().message));
      }
      return std::move(*refused);
    }
    PARLEY_TRY(const std::optional<ImportReport> report, import_->step());
    if (!report) return std::optional<Answer>();
    turn_.reset();
    return finish(*report);
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
    if (json.find("Event") != nullptr || !has_shape(json))
      return fail(ErrorKind::bad_input,
                  "an event is an object, Attribute, Object and EventReport are lists of such");
    const auto reader = site_->reader();
    if (edits_) {
      PARLEY_TRY(const std::string uuid, uuid_of(*reader, name_));
      if (uuid.empty()) return std::optional(misp_sync::error_answer(404, "Invalid event", url_));
      if (!json.text("uuid").empty() && !equal_ignoring_case(json.text("uuid"), uuid))
        return fail(ErrorKind::bad_input, "the event in the body is another one");
      json.set("uuid", uuid);
    }
    // One without a UUID is new.
    if (!json.text("uuid").empty()) {
      turn_ = site_->take_turn(caller_, json.text("uuid"));
      if (!turn_) {
        json_ = std::move(json);
        return std::optional<Answer>();
      }
    }
    PARLEY_TRY(std::optional<Answer> refused, judge(*reader, json));
    if (refused) return refused;

    PARLEY_TRY(misp::Event event, misp::Event::from_json(std::move(json)));
    uuid_ = lower(event.uuid());
    timestamp_ = event.timestamp();
    PARLEY_TRY(MispEventImport begun, MispEventImport::begin(*site_, caller_, event));
    import_.emplace(std::move(begun));
    event_ = std::move(event);
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
  std::unique_ptr<MispSite::Turn> turn_;
  std::string url_;
  std::string uuid_;
  std::int64_t timestamp_ = 0;
  std::optional<misp::Event> event_;
  std::optional<MispEventImport> import_;
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

}  // namespace

std::unique_ptr<MispWork> begin_pushing(MispSite& site, const MispCaller& caller, const Target& target,
                                        std::string body) {
  if (target.controller != "events") return nullptr;
  const bool adds = target.action == "add", edits = target.action == "edit";
  if (!adds && !edits && target.action != "filtereventidsforpush") return nullptr;
  const std::string url = "/events/" + target.action;
  if (!caller.rights.write)
    return misp_refusal(403, "You do not have permission to use this functionality.", url);
  if (!adds && !edits) return std::make_unique<FilteringForPush>(site, caller, std::move(body));
  if (edits && target.arguments.empty()) return misp_refusal(404, "Invalid event", url);
  const bool metadata = target.value("metadata") == "1" || target.value("metadata") == "true";
  return std::make_unique<Pushing>(site, caller, edits, std::string(target.argument(0)), metadata,
                                   std::move(body));
}

}  // namespace parley::exchange
