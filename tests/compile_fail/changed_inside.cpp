// EXPECT: (drops|discards).*const|is a private member|no viable overloaded|drops 'const'
// What was cleared cannot be changed behind the gate.
#include "base/bytes.hpp"
#include "exchange/cleared.hpp"

void change(parley::exchange::Cleared<parley::Bytes>& cleared) {
  parley::Bytes& inside = cleared.value();
  inside.push_back(1);
}
