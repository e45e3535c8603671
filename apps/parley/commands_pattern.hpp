#pragma once

#include "service.hpp"

namespace parley::app {

/// `pattern check` and `pattern match`: need no home.
Result<Answer> check_patterns(const Json& args);
Result<Answer> match_pattern(const Json& args);

}  // namespace parley::app
