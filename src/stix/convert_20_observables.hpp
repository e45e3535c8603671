#pragma once

#include "encoding/json.hpp"
#include "stix/convert_20.hpp"

namespace parley::stix {

/// Takes the observables out of a STIX 2.0 observed-data: each becomes an object of its own with the id that
/// STIX 2.1 section 2.9 gives, references by key become ids, and `objects` becomes `object_refs`.
Result<void> take_observables(encoding::Json& observed_data, Converted& out);

}  // namespace parley::stix
