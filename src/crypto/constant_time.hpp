#pragma once

#include "base/bytes.hpp"

namespace parley::crypto {

/// Whether two byte strings are equal, in a time that depends on their lengths only.
bool equal_constant_time(BytesView a, BytesView b);

}  // namespace parley::crypto
