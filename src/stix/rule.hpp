#pragma once

#include <cstdint>
#include <string_view>

namespace parley::stix {

enum class Severity : std::uint8_t { error, warning };

/// Every rule that the validator knows. `rule_facts` has its name, its text and where it comes from.
enum class Rule : std::uint8_t {
  // The text itself
  not_json,
  not_object,
  duplicate_name,
  too_deep,
  // What every object has
  type_missing,
  type_form,
  type_reserved,
  id_form,
  id_of_other_type,
  id_of_other_type_spec,
  spec_version_value,
  required_property,
  reserved_property,
  property_name,
  property_name_spec,
  property_null,
  list_empty,
  dictionary_empty,
  dictionary_key,
  // Values
  wrong_type,
  text_form,
  out_of_range,
  time_form,
  time_day,
  time_precision,
  enumeration_value,
  hash_value,
  base64_form,
  hex_form,
  uri_form,
  language_tag,
  identifier_form,
  identifier_form_spec,
  reference_target,
  reference_target_spec,
  reference_key,
  // Several properties together
  one_needed,
  not_together,
  needs_other,
  time_order,
  cve_reference,
  external_reference_empty,
  // Markings
  marking_definition_form,
  tlp_not_original,
  tlp_not_original_spec,
  marking_circular,
  selector_form,
  selector_missing,
  granular_one_of,
  markings_tlp_twice,
  // Extensions
  extension_key,
  extension_type_missing,
  extension_properties_misplaced,
  extension_empty,
  // Single types
  pattern_broken,
  pattern_name,
  hive_abbreviated,
  media_type,
  character_set,
  content_language,
  content_property,
  contributing_uuid,
  process_uuid,
  sco_namespace,
  header_only_known,
  malware_family_name,
  is_active_end,
  contents_not_objects,
  observed_reference,
  required_property_spec,
  // Bundles and versions
  bundle_objects,
  nested_bundle,
  interop_property,
  interop_created_by,
  version_conflict,
  // Advice
  read_as_20,
  wrong_spec_version,
  uuid_version,
  vocabulary_format,
  vocabulary_value,
  kill_chain_name,
  object_keys,
  dictionary_case,
  product_name,
  process_priority,
  hash_key_length,
  definition_type,
  relationship_source,
  relationship_type,
  relationship_target,
  duplicate_id,
  hash_algorithm,
  media_type_advice,
  protocol,
  ipfix_name,
  request_header,
  socket_option,
  pdf_key,
  country,
  traffic_ports,
  reference_hashes,
  indicator_properties,
  deprecated_property,
  extension_description,
  extension_properties,
  custom_object,
  custom_property,
  custom_extension,
  custom_marking,
  custom_prefix,
  custom_prefix_lax,
  sco_id_differs,
  pattern_unusable,
  language_iso,
  last_rule
};

/// Where a rule stands: also checked by OASIS' stix2-validator, or in the text of STIX 2.1 alone.
enum class Origin : std::uint8_t { oasis, specification };

struct RuleFacts {
  std::string_view name;
  Severity severity;
  std::uint16_t code;  ///< official code of the check; 0 when there is none, or when the vocabulary has it
  Origin origin;
  std::string_view message;  ///< $a, $b, $c stand for the words of the finding
};

const RuleFacts& rule_facts(Rule rule);

/// "attack-motivation" for 211; "check" for codes that nobody defined.
std::string_view check_name(std::uint16_t code);

}  // namespace parley::stix
