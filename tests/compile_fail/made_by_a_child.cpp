// EXPECT: private
// Not through inheritance either.
#include "base/bytes.hpp"
#include "exchange/cleared.hpp"

struct Forged : parley::exchange::Cleared<parley::Bytes> {
  Forged() : Cleared(parley::Bytes{}, parley::exchange::Clearance{}) {}
};
