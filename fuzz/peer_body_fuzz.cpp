// The first byte chooses the frame. Property: an OPEN or MATCH_OFFER body that is accepted is written back
// byte by byte; an abort is never accepted under a key that did not sign it.
#include <cstdlib>

#include "peer/abort.hpp"
#include "peer/offer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  if (size == 0) return 0;
  const Bytes body = to_bytes(BytesView(data + 1, size - 1));
  switch (data[0] % 3U) {
    case 0: {
      const peer::Frame frame{peer::FrameType::open, body};
      const auto open = peer::read_open(frame);
      if (open && peer::make_open(*open) != frame) std::abort();
      break;
    }
    case 1: {
      const peer::Frame frame{peer::FrameType::match_offer, body};
      const auto offer = peer::read_signed_offer(frame);
      if (offer && peer::make_signed_offer(*offer) != frame) std::abort();
      break;
    }
    default:
      // Nobody has signed with this key.
      if (peer::read_abort(as_text(body), crypto::PublicKey(ByteArray<32>{0x58, 0x66, 0x66, 0x66})))
        std::abort();
  }
  return 0;
}
