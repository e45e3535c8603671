#include "exchange/package_stream.hpp"

#include <algorithm>

#include "crypto/hash.hpp"

namespace parley::exchange {

std::optional<peer::Frame> PackageStream::next() {
  if (ended_) return std::nullopt;
  if (sent_ < package_.size()) {
    const std::size_t size = std::min(package_.size() - sent_, peer::max_chunk_bytes);
    const BytesView chunk = BytesView(package_).subspan(sent_, size);
    sent_ += size;
    return peer::Frame{peer::FrameType::package, to_bytes(chunk)};
  }
  const crypto::Hash256 hash = crypto::sha256(package_);
  ended_ = true;
  package_.clear();
  return peer::Frame{peer::FrameType::package_end, to_bytes(BytesView(hash))};
}

}  // namespace parley::exchange
