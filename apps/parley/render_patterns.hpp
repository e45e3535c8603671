#pragma once

#include "encoding/json.hpp"

namespace parley::app {

/// The answers of `pattern check`, `pattern match` and `related` for a person.
void print_pattern_check(const encoding::Json& output);
void print_pattern_match(const encoding::Json& output);
void print_related(const encoding::Json& output);

}  // namespace parley::app
