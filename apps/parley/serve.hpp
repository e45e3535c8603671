#pragma once

#include "request.hpp"

namespace parley::app {

/// `parley serve`: runs the node until SIGTERM or SIGINT. Prints one line (or JSON object) when it listens.
int serve(const Request& request);

}  // namespace parley::app
