#pragma once

#include <string_view>

namespace parley::state {

/// Whether two raw objects say the same: the same bytes, or the same JSON value written otherwise (white
/// space, order of members). What is no JSON is only the same as its own bytes. Linear.
bool same_content(std::string_view a, std::string_view b);

}  // namespace parley::state
