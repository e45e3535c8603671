#pragma once

#include <cstdint>

#include "exchange/node.hpp"

namespace parley::exchange {

/// Closes the runs that a crash of this node broke off: each becomes `aborted`, and its end goes into the
/// ledger as that of any other broken session does. Its sealed records stay until their day, since nobody
/// knows any more whether a part of an answer had left. Returns how many; called when a home is opened,
/// before anything else can begin a run. Nothing while this node's log is known to be cut: the runs wait.
Result<std::uint64_t> close_broken_runs(Node& node);

}  // namespace parley::exchange
