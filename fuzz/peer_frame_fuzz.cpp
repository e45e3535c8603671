// Property: whatever the bytes and however they are cut, the decoder gives the same frames; what it gave,
// encoded again, is the front of the stream; nothing over its limit is given out.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "peer/frame.hpp"

namespace {

using namespace parley;

struct Decoded {
  std::vector<peer::Frame> frames;
  bool failed = false;
};

Decoded decode(BytesView stream, std::size_t piece) {
  Decoded out;
  peer::FrameDecoder decoder;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    if (!decoder.feed(stream.subspan(at, std::min(piece, stream.size() - at)))) {
      out.failed = true;
      return out;
    }
    for (;;) {
      auto frame = decoder.next();
      if (!frame) {
        out.failed = true;
        return out;
      }
      if (!*frame) break;
      if ((*frame)->body.size() > *peer::frame_limit((*frame)->type)) std::abort();
      out.frames.push_back(std::move(**frame));
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const BytesView stream(data + 1, size - 1);
  const Decoded whole = decode(stream, std::max<std::size_t>(stream.size(), 1));
  const Decoded cut = decode(stream, data[0] % 16U + 1U);
  if (whole.failed != cut.failed || whole.frames != cut.frames) std::abort();
  Bytes again;
  for (const peer::Frame& frame : whole.frames) append(again, peer::encode_frame(frame));
  if (again.size() > stream.size() || !std::ranges::equal(again, stream.first(again.size()))) std::abort();
  return 0;
}
