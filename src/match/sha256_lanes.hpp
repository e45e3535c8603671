#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "block/path.hpp"
#include "crypto/hash.hpp"

// SHA-256 (FIPS 180-4) of many short messages: sixteen side by side in the words of AVX-512. The libraries
// hash one after another.
namespace parley::match {

/// out[i] = SHA-256 of messages[i]. Sizes must be equal. Path::avx512 hashes sixteen at a time, the other
/// paths are OpenSSL. Time depends on the lengths of the messages, which should be alike.
void sha256_each(std::span<const BytesView> messages, std::span<crypto::Hash256> out,
                 block::Path path = block::best_path());

namespace detail {

inline constexpr std::size_t sha256_lanes = 16;
inline constexpr std::size_t sha256_block_bytes = 64;
using Sha256State = std::array<std::uint32_t, 8>;
/// FIPS 180-4 section 5.3.3.
inline constexpr Sha256State sha256_start = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/// Sixteen states side by side: word i of all, then word i + 1 of all.
struct alignas(64) Sha256Lanes {
  std::uint32_t words[8][sha256_lanes];
};
/// Longer messages are left out of the lanes: they would keep the others waiting.
inline constexpr std::size_t sha256_most_blocks = 4;
/// Writes block number `index` of each message, padding and length included, to `blocks` (16 · 64 bytes);
/// which of them have such a block. `blocks_before` are hashed already. AVX-512F/BW.
std::uint16_t sha256_fill(std::span<const BytesView> messages, std::size_t index, std::size_t blocks_before,
                          std::uint8_t* blocks);
/// Takes one block of 64 bytes into each of the lanes whose bit is set; `blocks` are 16 · 64 bytes.
/// AVX-512F/BW.
void sha256_compress(Sha256Lanes& lanes, const std::uint8_t* blocks, std::uint16_t active);

/// The hashes of up to sixteen messages that stand behind `blocks_before` blocks which led to `state`.
/// A lane whose bit is not set in what comes back holds nothing: its message is longer than a few blocks and
/// would keep the others waiting. AVX-512F/BW.
std::uint16_t sha256_sixteen(const Sha256State& state, std::size_t blocks_before,
                             std::span<const BytesView> messages, Sha256Lanes& out);
/// The first `out.size()` bytes (16 or 32) of the hash of a lane.
void read_lane(const Sha256Lanes& lanes, std::size_t lane, std::span<std::uint8_t> out);

}  // namespace detail
}  // namespace parley::match
