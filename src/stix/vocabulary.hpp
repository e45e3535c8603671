#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace parley::stix {

/// The vocabularies of STIX 2.1 section 10: open ones (a value outside is a warning), then closed ones.
enum class Vocabulary : std::uint8_t {
  none,
  account_type,
  attack_motivation,
  attack_resource_level,
  grouping_context,
  identity_class,
  implementation_language,
  indicator_type,
  industry_sector,
  infrastructure_type,
  malware_capability,
  malware_result,
  malware_type,
  pattern_type,
  processor_architecture,
  region,
  report_type,
  actor_role,
  actor_sophistication,
  actor_type,
  tool_type,
  windows_pebinary_type,
  // closed
  encryption_algorithm,
  extension_type,
  opinion,
  socket_family,
  socket_type,
  service_start,
  service_status,
  service_type,
  integrity_level,
  registry_value_type,
  spec_version,
  last_vocabulary
};

struct VocabularyFacts {
  std::string_view name;  ///< "attack-motivation-ov"
  std::uint16_t code;     ///< of the official check; 0 for closed ones
  std::span<const std::string_view> values;
};

const VocabularyFacts& vocabulary_facts(Vocabulary vocabulary);
bool is_in(Vocabulary vocabulary, std::string_view value);

/// hash-algorithm-ov.
bool is_hash_algorithm(std::string_view name);

}  // namespace parley::stix
