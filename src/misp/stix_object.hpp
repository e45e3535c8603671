#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "misp/value.hpp"

namespace parley::misp {

/// A MISP object in STIX.
struct StixForm {
  std::string type;                 ///< of the SDO, "observed-data" or "indicator" (a rule)
  Value members = Value::object();  ///< of the SDO or rule, besides those that all have
  std::vector<Value> observables;   ///< of observed-data, the main one first
  std::string pattern;              ///< over what is `to_ids`; empty: no indicator
  bool with_phase = false;          ///< of an SDO: the category is its phase of a kill chain
};

/// What STIX has for the object, as misp-stix makes it; nothing for templates without a place there, and for
/// objects that lack what STIX requires (a file without name and hash): they become an `x-misp-object`.
/// Values that have no property of their own stand in `x_misp_RELATION`. Linear in the attributes.
std::optional<StixForm> stix_form(const Value& object);

/// The name of a property of ours for a relation or a key: letters and digits in lower case, underscores.
std::string custom_property(std::string_view relation);

/// A value inside the quotes of a pattern (STIX 2.1 section 9.3).
std::string quoted_in_pattern(std::string_view value);

/// The way back where nobody has kept the MISP attributes: `stix` is the SDO, observed-data or rule, `parts`
/// its observables, `pattern` what the indicator over them looks for. Attributes with relation, type, value
/// and `to_ids`; with a `uuid` where an observable of their own has it. Empty for names without a template.
Value::Array misp_object_attributes(std::string_view name, const Value& stix,
                                    const std::vector<const Value*>& parts, std::string_view pattern);

}  // namespace parley::misp
