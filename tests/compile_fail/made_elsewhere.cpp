// EXPECT: private
// Nobody but the gate makes a clearance.
#include "base/bytes.hpp"
#include "exchange/cleared.hpp"

parley::exchange::Cleared<parley::Bytes> forged(parley::Bytes{}, parley::exchange::Clearance{});
