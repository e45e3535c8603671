#include "misp/distribution.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/ascii.hpp"
#include "misp/event.hpp"

namespace parley::misp {
namespace {

/// From narrow to wide. A sharing group names whom it reaches, so it is narrower than any crowd.
int width(Distribution distribution) {
  switch (distribution) {
    case Distribution::organisation:
      return 0;
    case Distribution::sharing_group:
      return 1;
    case Distribution::community:
      return 2;
    case Distribution::connected:
      return 3;
    case Distribution::all:
      return 4;
    case Distribution::inherit:
      return 5;
  }
  return 0;
}

/// What a member says; `inherit` when it is missing. What is no distribution is the narrowest.
Distribution written(const Value& json) {
  if (json.find("distribution") == nullptr) return Distribution::inherit;
  const auto number = json.number("distribution");
  return number ? parse_distribution(*number).value_or(Distribution::organisation)
                : Distribution::organisation;
}

/// A distribution and, of a sharing group, which.
struct Reach {
  Distribution distribution = Distribution::inherit;
  std::string_view group;
};

Reach reach_of(const Value& json) {
  return {written(json), json.text("sharing_group_id")};
}

Reach within(Reach outer, Reach inner) {
  if (outer.distribution == Distribution::sharing_group && inner.distribution == Distribution::sharing_group)
    return outer.group == inner.group ? outer : Reach{Distribution::organisation, {}};
  return narrower(outer.distribution, inner.distribution) == outer.distribution ? outer : inner;
}

void step_members(Value& json) {
  const Distribution before = written(json);
  const Distribution after = stepped_down(before);
  if (after == before) return;
  Value& member = *json.find("distribution");
  const std::string number = std::to_string(static_cast<int>(after));
  if (member.if_number() != nullptr)
    member = Number{number};
  else
    member = number;
}

/// Tags and clusters that are marked `local` are matters of the instance that put them there.
void erase_local(Value& json) {
  if (Value* const tags = json.find("Tag"); tags != nullptr && tags->is_array())
    std::erase_if(*tags->if_array(), [](const Value& tag) { return tag.flag("local"); });
  if (Value* const galaxies = json.find("Galaxy"); galaxies != nullptr && galaxies->is_array()) {
    for (Value& galaxy : *galaxies->if_array())
      if (Value* const clusters = galaxy.find("GalaxyCluster"); clusters != nullptr && clusters->is_array())
        std::erase_if(*clusters->if_array(), [](const Value& cluster) { return cluster.flag("local"); });
    std::erase_if(*galaxies->if_array(), [](const Value& galaxy) {
      return galaxy.find("GalaxyCluster") != nullptr && galaxy.elements("GalaxyCluster").empty();
    });
  }
}

template <class Do>
void for_each_in(Value& json, std::string_view name, Do&& apply) {
  Value* const list = json.find(name);
  if (list == nullptr || !list->is_array()) return;
  for (Value& element : *list->if_array()) apply(element);
}

bool leaves(Reach reach, Route route, const Membership& member) {
  const bool is_group = reach.distribution == Distribution::sharing_group;
  return may_leave(reach.distribution, route, is_group && member(reach.group));
}

/// Whether it may leave when it stands within `outer`.
bool goes(Reach outer, const Value& json, Route route, const Membership& member) {
  return leaves(within(outer, reach_of(json)), route, member);
}

/// Erases the elements of a list that may not leave and notes their UUIDs.
std::size_t drop(Value& json, std::string_view name, Reach outer, Route route, const Membership& member,
                 std::set<std::string, std::less<>>& gone) {
  Value* const list = json.find(name);
  if (list == nullptr || !list->is_array()) return 0;
  return std::erase_if(*list->if_array(), [&](const Value& element) {
    if (goes(outer, element, route, member)) return false;
    gone.emplace(element.text("uuid"));
    return true;
  });
}

}  // namespace

std::optional<Distribution> parse_distribution(std::int64_t number) {
  if (number < 0 || number > 5) return std::nullopt;
  return static_cast<Distribution>(number);
}

Distribution narrower(Distribution a, Distribution b) {
  return width(a) <= width(b) ? a : b;
}

Distribution effective_distribution(const Event& event, const AttributeView& attribute) {
  Reach reach{event.distribution(), event.sharing_group()};
  if (attribute.object != nullptr) reach = within(reach, reach_of(*attribute.object));
  return within(reach, {attribute.distribution, attribute.sharing_group}).distribution;
}

Distribution stepped_down(Distribution distribution) {
  if (distribution == Distribution::community) return Distribution::organisation;
  if (distribution == Distribution::connected) return Distribution::community;
  return distribution;
}

bool may_leave(Distribution distribution, Route route, bool in_sharing_group) {
  switch (distribution) {
    case Distribution::all:
      return true;
    case Distribution::connected:
      return route != Route::feed;
    case Distribution::community:
      return route == Route::pull;
    case Distribution::sharing_group:
      return route != Route::feed && in_sharing_group;
    case Distribution::organisation:
    case Distribution::inherit:
      return false;
  }
  return false;
}

void step_down(Event& event) {
  Value& json = event.json();
  step_members(json);
  json.set("locked", true);
  json.erase("event_creator_email");
  erase_local(json);
  const auto attribute = [](Value& value) {
    step_members(value);
    erase_local(value);
  };
  for_each_in(json, "Attribute", attribute);
  for_each_in(json, "Object", [&](Value& object) {
    step_members(object);
    for_each_in(object, "Attribute", attribute);
  });
  for_each_in(json, "EventReport", step_members);
}

namespace {

/// Notes what an element's group says of the organisation.
void read_group(const Value& element, std::string_view organisation,
                std::map<std::string, bool, std::less<>>& groups) {
  const Value* const group = element.find("SharingGroup");
  if (group == nullptr || !group->is_object()) return;
  std::string id(element.text("sharing_group_id"));
  if (id.empty() || id == "0") id = group->text("id");
  const bool is_active = group->find("active") == nullptr || group->flag("active");
  const bool is_member =
      is_active && std::ranges::any_of(group->elements("SharingGroupOrg"), [&](const Value& member) {
        const Value* const named = member.find("Organisation");
        return named != nullptr && equal_ignoring_case(named->text("uuid"), organisation);
      });
  const auto [place, is_new] = groups.emplace(std::move(id), is_member);
  if (!is_new) place->second = place->second && is_member;
}

}  // namespace

std::set<std::string, std::less<>> sharing_groups_of(const Event& event, std::string_view organisation) {
  std::set<std::string, std::less<>> out;
  if (organisation.empty()) return out;
  std::map<std::string, bool, std::less<>> groups;
  const Value& json = event.json();
  read_group(json, organisation, groups);
  for (const char* const list : {"Attribute", "EventReport"})
    for (const Value& one : json.elements(list)) read_group(one, organisation, groups);
  for (const Value& object : json.elements("Object")) {
    read_group(object, organisation, groups);
    for (const Value& one : object.elements("Attribute")) read_group(one, organisation, groups);
  }
  for (const auto& [id, is_member] : groups)
    if (is_member && !id.empty()) out.insert(id);
  return out;
}

bool narrow(Event& event, Route route, bool in_sharing_group, std::size_t& withheld) {
  return narrow(event, route, [in_sharing_group](std::string_view) { return in_sharing_group; }, withheld);
}

bool narrow(Event& event, Route route, const Membership& member, std::size_t& withheld) {
  withheld = 0;
  const Reach outer{event.distribution(), event.sharing_group()};
  if (!leaves(outer, route, member)) {
    withheld = event.attributes().size();
    return false;
  }
  Value& json = event.json();
  std::set<std::string, std::less<>> gone;
  withheld += drop(json, "Attribute", outer, route, member, gone);
  std::set<std::string, std::less<>> reports;
  drop(json, "EventReport", outer, route, member, reports);
  if (Value* const objects = json.find("Object"); objects != nullptr && objects->is_array()) {
    std::erase_if(*objects->if_array(), [&](Value& object) {
      const std::size_t before = object.elements("Attribute").size();
      if (!goes(outer, object, route, member)) {
        withheld += before;
        gone.emplace(object.text("uuid"));
        for (const Value& attribute : object.elements("Attribute")) gone.emplace(attribute.text("uuid"));
        return true;
      }
      const Reach inner = within(outer, reach_of(object));
      withheld += drop(object, "Attribute", inner, route, member, gone);
      if (before == 0 || !object.elements("Attribute").empty()) return false;
      gone.emplace(object.text("uuid"));
      return true;
    });
    for (Value& object : *objects->if_array())
      if (Value* const references = object.find("ObjectReference");
          references != nullptr && references->is_array())
        std::erase_if(*references->if_array(), [&](const Value& reference) {
          return gone.contains(reference.text("referenced_uuid"));
        });
  }
  return true;
}

}  // namespace parley::misp
