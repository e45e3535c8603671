#pragma once

#include "base/result.hpp"
#include "encoding/json.hpp"
#include "request.hpp"

namespace parley::app {

/// `convert FILE --to stix|misp`: MISP events as a STIX 2.1 bundle, a STIX bundle as a MISP event. A file in,
/// a file (or standard output) out; it needs no home and asks no rules, for nothing of a node is in it.
Result<encoding::Json> convert_file(const Request& request);

}  // namespace parley::app
