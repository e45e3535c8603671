#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "block/block.hpp"
#include "block/path.hpp"

namespace parley::match {

/// The first 16 bytes of SHA-256(prefix ‖ message) for many messages, the prefix being one whole block of the
/// hash (FIPS 180-4).
///
/// The libraries hash one message after another; a match hashes a million short ones. Path::avx512 hashes
/// sixteen side by side and compresses the prefix once; the other paths are OpenSSL. Time depends on the
/// lengths of the messages.
class PrefixedSha256 {
 public:
  using Prefix = ByteArray<64>;
  explicit PrefixedSha256(const Prefix& prefix, block::Path path = block::best_path());
  /// Sizes must be equal. Safe to call from several threads.
  void hash(std::span<const BytesView> messages, std::span<block::Block> out) const;

 private:
  Prefix prefix_;
  block::Path path_;
  std::array<std::uint32_t, 8> after_prefix_{};  // the state of the hash there; Path::avx512
};

namespace detail {
/// Sixteen states side by side: word i of all, then word i + 1 of all.
struct alignas(64) Sha256Lanes {
  std::uint32_t words[8][16];
};
/// Takes one block of 64 bytes into each of the lanes whose bit is set; `blocks` are 16 · 64 bytes.
/// AVX-512F/BW.
void sha256_compress(Sha256Lanes& lanes, const std::uint8_t* blocks, std::uint16_t active);
}  // namespace detail

}  // namespace parley::match
