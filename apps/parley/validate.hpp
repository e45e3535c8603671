#pragma once

#include "base/result.hpp"
#include "encoding/json.hpp"
#include "request.hpp"

namespace parley::app {

/// What `validate` found: for `--json`, and the exit code: 0 all files valid, 1 one is not, 3 one cannot be
/// read as STIX at all.
struct ValidateAnswer {
  encoding::Json json;
  int exit = 0;
};

/// `validate FILE…`: checks STIX files against the specification. Needs no home and no node. Without --json
/// the findings are printed for a person, each kind once with its number and first places.
Result<ValidateAnswer> validate_files(const Request& request);

}  // namespace parley::app
