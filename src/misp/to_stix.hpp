#pragma once

#include <cstddef>

#include "misp/event.hpp"

namespace parley::misp {

/// What did not find a place of its own in STIX; it is there, under a name of MISP's.
struct StixReport {
  std::size_t attributes = 0;         ///< of the event
  std::size_t custom_attributes = 0;  ///< as `x-misp-attribute`
  std::size_t custom_objects = 0;     ///< as `x-misp-object`
};

/// The event as a STIX 2.1 bundle, as misp-stix makes it: `report` when published, else `grouping`; each
/// attribute as observed-data with its observables, an indicator `based-on` it where `to_ids` says so;
/// objects as `x-misp-object`; clusters of galaxies as threat actors, attack patterns and so on; sightings,
/// reports. Ids come from the UUIDs of the event, so the same event always gives the same bundle. Deleted
/// attributes and objects are left out. What is different from misp-stix on purpose, and why:
/// docs/misp-stix.md.
///
/// Every object carries the TLP marking of its own tags and of the event's, whichever is stricter.
Value to_stix(const Event& event, StixReport* report = nullptr);

}  // namespace parley::misp
