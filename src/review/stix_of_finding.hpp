#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "encoding/json.hpp"
#include "intel/selector.hpp"
#include "report/knowledge.hpp"

namespace parley::review {

/// The STIX pattern that stands for a selector; nothing for types that STIX has no observable for (IBAN,
/// wallets, CVE).
std::optional<std::string> pattern_of(const intel::Selector& selector);

/// The STIX type of the object that a confirmed value becomes: an indicator, a vulnerability; empty: none,
/// the value is held without an object.
std::string_view type_of_value(intel::SelectorType type);

/// What all objects of one report have in common.
struct ObjectFrame {
  std::string created_by;  ///< id of the identity of this node
  std::string time;        ///< created and modified, RFC 3339
  std::string marking;     ///< id of a marking definition, or empty
  std::string source;      ///< name of the report's source
};

/// The object of a value; nothing where `type_of_value` says none.
std::optional<encoding::Json> object_of_value(const intel::Selector& selector, std::string_view id,
                                              std::string_view note, const ObjectFrame& frame);
/// The object of a thing that is known from a source that is not STIX (a galaxy).
encoding::Json object_of_thing(const report::KnownThing& thing, const ObjectFrame& frame);

}  // namespace parley::review
