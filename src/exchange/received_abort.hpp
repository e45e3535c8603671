#pragma once

#include <string_view>

#include "exchange/node.hpp"

namespace parley::exchange {

/// Puts a peer's abort, whose signature was checked, into the ledger: the same one once, and no more in a day
/// than a peer may cause (`max_recorded_aborts_per_day`, its own and ours together). Whether it was put
/// there.
Result<bool> keep_abort(Node& node, std::string_view peer_origin, std::string_view jws);

}  // namespace parley::exchange
