#pragma once

#include <cstdint>

#include "base/time.hpp"
#include "intel/selector.hpp"
#include "state/source.hpp"

namespace parley::state {

/// As MISP numbers them.
enum class SightingKind : std::uint8_t {
  seen = 0,
  false_positive = 1,
  expiration = 2,  ///< it counts no more from then on
};

/// That somebody saw a value, found it harmless, or says when it ends. (selector, time, kind, source) tells
/// sightings apart.
struct Sighting {
  intel::Selector selector;
  Timestamp at;
  SightingKind kind = SightingKind::seen;
  SourceId source;
  std::uint64_t times = 1;  ///< that the source reports for this moment
};

}  // namespace parley::state
