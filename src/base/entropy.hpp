#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.hpp"

namespace parley {

/// Where randomness comes from: the operating system in a running node, a seeded stream in a replay or a
/// test. Below the network layer nothing draws randomness but through this.
class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;

  template <std::size_t N>
  ByteArray<N> array() {
    ByteArray<N> out;
    fill(out);
    return out;
  }
  /// Uniform in [0, bound), bound > 0; by rejection, so without bias.
  std::uint64_t below(std::uint64_t bound);
};

/// A version 7 UUID (RFC 9562 section 5.7) in its 36-character form.
std::string make_uuid7(std::int64_t unix_microseconds, Entropy& entropy);

}  // namespace parley
