#pragma once

#include <string_view>

namespace parley::report {

/// Whether the label is a top-level domain of the root zone, in ASCII ("xn--p1ai" for names of other
/// scripts), or one of networks with names of their own (onion, i2p, bazar), in any case.
bool is_top_level_domain(std::string_view label);
/// Whether it is one of the networks with names of their own.
bool is_other_network(std::string_view label);

}  // namespace parley::report
