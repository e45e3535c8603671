#pragma once

#include <string_view>

#include "base/result.hpp"

namespace parley::policy {

/// Refuses control characters anywhere, and anything but ASCII outside strings and comments: TOML 1.0 has no
/// place for either, and toml++ 3.3 has undefined behaviour on the second (its table of white space runs into
/// an "unreachable" for most letters). Linear; `where` is the line.
Result<void> check_toml_characters(std::string_view text);

}  // namespace parley::policy
