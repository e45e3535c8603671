#include "misp/event.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "base/ascii.hpp"
#include "intel/stix.hpp"

namespace parley::misp {
namespace {

std::unexpected<Error> bad(std::string why, std::string where = {}) {
  return fail(ErrorKind::bad_input, std::move(why), std::move(where));
}

bool is_uuid(std::string_view text) {
  return intel::is_stix_id("x--" + std::string(text));
}

/// Lists of objects, wherever MISP has them; null stands for an empty one in some exports.
Result<void> check_lists(const Value& json, const std::string& pointer) {
  constexpr std::string_view lists[] = {"Attribute",   "Object",          "Tag",      "Galaxy",
                                        "EventReport", "ObjectReference", "Sighting", "ShadowAttribute"};
  for (const Value::Member& member : *json.if_object()) {
    const std::string_view name = member.name;
    if (name.empty() || !is_upper(name.front()) || std::ranges::find(lists, name) == std::end(lists))
      continue;
    const Value& list = member.value;
    if (list.is_null()) continue;
    if (!list.is_array()) return bad(member.name + " is no list", pointer + "/" + member.name);
    std::size_t index = 0;
    for (const Value& element : *list.if_array()) {
      if (!element.is_object())
        return bad("not an object", pointer + "/" + member.name + "/" + std::to_string(index));
      ++index;
    }
  }
  return {};
}

Distribution distribution_of(const Value& json, Distribution otherwise) {
  if (json.find("distribution") == nullptr) return otherwise;
  const auto number = json.number("distribution");
  return number ? parse_distribution(*number).value_or(Distribution::organisation)
                : Distribution::organisation;
}

AttributeView view_of(const Value& json, const Value* object) {
  AttributeView view;
  view.json = &json;
  view.object = object;
  for (const Value::Member& member : *json.if_object()) {
    const std::string_view name = member.name;
    const auto text = [&] { return member.value.as_text().value_or(std::string_view()); };
    if (name == "uuid")
      view.uuid = text();
    else if (name == "type")
      view.type = text();
    else if (name == "category")
      view.category = text();
    else if (name == "value")
      view.value = text();
    else if (name == "object_relation")
      view.relation = text();
    else if (name == "sharing_group_id")
      view.sharing_group = text();
    else if (name == "timestamp")
      view.timestamp = json.number(name).value_or(0);
    else if (name == "to_ids")
      view.to_ids = json.flag(name);
    else if (name == "deleted")
      view.deleted = json.flag(name);
    else if (name == "distribution")
      view.distribution = distribution_of(json, Distribution::inherit);
  }
  if (object != nullptr && object->flag("deleted")) view.deleted = true;
  return view;
}

Result<void> add_events(Value json, const EventLimits& limits, const std::string& pointer,
                        std::vector<Event>& out) {
  if (Value::Array* const list = json.if_array()) {
    std::size_t index = 0;
    for (Value& element : *list) {
      if (!element.is_object()) return bad("no MISP event", pointer + "/" + std::to_string(index));
      PARLEY_CHECK(add_events(std::move(element), limits, pointer + "/" + std::to_string(index), out));
      ++index;
    }
    return {};
  }
  if (!json.is_object()) return bad("no MISP event", pointer);
  for (const char* const wrapper : {"response", "Event"}) {
    Value* const inside = json.find(wrapper);
    if (inside == nullptr || json.find("uuid") != nullptr) continue;
    if (!inside->is_object() && !inside->is_array())
      return bad("no MISP event", pointer + "/" + std::string(wrapper));
    Value taken = std::move(*inside);
    return add_events(std::move(taken), limits, pointer + "/" + wrapper, out);
  }
  Result<Event> event = Event::from_json(std::move(json), limits);
  if (!event) {
    event.error().where = pointer + event.error().where;
    return std::unexpected(std::move(event).error());
  }
  out.push_back(std::move(*event));
  return {};
}

}  // namespace

Result<Event> Event::from_json(Value json, const EventLimits& limits) {
  if (!json.is_object()) return bad("no MISP event: not an object");
  Event event;
  event.json_ = std::move(json);
  const Value& inside = event.json_;
  if (!is_uuid(inside.text("uuid"))) return bad("no MISP event: it has no UUID", "/uuid");
  PARLEY_CHECK(check_lists(inside, ""));
  std::size_t index = 0;
  for (const Value& object : inside.elements("Object"))
    PARLEY_CHECK(check_lists(object, "/Object/" + std::to_string(index++)));
  const std::vector<AttributeView> attributes = event.attributes();
  if (attributes.size() > limits.max_attributes)
    return bad("the event has more than " + std::to_string(limits.max_attributes) + " attributes",
               "/Attribute");
  std::unordered_set<std::string> seen;
  seen.reserve(attributes.size());
  for (const AttributeView& attribute : attributes) {
    PARLEY_CHECK(check_lists(*attribute.json, "/Attribute"));
    if (attribute.uuid.empty()) continue;
    if (!seen.insert(lower(attribute.uuid)).second)
      return bad("the attribute " + std::string(attribute.uuid) + " is there twice", "/Attribute");
  }
  return event;
}

Distribution Event::distribution() const {
  // An event inherits from nothing: what it does not say is the narrowest.
  const Distribution written = distribution_of(json_, Distribution::organisation);
  return written == Distribution::inherit ? Distribution::organisation : written;
}

std::string_view Event::creator_uuid() const {
  const Value* const creator = json_.find("Orgc");
  return creator != nullptr ? creator->text("uuid") : std::string_view();
}

std::string_view Event::creator_name() const {
  const Value* const creator = json_.find("Orgc");
  return creator != nullptr ? creator->text("name") : std::string_view();
}

std::vector<std::string_view> Event::tags() const {
  std::vector<std::string_view> names;
  for (const Value& tag : json_.elements("Tag")) names.push_back(tag.text("name"));
  return names;
}

std::vector<AttributeView> Event::attributes() const {
  std::vector<AttributeView> out;
  const Value::Object* const members = json_.if_object();
  if (members == nullptr) return out;
  for (const Value::Member& member : *members) {
    const Value::Array* const list = member.value.if_array();
    if (list == nullptr) continue;
    if (member.name == "Attribute") {
      for (const Value& attribute : *list) out.push_back(view_of(attribute, nullptr));
    } else if (member.name == "Object") {
      for (const Value& object : *list)
        for (const Value& attribute : object.elements("Attribute"))
          out.push_back(view_of(attribute, &object));
    }
  }
  return out;
}

Result<std::vector<Event>> parse_events(std::string_view text, const EventLimits& limits) {
  PARLEY_TRY(Value json, parse_value(text, limits.json));
  std::vector<Event> events;
  PARLEY_CHECK(add_events(std::move(json), limits, "", events));
  if (events.empty()) return bad("there is no MISP event in it");
  return events;
}

Result<Event> parse_event(std::string_view text, const EventLimits& limits) {
  PARLEY_TRY(std::vector<Event> events, parse_events(text, limits));
  if (events.size() != 1)
    return bad("one MISP event is expected, there are " + std::to_string(events.size()));
  return std::move(events.front());
}

std::string write_event(const Event& event) {
  std::string out = "{\"Event\":";
  append_value(out, event.json());
  out += '}';
  return out;
}

std::vector<std::string_view> value_parts(std::string_view type, std::string_view value) {
  if (type.find('|') == std::string_view::npos && type != "malware-sample") return {value};
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t bar = value.find('|');
    parts.push_back(value.substr(0, bar));
    if (bar == std::string_view::npos) return parts;
    value.remove_prefix(bar + 1);
  }
}

}  // namespace parley::misp
