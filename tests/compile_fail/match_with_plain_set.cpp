// EXPECT: no matching function|no viable conversion
// A set of selectors that the gate has not seen does not enter a match.
#include "exchange/committed_set.hpp"

auto commit(parley::Entropy& entropy) {
  return parley::exchange::commit_set(parley::exchange::SelectorSet{}, entropy);
}
