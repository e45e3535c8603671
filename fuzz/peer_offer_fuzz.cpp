// Property: an offer that is accepted is written back byte by byte, and its bounds hold.
#include <algorithm>
#include <bit>
#include <cstdlib>

#include "peer/offer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  const BytesView bytes(data, size);
  const auto offer = peer::parse_offer(bytes);
  if (!offer) return 0;
  const auto again = peer::encode_offer(*offer);
  if (!again || !std::ranges::equal(*again, bytes)) std::abort();
  if (!std::has_single_bit(offer->initiator.padded_size) || offer->types.empty()) std::abort();
  return 0;
}
