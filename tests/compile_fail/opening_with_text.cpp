// EXPECT: no matching (conversion|constructor)|no viable conversion|cannot convert|could not convert
// An opening of a match holds what the gate cleared, never a text of somebody's making.
#include "exchange/match_opening.hpp"

parley::exchange::MatchOpening opening{"run", "ipv4-addr:192.0.2.1", parley::Bytes{1, 2, 3}};
