#include "stix/targets.hpp"

#include <algorithm>
#include <array>

namespace parley::stix {
namespace {

using Words = std::string_view;

constexpr Words artifact_types[] = {"artifact", "file"};
constexpr Words sample_types[] = {"artifact", "file", "network-traffic"};
constexpr Words folder_types[] = {"file", "directory"};
constexpr Words domain_types[] = {"ipv4-addr", "ipv6-addr", "domain-name"};
constexpr Words place_types[] = {"identity", "location"};
constexpr Words end_types[] = {"ipv4-addr", "ipv6-addr", "mac-addr", "domain-name"};
constexpr Words related_types[] = {"relationship", "sighting", "bundle", "marking-definition",
                                   "language-content"};
constexpr Words language_types[] = {"bundle", "language-content"};
constexpr Words domain_objects[] = {"attack-pattern", "campaign",      "course-of-action", "grouping",
                                    "identity",       "incident",      "indicator",        "infrastructure",
                                    "intrusion-set",  "location",      "malware",          "malware-analysis",
                                    "note",           "observed-data", "opinion",          "report",
                                    "threat-actor",   "tool",          "vulnerability"};
constexpr Words software[] = {"software"};
constexpr Words artifact[] = {"artifact"};
constexpr Words directory[] = {"directory"};
constexpr Words file[] = {"file"};
constexpr Words autonomous_system[] = {"autonomous-system"};
constexpr Words email[] = {"email-addr"};
constexpr Words identity[] = {"identity"};
constexpr Words mac[] = {"mac-addr"};
constexpr Words marking[] = {"marking-definition"};
constexpr Words traffic[] = {"network-traffic"};
constexpr Words observed[] = {"observed-data"};
constexpr Words process[] = {"process"};
constexpr Words account[] = {"user-account"};
constexpr Words bundle[] = {"bundle"};

// In the order of the enumeration.
constexpr std::array<TargetFacts, 24> facts{{
    {"anything", {}, true},
    {"software", software},
    {"an artifact", artifact},
    {"a directory", directory},
    {"a file", file},
    {"a file or a directory", folder_types},
    {"an artifact or a file", artifact_types},
    {"an artifact, a file or network-traffic", sample_types},
    {"an autonomous-system", autonomous_system},
    {"an ipv4-addr, ipv6-addr or domain-name", domain_types},
    {"an email-addr", email},
    {"an identity", identity},
    {"an identity or a location", place_types},
    {"a mac-addr", mac},
    {"a marking-definition", marking},
    {"an ipv4-addr, ipv6-addr, mac-addr or domain-name", end_types},
    {"network-traffic", traffic},
    {"observed-data", observed},
    {"a process", process},
    {"a user-account", account},
    {"a domain object or an observable", related_types, true},
    {"an object that has text", language_types, true},
    {"observables, relationships and sightings", domain_objects, true},
    {"a bundle", bundle},
}};
static_assert(facts.size() == static_cast<std::size_t>(Targets::bundle) + 1);

}  // namespace

const TargetFacts& target_facts(Targets targets) {
  return facts[static_cast<std::size_t>(targets)];
}

bool is_target(Targets targets, std::string_view type) {
  const TargetFacts& facts_of = target_facts(targets);
  const bool named = std::ranges::find(facts_of.types, type) != facts_of.types.end();
  return named != facts_of.all_but;
}

}  // namespace parley::stix
