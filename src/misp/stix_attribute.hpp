#pragma once

#include <string>
#include <vector>

#include "misp/event.hpp"

namespace parley::misp {

/// An attribute's value in STIX.
struct StixValue {
  std::vector<Value> observables;  ///< SCOs with `id`, the one that names the others first; empty: none
  std::string pattern;             ///< what an indicator of it looks for; empty: there is none
  std::string pattern_type = "stix";
  bool always_indicator = false;  ///< an indicator whatever `to_ids` says: the value is a rule
};

/// The observables and the pattern of an attribute; both empty when STIX has no place for its value (an
/// unknown type, a hash of the wrong length, a port that is no number): it becomes an `x-misp-attribute`.
/// Ids of observables end in the attribute's UUID, as misp-stix has them.
StixValue stix_value(const AttributeView& attribute);

/// The reverse: the MISP value of an attribute of this type from the observables that stand for it, by id;
/// nothing when they are not what `stix_value` makes.
std::optional<std::string> misp_value(std::string_view type, const std::vector<const Value*>& observables);

/// The reverse for patterns that `stix_value` makes: the value of an attribute of this type.
std::optional<std::string> misp_value_of_pattern(std::string_view type, std::string_view pattern);

}  // namespace parley::misp
