#pragma once

#include <string_view>
#include <vector>

#include "intel/selector.hpp"
#include "misp/event.hpp"

namespace parley::misp {

/// The event that a STIX bundle tells of. What came from MISP (by `to_stix` or misp-stix: labels
/// `misp:type=…`) becomes what it was: attributes with their UUIDs, types, categories, `to_ids`, tags;
/// objects; sightings; reports. Of other objects, values become attributes, actors, malware and techniques
/// become tags of galaxies. A report or grouping gives the event its UUID, title, author and time; without
/// one the bundle does. Bad input when it is no bundle, or nothing in it says anything that MISP has a place
/// for.
Result<Event> from_stix(const Value& bundle);

/// The attributes that one STIX object (not from MISP) comes to: one for each of its values, with UUIDs made
/// from its id and the value. None when it has no value.
std::vector<Value> attributes_of(const Value& object);

/// The type and category of MISP for a selector.
struct MispType {
  std::string_view type;
  std::string_view category;
};
MispType misp_type_of(intel::SelectorType type);

}  // namespace parley::misp
