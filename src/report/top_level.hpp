#pragma once

#include <string_view>

namespace parley::report {

/// Whether the label is a top-level domain of the root zone, in ASCII ("xn--p1ai" for names of other
/// scripts), in any case. O(length).
bool is_top_level_domain(std::string_view label);

}  // namespace parley::report
