#include "match/prefixed_sha256.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "crypto/hash.hpp"
#include "crypto/secret.hpp"

namespace parley::match {
namespace {

using block::Block;

constexpr std::size_t lanes = 16;
constexpr std::size_t block_bytes = 64;
constexpr std::size_t tail_bytes = 9;   // the bit behind the message, and its length
constexpr std::size_t most_blocks = 4;  // a longer message would keep the other lanes waiting
constexpr std::array<std::uint32_t, 8> initial_state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

std::size_t blocks_of(BytesView message) {
  return (message.size() + tail_bytes + block_bytes - 1) / block_bytes;
}

// Block `index` of a message that stands behind one block already.
void write_block(BytesView message, std::size_t index, std::uint8_t* out) {
  const std::size_t from = std::min(message.size(), index * block_bytes);
  const std::size_t count = std::min(block_bytes, message.size() - from);
  if (count > 0) std::memcpy(out, message.data() + from, count);
  std::memset(out + count, 0, block_bytes - count);
  if (count < block_bytes && from == index * block_bytes) out[count] = 0x80;
  if (index + 1 < blocks_of(message)) return;
  const std::uint64_t bits = 8 * (block_bytes + message.size());
  for (std::size_t i = 0; i < 8; ++i) out[block_bytes - 1 - i] = static_cast<std::uint8_t>(bits >> (8 * i));
}

Block by_library(const PrefixedSha256::Prefix& prefix, BytesView message) {
  thread_local crypto::Sha256 sha;
  const crypto::Hash256 hash = sha.update(BytesView(prefix)).update(message).finish();
  return block::load(hash.data());
}

}  // namespace

PrefixedSha256::PrefixedSha256(const Prefix& prefix, block::Path path) : prefix_(prefix), path_(path) {
  if (path != block::Path::avx512) return;
  detail::Sha256Lanes state{};
  std::array<std::uint8_t, lanes * block_bytes> blocks{};
  for (std::size_t i = 0; i < 8; ++i) state.words[i][0] = initial_state[i];
  std::ranges::copy(prefix, blocks.begin());
  detail::sha256_compress(state, blocks.data(), 1);
  for (std::size_t i = 0; i < 8; ++i) after_prefix_[i] = state.words[i][0];
}

void PrefixedSha256::hash(std::span<const BytesView> messages, std::span<Block> out) const {
  PARLEY_ASSERT(messages.size() == out.size());
  if (path_ != block::Path::avx512) {
    for (std::size_t i = 0; i < messages.size(); ++i) out[i] = by_library(prefix_, messages[i]);
    return;
  }
  alignas(64) std::array<std::uint8_t, lanes * block_bytes> blocks{};
  for (std::size_t at = 0; at < messages.size(); at += lanes) {
    const std::size_t count = std::min(lanes, messages.size() - at);
    detail::Sha256Lanes state;
    for (std::size_t i = 0; i < 8; ++i) std::ranges::fill(state.words[i], after_prefix_[i]);
    for (std::size_t index = 0; index < most_blocks; ++index) {
      std::uint16_t active = 0;
      for (std::size_t lane = 0; lane < count; ++lane) {
        const std::size_t needed = blocks_of(messages[at + lane]);
        if (index >= needed || needed > most_blocks) continue;
        write_block(messages[at + lane], index, blocks.data() + lane * block_bytes);
        active = static_cast<std::uint16_t>(active | (1U << lane));
      }
      if (active == 0) break;
      detail::sha256_compress(state, blocks.data(), active);
    }
    for (std::size_t lane = 0; lane < count; ++lane) {
      if (blocks_of(messages[at + lane]) > most_blocks) {
        out[at + lane] = by_library(prefix_, messages[at + lane]);
        continue;
      }
      ByteArray<16> bytes;
      for (std::size_t i = 0; i < 16; ++i)
        bytes[i] = static_cast<std::uint8_t>(state.words[i / 4][lane] >> (24 - 8 * (i % 4)));
      out[at + lane] = block::load(bytes.data());
    }
  }
  crypto::wipe(blocks);
}

}  // namespace parley::match
