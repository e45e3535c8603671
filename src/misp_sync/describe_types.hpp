#pragma once

#include <string_view>

#include "misp/value.hpp"

namespace parley::misp_sync {

/// The answer of attributes/describeTypes: every attribute type and category that MISP has, with what it
/// takes for granted of them.
misp::Value describe_types();

/// The category that MISP gives an attribute of this type when it has none; empty for an unknown type.
std::string_view usual_category(std::string_view type);

}  // namespace parley::misp_sync
