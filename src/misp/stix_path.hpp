#pragma once

#include <string_view>

#include "misp/value.hpp"

// Places in an object of STIX as `Field::path` names them; for the sources of the conversion alone.

namespace parley::misp {

/// The value at the end of a path; nullptr when there is none.
const Value* value_at(const Value& object, std::string_view path);

/// What the path names, made as far as it is not there.
Value& place_at(Value& object, std::string_view path);

}  // namespace parley::misp
