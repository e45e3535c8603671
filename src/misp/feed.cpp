#include "misp/feed.hpp"

#include <algorithm>
#include <array>

#include "base/bytes.hpp"
#include "crypto/md5.hpp"

namespace parley::misp {
namespace {

/// Numbers that mean something on one instance only, and what belongs to it alone.
constexpr std::array<std::string_view, 13> local_members = {"id",
                                                            "org_id",
                                                            "orgc_id",
                                                            "event_id",
                                                            "object_id",
                                                            "tag_id",
                                                            "galaxy_id",
                                                            "user_id",
                                                            "RelatedEvent",
                                                            "ShadowAttribute",
                                                            "object_id",
                                                            "Org",
                                                            "event_creator_email"};

bool is_local_member(std::string_view name) {
  return std::ranges::find(local_members, name) != local_members.end();
}

void strip(Value& json) {
  if (Value::Object* const members = json.if_object()) {
    std::erase_if(*members, [](const Value::Member& member) { return is_local_member(member.name); });
    if (Value* const tags = json.find("Tag"); tags != nullptr && tags->is_array())
      std::erase_if(*tags->if_array(), [](const Value& tag) { return tag.flag("local"); });
  }
}

template <class Do>
void for_each_in(Value& json, std::string_view name, Do&& apply) {
  Value* const list = json.find(name);
  if (list == nullptr || !list->is_array()) return;
  for (Value& element : *list->if_array()) apply(element);
}

/// An attribute, an object, a report or the event: itself, its tags and galaxies.
void strip_tagged(Value& json) {
  strip(json);
  for_each_in(json, "Tag", strip);
  for_each_in(json, "Galaxy", [](Value& galaxy) {
    strip(galaxy);
    for_each_in(galaxy, "GalaxyCluster", strip);
  });
}

void copy_member(Value& to, const Value& from, std::string_view name) {
  if (const Value* const value = from.find(name); value != nullptr && !value->is_null()) to.set(name, *value);
}

/// A tag as others read it: its name and colour.
Value plain_tag(const Value& tag) {
  Value out = Value::object();
  copy_member(out, tag, "name");
  copy_member(out, tag, "colour");
  return out;
}

}  // namespace

Value manifest_entry(const Event& event) {
  const Value& json = event.json();
  Value entry = Value::object();
  Value creator = Value::object();
  if (const Value* const from = json.find("Orgc")) {
    copy_member(creator, *from, "uuid");
    copy_member(creator, *from, "name");
  }
  entry.set("Orgc", std::move(creator));
  Value tags = Value::array();
  for (const Value& tag : json.elements("Tag"))
    if (!tag.flag("local")) tags.push_back(plain_tag(tag));
  entry.set("Tag", std::move(tags));
  for (const char* const name : {"info", "date", "analysis", "threat_level_id", "timestamp"})
    copy_member(entry, json, name);
  return entry;
}

std::vector<std::string> value_hashes(const AttributeView& attribute) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::vector<std::string> out;
  for (const std::string_view part : value_parts(attribute.type, attribute.value)) {
    std::string& text = out.emplace_back();
    for (const std::uint8_t byte : crypto::md5(as_bytes(part))) {
      text += digits[byte >> 4U];
      text += digits[byte & 0x0FU];
    }
  }
  return out;
}

void append_hashes(std::string& out, const Event& event) {
  for (const AttributeView& attribute : event.attributes()) {
    if (attribute.deleted) continue;
    for (const std::string& hash : value_hashes(attribute)) {
      out += hash;
      out += ',';
      out += event.uuid();
      out += '\n';
    }
  }
}

Event feed_form(Event event) {
  Value& json = event.json();
  strip_tagged(json);
  if (Value* const creator = json.find("Orgc")) strip(*creator);
  for_each_in(json, "Attribute", strip_tagged);
  for_each_in(json, "EventReport", strip_tagged);
  for_each_in(json, "Object", [](Value& object) {
    strip_tagged(object);
    for_each_in(object, "Attribute", strip_tagged);
    for_each_in(object, "ObjectReference", [](Value& reference) {
      strip(reference);
      reference.erase("referenced_id");
      reference.erase("Object");
      reference.erase("Attribute");
    });
  });
  return event;
}

}  // namespace parley::misp
