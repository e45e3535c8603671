#include "match/prefixed_sha256.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "crypto/hash.hpp"

namespace parley::match {
namespace {

using block::Block;

Block by_library(const PrefixedSha256::Prefix& prefix, BytesView message) {
  thread_local crypto::Sha256 sha;
  const crypto::Hash256 hash = sha.update(BytesView(prefix)).update(message).finish();
  return block::load(hash.data());
}

}  // namespace

PrefixedSha256::PrefixedSha256(const Prefix& prefix, block::Path path) : prefix_(prefix), path_(path) {
  if (path != block::Path::avx512) return;
  detail::Sha256Lanes state{};
  std::array<std::uint8_t, detail::sha256_lanes * detail::sha256_block_bytes> blocks{};
  for (std::size_t i = 0; i < after_prefix_.size(); ++i) state.words[i][0] = detail::sha256_start[i];
  std::ranges::copy(prefix, blocks.begin());
  detail::sha256_compress(state, blocks.data(), 1);
  for (std::size_t i = 0; i < after_prefix_.size(); ++i) after_prefix_[i] = state.words[i][0];
}

void PrefixedSha256::hash(std::span<const BytesView> messages, std::span<Block> out) const {
  PARLEY_ASSERT(messages.size() == out.size());
  if (path_ != block::Path::avx512) {
    for (std::size_t i = 0; i < messages.size(); ++i) out[i] = by_library(prefix_, messages[i]);
    return;
  }
  for (std::size_t at = 0; at < messages.size(); at += detail::sha256_lanes) {
    const std::size_t count = std::min(detail::sha256_lanes, messages.size() - at);
    detail::Sha256Lanes lanes;
    const std::uint16_t taken = detail::sha256_sixteen(after_prefix_, 1, messages.subspan(at, count), lanes);
    for (std::size_t lane = 0; lane < count; ++lane) {
      if ((taken >> lane & 1) == 0) {
        out[at + lane] = by_library(prefix_, messages[at + lane]);
        continue;
      }
      ByteArray<16> bytes;
      detail::read_lane(lanes, lane, bytes);
      out[at + lane] = block::load(bytes.data());
    }
  }
}

}  // namespace parley::match
