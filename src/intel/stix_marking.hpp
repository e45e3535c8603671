#pragma once

#include "intel/json_dom.hpp"
#include "intel/stix.hpp"

namespace parley::intel {

/// Fills `marking_refs`, `unresolved_markings`, `own_marking`, `marking` and, for a marking-definition,
/// `defines`. Labels must have been read.
void read_markings(const simdjson::dom::object& tree, StixObject& object);

}  // namespace parley::intel
