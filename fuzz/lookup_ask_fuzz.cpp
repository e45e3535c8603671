// The question that opens a session of look-ups, and the offer that answers it. Property: an accepted one is
// the one that writing it gives; nothing is both.
#include <algorithm>

#include "base/assert.hpp"
#include "exchange/lookup_ask.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  const BytesView bytes(data, size);
  const auto ask = exchange::parse_lookup_ask(bytes);
  if (ask) {
    const auto again = exchange::encode_lookup_ask(*ask);
    PARLEY_ASSERT(again && std::ranges::equal(*again, bytes));
  }
  const auto offer = exchange::parse_lookup_offer(bytes);
  if (offer) {
    const auto again = exchange::encode_lookup_offer(*offer);
    PARLEY_ASSERT(!ask && again && std::ranges::equal(*again, bytes));
  }
  static const crypto::SigningKey key = crypto::SigningKey::from_seed(Bytes(32, 1)).value();
  PARLEY_ASSERT(!exchange::read_lookup_offer(bytes, {}, key.public_key()));
  return 0;
}
