#pragma once

#include "exchange/node.hpp"

namespace parley::exchange {

/// The latest time that this node has seen: of its last ledger entry, or of a clock that it noted before. It
/// never falls, whatever the clock does and however often the node starts anew.
Result<Timestamp> latest_seen(Node& node);

/// Notes what the clock says now, once a minute at most; returns the latest time seen.
Result<Timestamp> note_time(Node& node);

/// Refused by `clock-skew` while the clock stands more than `policy::clock_skew_limit` before what was seen:
/// no act until it is set right, and nothing is lost by waiting.
Result<void> check_clock(Node& node);

}  // namespace parley::exchange
