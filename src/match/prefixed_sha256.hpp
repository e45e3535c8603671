#pragma once

#include <span>

#include "base/bytes.hpp"
#include "block/block.hpp"
#include "block/path.hpp"
#include "match/sha256_lanes.hpp"

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
  detail::Sha256State after_prefix_{};  // the state of the hash there; Path::avx512
};

}  // namespace parley::match
