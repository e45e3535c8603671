#pragma once

#include "encoding/json.hpp"

namespace parley::app {

/// A page of hits for people: two lines a hit, what it is and where it is from.
void print_hits(const encoding::Json& output);

}  // namespace parley::app
