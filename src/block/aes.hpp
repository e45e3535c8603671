#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "block/block.hpp"
#include "block/path.hpp"

namespace parley::block {

/// AES-128 (FIPS 197). Wiped when it dies.
class AesKey {
 public:
  explicit AesKey(Block key);
  AesKey(const AesKey&) = default;
  AesKey& operator=(const AesKey&) = default;
  ~AesKey();

  /// The key itself, which is also round key 0.
  Block key() const { return round_keys_[0]; }
  /// Laid out only where the processor has AES instructions: OpenSSL takes the key itself.
  const std::array<Block, 11>& round_keys() const { return round_keys_; }

  /// out[i] = AES(in[i]); `out` may be `in`. Sizes must be equal.
  void encrypt(std::span<Block> out, std::span<const Block> in, Path path = best_path()) const;
  Block encrypt(Block in, Path path = best_path()) const;

 private:
  std::array<Block, 11> round_keys_{};
};

/// A hash of blocks from AES under a fixed public key, written π.
class FixedKeyHash {
 public:
  explicit FixedKeyHash(Block public_key) : pi_(public_key) {}

  /// Matyas-Meyer-Oseas: out[i] = π(in[i]) ^ in[i]. Correlation robust when π is an ideal permutation
  /// (Guo, Katz, Wang, Yu, ePrint 2019/074, section 7.2). `out` may be `in`.
  void mmo(std::span<Block> out, std::span<const Block> in, Path path = best_path()) const;
  /// TMMO: out[i] = π(π(in[i]) ^ (first_tweak + i)) ^ π(in[i]). Tweakable circular correlation robust when π
  /// is an ideal permutation (the same, section 7.4). `out` may be `in`.
  void tccr(std::span<Block> out, std::span<const Block> in, std::uint64_t first_tweak,
            Path path = best_path()) const;

 private:
  AesKey pi_;
};

/// out[i] = AES_seed(first + i): a pseudorandom stream (AES-128 in counter mode, the counter is the low 64
/// bits).
void aes_stream(Block seed, std::span<Block> out, std::uint64_t first = 0, Path path = best_path());
void aes_stream(const AesKey& key, std::span<Block> out, std::uint64_t first = 0, Path path = best_path());

/// out[i] = AES_{keys[i]}(values[i]) ^ values[i]: Davies-Meyer, a new key for every item, the key schedules
/// made beside the encryption. A hash from two blocks to one in the ideal cipher model (Black, Rogaway,
/// Shrimpton, CRYPTO 2002). Sizes must be equal; `out` may be either input.
void davies_meyer(std::span<Block> out, std::span<const Block> keys, std::span<const Block> values,
                  Path path = best_path());

/// The length-doubling generator of a GGM tree: s ↦ (π0(s) ^ s, π1(s) ^ s), π0 and π1 AES under two public
/// keys (fixed-key MMO as in FixedKeyHash::mmo).
class GgmGenerator {
 public:
  GgmGenerator(Block left_key, Block right_key) : left_(left_key), right_(right_key) {}

  /// One level in place: the nodes.size() / 2 nodes at the front of `nodes` become nodes.size() ones, node i
  /// giving 2i and 2i + 1. Returns the sums of all even (left) and of all odd (right) children.
  std::array<Block, 2> expand(std::span<Block> nodes, Path path = best_path()) const;

 private:
  AesKey left_;
  AesKey right_;
};

}  // namespace parley::block
