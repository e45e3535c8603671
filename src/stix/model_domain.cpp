#include <array>

#include "stix/model_properties.hpp"
#include "stix/model_tables.hpp"

namespace parley::stix::table {
namespace {

// STIX 2.1 section 4: domain objects; section 5: relationship objects; section 7: meta objects.

constexpr Property kill_chain_phases = list(part("kill_chain_phases", Part::kill_chain_phase));
constexpr Property object_refs = required(list(ref("object_refs", Targets::any)));

constexpr std::array attack_pattern{required(text("name")), text("description"),
                                    since_21(list(text("aliases"))), kill_chain_phases};
constexpr std::array campaign{required(text("name")), text("description"), list(text("aliases")),
                              time("first_seen"),     time("last_seen"),   text("objective")};
constexpr std::array named{required(text("name")), text("description")};
constexpr std::array grouping{text("name"), text("description"),
                              required(word("context", Vocabulary::grouping_context)), object_refs};
constexpr std::array identity{required(text("name")),
                              text("description"),
                              since_21(list(text("roles"))),
                              word("identity_class", Vocabulary::identity_class),
                              list(word("sectors", Vocabulary::industry_sector)),
                              text("contact_information")};
constexpr std::array indicator{text("name"),
                               text("description"),
                               since_21(list(word("indicator_types", Vocabulary::indicator_type))),
                               required(text("pattern")),
                               required(since_21(word("pattern_type", Vocabulary::pattern_type))),
                               since_21(text("pattern_version")),
                               required(time("valid_from")),
                               time("valid_until"),
                               kill_chain_phases};
constexpr std::array infrastructure{required(text("name")),
                                    text("description"),
                                    list(word("infrastructure_types", Vocabulary::infrastructure_type)),
                                    list(text("aliases")),
                                    kill_chain_phases,
                                    time("first_seen"),
                                    time("last_seen")};
constexpr std::array intrusion_set{required(text("name")),
                                   text("description"),
                                   list(text("aliases")),
                                   time("first_seen"),
                                   time("last_seen"),
                                   list(text("goals")),
                                   word("resource_level", Vocabulary::attack_resource_level),
                                   word("primary_motivation", Vocabulary::attack_motivation),
                                   list(word("secondary_motivations", Vocabulary::attack_motivation))};
constexpr std::array location{text("name"),
                              text("description"),
                              number("latitude", Range::latitude),
                              number("longitude", Range::longitude),
                              number("precision"),
                              word("region", Vocabulary::region),
                              text("country"),
                              text("administrative_area"),
                              text("city"),
                              text("street_address"),
                              text("postal_code")};
constexpr std::array malware{
    text("name"),
    text("description"),
    since_21(list(word("malware_types", Vocabulary::malware_type))),
    required(since_21(boolean("is_family"))),
    since_21(list(text("aliases"))),
    kill_chain_phases,
    since_21(time("first_seen")),
    since_21(time("last_seen")),
    since_21(list(ref("operating_system_refs", Targets::software))),
    since_21(list(word("architecture_execution_envs", Vocabulary::processor_architecture))),
    since_21(list(word("implementation_languages", Vocabulary::implementation_language))),
    since_21(list(word("capabilities", Vocabulary::malware_capability))),
    since_21(list(ref("sample_refs", Targets::artifact_or_file)))};
constexpr std::array malware_analysis{required(text("product")),
                                      text("version"),
                                      ref("host_vm_ref", Targets::software),
                                      ref("operating_system_ref", Targets::software),
                                      list(ref("installed_software_refs", Targets::software)),
                                      text("configuration_version"),
                                      list(text("modules")),
                                      text("analysis_engine_version"),
                                      text("analysis_definition_version"),
                                      time("submitted"),
                                      time("analysis_started"),
                                      time("analysis_ended"),
                                      text("result_name"),
                                      word("result", Vocabulary::malware_result),
                                      list(ref("analysis_sco_refs", Targets::any)),
                                      ref("sample_ref", Targets::sample)};
constexpr std::array note{text("abstract"), required(text("content")), list(text("authors")), object_refs};
constexpr std::array observed_data{required(time("first_observed")), required(time("last_observed")),
                                   required(integer("number_observed", Range::one_to_many)),
                                   value_of("objects", Kind::parts_by_key),
                                   since_21(list(ref("object_refs", Targets::observed)))};
constexpr std::array opinion{text("explanation"), list(text("authors")),
                             required(one_of("opinion", Vocabulary::opinion)), object_refs};
constexpr std::array report{required(text("name")), text("description"),
                            since_21(list(word("report_types", Vocabulary::report_type))),
                            required(time("published")), object_refs};
constexpr std::array threat_actor{required(text("name")),
                                  text("description"),
                                  since_21(list(word("threat_actor_types", Vocabulary::actor_type))),
                                  list(text("aliases")),
                                  since_21(time("first_seen")),
                                  since_21(time("last_seen")),
                                  list(word("roles", Vocabulary::actor_role)),
                                  list(text("goals")),
                                  word("sophistication", Vocabulary::actor_sophistication),
                                  word("resource_level", Vocabulary::attack_resource_level),
                                  word("primary_motivation", Vocabulary::attack_motivation),
                                  list(word("secondary_motivations", Vocabulary::attack_motivation)),
                                  list(word("personal_motivations", Vocabulary::attack_motivation))};
constexpr std::array tool{required(text("name")),
                          text("description"),
                          since_21(list(word("tool_types", Vocabulary::tool_type))),
                          since_21(list(text("aliases"))),
                          kill_chain_phases,
                          text("tool_version")};
constexpr std::array relationship{required(form("relationship_type", Form::relationship_type)),
                                  text("description"),
                                  required(ref("source_ref", Targets::not_relationship)),
                                  required(ref("target_ref", Targets::not_relationship)),
                                  since_21(time("start_time")),
                                  since_21(time("stop_time"))};
constexpr std::array sighting{since_21(text("description")),
                              time("first_seen"),
                              time("last_seen"),
                              integer("count", Range::zero_to_many),
                              required(ref("sighting_of_ref", Targets::not_relationship)),
                              list(ref("observed_data_refs", Targets::observed_data)),
                              list(ref("where_sighted_refs", Targets::identity_or_location)),
                              boolean("summary")};
constexpr std::array extension_definition{
    required(text("name")),
    text("description"),
    required(text("schema")),
    required(text("version")),
    required(list(one_of("extension_types", Vocabulary::extension_type))),
    list(text("extension_properties"))};
constexpr std::array language_content{required(ref("object_ref", Targets::not_language)),
                                      time("object_modified"), required(dictionary("contents"))};
constexpr std::array marking_definition{since_21(text("name")), text("definition_type"),
                                        value_of("definition", Kind::any)};
constexpr std::array bundle{value_of("objects", Kind::any)};

using enum Relation::Kind;
constexpr Relation seen{not_before, {"last_seen", "first_seen"}};
constexpr std::array seen_only{seen};
constexpr std::array indicator_relations{Relation{after, {"valid_until", "valid_from"}}};
constexpr std::array location_relations{Relation{needs, {"latitude", "longitude"}},
                                        Relation{needs, {"longitude", "latitude"}},
                                        Relation{needs, {"precision", "latitude", "longitude"}},
                                        Relation{any_of, {"region", "country", "latitude"}}};
constexpr std::array analysis_relations{Relation{any_of, {"result", "analysis_sco_refs"}}};
constexpr std::array observed_relations{Relation{one_of, {"objects", "object_refs"}},
                                        Relation{not_before, {"last_observed", "first_observed"}}};
constexpr std::array relationship_relations{Relation{after, {"stop_time", "start_time"}}};

constexpr std::array<std::string_view, 1> labels_20{"labels"};
constexpr std::array<std::string_view, 1> identity_20{"identity_class"};
constexpr std::array<std::string_view, 2> malware_20{"labels", "name"};
constexpr std::array<std::string_view, 1> observed_20{"objects"};

constexpr auto domain = Category::domain;
constexpr auto relating = Category::relationship;
constexpr auto meta = Category::meta;

constexpr std::array models{
    TypeModel{"attack-pattern", domain, attack_pattern, {}, {}, true},
    TypeModel{"campaign", domain, campaign, seen_only, {}, true},
    TypeModel{"course-of-action", domain, named, {}, {}, true},
    TypeModel{"grouping", domain, grouping},
    TypeModel{"identity", domain, identity, {}, identity_20, true},
    TypeModel{"incident", domain, named},
    TypeModel{"indicator", domain, indicator, indicator_relations, labels_20, true},
    TypeModel{"infrastructure", domain, infrastructure, seen_only},
    TypeModel{"intrusion-set", domain, intrusion_set, seen_only, {}, true},
    TypeModel{"location", domain, location, location_relations},
    TypeModel{"malware", domain, malware, seen_only, malware_20, true},
    TypeModel{"malware-analysis", domain, malware_analysis, analysis_relations},
    TypeModel{"note", domain, note},
    TypeModel{"observed-data", domain, observed_data, observed_relations, observed_20, true},
    TypeModel{"opinion", domain, opinion},
    TypeModel{"report", domain, report, {}, labels_20, true},
    TypeModel{"threat-actor", domain, threat_actor, seen_only, labels_20, true},
    TypeModel{"tool", domain, tool, {}, labels_20, true},
    TypeModel{"vulnerability", domain, named, {}, {}, true},
    TypeModel{"relationship", relating, relationship, relationship_relations, {}, true},
    TypeModel{"sighting", relating, sighting, seen_only, {}, true},
    TypeModel{"extension-definition", meta, extension_definition},
    TypeModel{"language-content", meta, language_content},
    TypeModel{"marking-definition", meta, marking_definition, {}, {}, true},
    TypeModel{"bundle", Category::bundle, bundle, {}, {}, true},
};

}  // namespace

std::span<const TypeModel> domain_types() {
  return models;
}

}  // namespace parley::stix::table
