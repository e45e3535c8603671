#include "exchange/off_limits.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <vector>

#include "exchange/object_facts.hpp"
#include "intel/stix.hpp"

namespace parley::exchange {

namespace {

constexpr std::string_view by_type = "off-limits-type";
constexpr std::string_view by_actor = "off-limits-actor";
/// Objects a page: they may be megabytes each.
constexpr std::size_t page = 200;

/// STIX 2.1 types that have a name.
constexpr const char* named_types[] = {
    "attack-pattern", "campaign",         "course-of-action", "grouping",      "identity",
    "incident",       "indicator",        "infrastructure",   "intrusion-set", "location",
    "malware",        "malware-analysis", "report",           "threat-actor",  "tool",
    "vulnerability"};

Result<void> each_of_type(const state::Reader& reader, std::string_view type,
                          const std::function<void(const state::StoredObject&)>& visit) {
  std::string after;
  for (;;) {
    PARLEY_TRY(const std::vector<state::StoredObject> objects, reader.list_objects(type, after, page));
    for (const state::StoredObject& object : objects) visit(object);
    if (objects.size() < page) return {};
    after = objects.back().id;
  }
}

/// Whether a text can hold one of the names at all, so that most objects need not be parsed. What is escaped
/// is read to be sure.
bool may_name(std::string_view raw, const std::vector<std::string>& names) {
  if (raw.find("\\u") != std::string_view::npos) return true;
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return std::search(raw.begin(), raw.end(), name.begin(), name.end(), same) != raw.end();
  });
}

/// The objects that are off limits as actors: those that the policy names by id, and those whose names it
/// has.
Result<std::set<std::string>> find_actors(const state::Reader& reader, const policy::Policy& policy) {
  std::set<std::string> ids;
  std::vector<std::string> names;
  for (const std::string& actor : policy.off_limits_actors()) {
    if (intel::is_stix_id(actor))
      ids.insert(actor);
    else
      names.push_back(actor);
  }
  if (names.empty()) return ids;
  for (const char* type : named_types)
    PARLEY_CHECK(each_of_type(reader, type, [&](const state::StoredObject& object) {
      if (!may_name(object.raw, names)) return;
      const Result<encoding::Json> json = encoding::parse_json(object.raw);
      if (!json) return;
      policy::ObjectFacts facts;
      facts.names = names_in(*json);
      if (!policy.off_limits(facts).empty()) ids.insert(object.id);
    }));
  return ids;
}

}  // namespace

Result<OffLimits> OffLimits::find(const state::Reader& reader, const policy::Policy& policy) {
  OffLimits out;
  const auto add = [&out](const state::StoredObject& object, std::string_view rule) {
    const Result<intel::StixObject> read = intel::read_stix_object(object.raw);
    if (!read) return;
    for (const intel::Selector& selector : read->selectors) out.rules_.emplace(selector, rule);
  };
  for (const std::string& type : policy.off_limits_types())
    PARLEY_CHECK(
        each_of_type(reader, type, [&](const state::StoredObject& object) { add(object, by_type); }));
  if (!policy.has_off_limits_actors()) return out;
  PARLEY_TRY(const std::set<std::string> actors, find_actors(reader, policy));
  std::set<std::string> reached = actors;
  for (const std::string& actor : actors) {
    PARLEY_TRY(const std::vector<state::StoredReference> references, reader.references_to(actor));
    for (const state::StoredReference& reference : references) reached.insert(reference.from);
  }
  for (const std::string& id : reached) {
    PARLEY_TRY(const std::vector<state::StoredObject> versions, reader.find_versions(id));
    for (const state::StoredObject& version : versions) add(version, by_actor);
  }
  return out;
}

std::string_view OffLimits::rule_of(const intel::Selector& selector) const {
  if (rules_.empty()) return {};
  const auto found = rules_.find(selector);
  return found == rules_.end() ? std::string_view() : found->second;
}

}  // namespace parley::exchange
