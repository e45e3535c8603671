#pragma once

#include <span>

#include "base/bytes.hpp"
#include "group/kernels.hpp"

namespace parley::group {

/// expand_message_xmd with SHA-512 to 64 bytes (RFC 9380 section 5.3.1) of up to eight messages at once,
/// straight into the two field elements of the map: bit 255 of each is cleared (RFC 9496 section 4.3.4).
/// Lanes without a message hold anything. The time depends on the longest message.
class Expander {
 public:
  /// `domain` is DST_prime, as `crypto::xmd_domain` makes it.
  Expander(const Kernels& kernels, BytesView domain);
  void expand(std::span<const BytesView> messages, EncodingBlock& first, EncodingBlock& second) const;

 private:
  const Kernels& kernels_;
  BytesView domain_;
  HashState after_pad_;  // Z_pad is one block of zeros, the same for every message
};

}  // namespace parley::group
