// EXPECT: deleted
// One decision is not spent twice.
#include "base/bytes.hpp"
#include "exchange/cleared.hpp"

parley::exchange::Cleared<parley::Bytes> twice(const parley::exchange::Cleared<parley::Bytes>& once) {
  return once;
}
