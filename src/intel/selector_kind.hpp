#pragma once

#include <string_view>
#include <vector>

#include "intel/selector.hpp"

namespace parley::intel {

/// The selector types that a word of another format stands for: "ip-dst" gives both address families, a
/// composite ("domain|ip") those of its parts; empty for a word that stands for none. See `selector_of_kind`.
std::vector<SelectorType> types_of_kind(std::string_view kind);

}  // namespace parley::intel
