#include "match/sha256_lanes.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "crypto/secret.hpp"

namespace parley::match {
namespace detail {

std::uint16_t sha256_sixteen(const Sha256State& state, std::size_t blocks_before,
                             std::span<const BytesView> messages, Sha256Lanes& out) {
  PARLEY_ASSERT(messages.size() <= sha256_lanes);
  alignas(64) std::array<std::uint8_t, sha256_lanes * sha256_block_bytes> blocks{};
  std::uint16_t taken = 0;
  for (std::size_t i = 0; i < state.size(); ++i) std::ranges::fill(out.words[i], state[i]);
  for (std::size_t index = 0; index < sha256_most_blocks; ++index) {
    const std::uint16_t active = sha256_fill(messages, index, blocks_before, blocks.data());
    if (active == 0) break;
    taken |= active;
    sha256_compress(out, blocks.data(), active);
  }
  crypto::wipe(blocks);
  return taken;
}

void read_lane(const Sha256Lanes& lanes, std::size_t lane, std::span<std::uint8_t> out) {
  for (std::size_t word = 0; 4 * word < out.size(); ++word) {
    const std::uint32_t big_endian = __builtin_bswap32(lanes.words[word][lane]);
    std::memcpy(out.data() + 4 * word, &big_endian, sizeof big_endian);
  }
}

}  // namespace detail

void sha256_each(std::span<const BytesView> messages, std::span<crypto::Hash256> out, block::Path path) {
  PARLEY_ASSERT(messages.size() == out.size());
  thread_local crypto::Sha256 sha;
  const auto by_library = [&](std::size_t i) { out[i] = sha.update(messages[i]).finish(); };
  if (path != block::Path::avx512) {
    for (std::size_t i = 0; i < messages.size(); ++i) by_library(i);
    return;
  }
  for (std::size_t at = 0; at < messages.size(); at += detail::sha256_lanes) {
    const std::size_t count = std::min(detail::sha256_lanes, messages.size() - at);
    detail::Sha256Lanes lanes;
    const std::uint16_t taken =
        detail::sha256_sixteen(detail::sha256_start, 0, messages.subspan(at, count), lanes);
    for (std::size_t lane = 0; lane < count; ++lane) {
      if ((taken >> lane & 1) != 0)
        detail::read_lane(lanes, lane, out[at + lane]);
      else
        by_library(at + lane);
    }
  }
}

}  // namespace parley::match
