#include "match/sha256_lanes.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "crypto/secret.hpp"

namespace parley::match {
namespace detail {
namespace {

constexpr std::size_t tail_bytes = 9;   // the bit behind the message, and its length
constexpr std::size_t most_blocks = 4;  // a longer message would keep the other lanes waiting

std::size_t blocks_of(BytesView message) {
  return (message.size() + tail_bytes + sha256_block_bytes - 1) / sha256_block_bytes;
}

void write_block(BytesView message, std::size_t index, std::size_t blocks_before, std::uint8_t* out) {
  const std::size_t from = std::min(message.size(), index * sha256_block_bytes);
  const std::size_t count = std::min(sha256_block_bytes, message.size() - from);
  if (count > 0) std::memcpy(out, message.data() + from, count);
  std::memset(out + count, 0, sha256_block_bytes - count);
  if (count < sha256_block_bytes && from == index * sha256_block_bytes) out[count] = 0x80;
  if (index + 1 < blocks_of(message)) return;
  const std::uint64_t bits = 8 * (blocks_before * sha256_block_bytes + message.size());
  for (std::size_t i = 0; i < 8; ++i)
    out[sha256_block_bytes - 1 - i] = static_cast<std::uint8_t>(bits >> (8 * i));
}

}  // namespace

std::uint16_t sha256_sixteen(const Sha256State& state, std::size_t blocks_before,
                             std::span<const BytesView> messages, Sha256Lanes& out) {
  PARLEY_ASSERT(messages.size() <= sha256_lanes);
  alignas(64) std::array<std::uint8_t, sha256_lanes * sha256_block_bytes> blocks{};
  std::uint16_t taken = 0;
  for (std::size_t i = 0; i < state.size(); ++i) std::ranges::fill(out.words[i], state[i]);
  for (std::size_t index = 0; index < most_blocks; ++index) {
    std::uint16_t active = 0;
    for (std::size_t lane = 0; lane < messages.size(); ++lane) {
      const std::size_t needed = blocks_of(messages[lane]);
      if (index >= needed || needed > most_blocks) continue;
      write_block(messages[lane], index, blocks_before, blocks.data() + lane * sha256_block_bytes);
      active = static_cast<std::uint16_t>(active | (1U << lane));
    }
    if (active == 0) break;
    taken |= active;
    sha256_compress(out, blocks.data(), active);
  }
  crypto::wipe(blocks);
  return taken;
}

void read_lane(const Sha256Lanes& lanes, std::size_t lane, std::span<std::uint8_t> out) {
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::uint8_t>(lanes.words[i / 4][lane] >> (24 - 8 * (i % 4)));
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
