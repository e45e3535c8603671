// The question that opens a session of look-ups. Property: an accepted one is the one that writing it gives.
#include <algorithm>

#include "base/assert.hpp"
#include "exchange/lookup_ask.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  const BytesView bytes(data, size);
  const auto ask = exchange::parse_lookup_ask(bytes);
  if (!ask) return 0;
  const auto again = exchange::encode_lookup_ask(*ask);
  PARLEY_ASSERT(again && std::ranges::equal(*again, bytes));
  return 0;
}
