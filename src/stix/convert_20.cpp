#include "stix/convert_20.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "encoding/json.hpp"
#include "stix/convert_20_observables.hpp"

namespace parley::stix {
namespace {

using encoding::Json;

std::string_view text_of(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  return value != nullptr && value->if_string() != nullptr ? std::string_view(*value->if_string())
                                                           : std::string_view();
}

/// `member` is written behind `before`, so that an object reads in the usual order.
void insert_behind(Json& object, std::string_view before, std::string_view name, Json value) {
  Json::Object* members = object.if_object();
  const auto at = std::ranges::find(*members, before, &Json::Member::first);
  members->insert(at == members->end() ? at : std::next(at), {std::string(name), std::move(value)});
}

struct Renamed {
  std::string_view type;
  std::string_view types;
};
/// STIX 2.0 keeps these in `labels`.
constexpr std::array<Renamed, 5> renamed{{{"indicator", "indicator_types"},
                                          {"malware", "malware_types"},
                                          {"report", "report_types"},
                                          {"threat-actor", "threat_actor_types"},
                                          {"tool", "tool_types"}}};

/// Gives STIX 2.1 what it requires, from what STIX 2.0 says.
void add_required(Json& object, std::string_view type, std::vector<std::string>& notes) {
  for (const auto& [name, property] : renamed)
    if (type == name && !object.contains(property))
      if (const Json* labels = object.find("labels"); labels != nullptr && labels->size() > 0) {
        Json copied = *labels;  // before the object grows
        object.set(property, std::move(copied));
      }
  if (type == "indicator" && !object.contains("pattern_type")) {
    object.set("pattern_type", "stix");
    object.set("pattern_version", "2.0");
  }
  if (type == "malware" && !object.contains("is_family")) {
    object.set("is_family", true);
    notes.emplace_back(
        "STIX 2.0 does not say whether this malware is a family; a name of malware is taken as one");
  }
}

struct Tlp {
  std::string_view level, id, name;
};
constexpr std::array<Tlp, 4> levels{
    {{"white", "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", "TLP:WHITE"},
     {"green", "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", "TLP:GREEN"},
     {"amber", "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", "TLP:AMBER"},
     {"red", "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "TLP:RED"}}};

/// The four TLP markings have a name in STIX 2.1; the specification gives them whole.
void name_tlp(Json& object) {
  const auto level = std::ranges::find(levels, text_of(object, "id"), &Tlp::id);
  if (level != levels.end() && text_of(object, "definition_type") == "tlp" && !object.contains("name"))
    object.set("name", std::string(level->name));
}

}  // namespace

Result<Converted> convert_20(std::string_view raw) {
  PARLEY_TRY(Json object, encoding::parse_json(raw));
  const std::string type(text_of(object, "type"));
  if (!object.is_object() || type.empty())
    return fail(ErrorKind::bad_input, "no STIX object: it has no type", "/type");
  Converted out;
  if (text_of(object, "spec_version") == "2.1") {
    out.objects.emplace_back(raw);
    return out;
  }
  if (type == "observed-data") PARLEY_CHECK(take_observables(object, out));
  object.erase("spec_version");
  insert_behind(object, "type", "spec_version", "2.1");
  add_required(object, type, out.notes);
  if (type == "marking-definition") name_tlp(object);
  out.objects.push_back(encoding::write_json(object));
  return out;
}

}  // namespace parley::stix
