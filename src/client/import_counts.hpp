#pragma once

#include "exchange/importing.hpp"

namespace parley::client {

/// Adds what one page came to, with its rejects as far as there is room for them.
void add_counts(exchange::ImportReport& sum, exchange::ImportReport&& one);

}  // namespace parley::client
