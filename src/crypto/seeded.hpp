#pragma once

#include <string_view>

#include "base/entropy.hpp"
#include "crypto/secret.hpp"

namespace parley::crypto {

/// A deterministic stream of bytes for one label under one seed: the key is HKDF-SHA-256(seed, label), the
/// stream ChaCha20 with a 64-bit block counter (2^70 bytes, never reached). Whoever has the seed gets the
/// same bytes again, which is what a replay of a session rests on; without it they look random. Streams of
/// different labels are unrelated. One thread at a time.
class SeededEntropy final : public Entropy {
 public:
  SeededEntropy(const Secret<32>& seed, std::string_view label);
  void fill(std::span<std::uint8_t> out) override;

 private:
  static constexpr std::size_t block_bytes = 64;
  static constexpr std::size_t buffer_blocks = 16;
  Secret<32> key_;
  Secret<block_bytes * buffer_blocks> buffer_;
  std::size_t used_ = block_bytes * buffer_blocks;
  std::uint64_t next_block_ = 0;
};

}  // namespace parley::crypto
