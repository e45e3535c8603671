#pragma once

#include <cstdint>

#include "vole/vole.hpp"

namespace parley::vole {

/// SoftSpoken (ePrint 2022/192): Δ is cut into 16 parts of 8 bits, each with a tree of 256 leaves. 8 instead
/// of 4 bits halves the corrections (147 instead of 303 kB) for about 3 ms more of AES.
inline constexpr unsigned delta_bits = 128;
inline constexpr unsigned field_bits = 8;
inline constexpr unsigned small_fields = delta_bits / field_bits;
inline constexpr unsigned small_leaves = 1U << field_bits;

inline constexpr std::uint64_t point_bytes = 32;
inline constexpr std::uint64_t block_bytes = 16;
inline constexpr std::uint64_t nonce_bytes = 32;
inline constexpr std::uint64_t hash_bytes = 32;

/// Expander weight of a code: ones in each row.
unsigned expander_weight(Code code);

/// How many positions of the noise are not zero, one in each block of the positions (regular noise).
///
/// A linear test with a vector of relative weight δ misses all of t blocks with probability at most (1 − δ)^t
/// when the values are uniform in a large field; t is the smallest multiple of 8 with (1 − δ)^t ≤ 2^-128, δ
/// the pseudo minimum distance of ePrint 2023/882: 0.15 gives 552, 0.2 gives 400. (The often-seen 1 − 2δ,
/// hence 256, is right for noise in GF(2) alone; docs/spec/vole.md.)
unsigned noise_weight(Code code);

/// Every size that follows from the parameters.
struct Layout {
  explicit Layout(const VoleParameters& parameters);

  std::uint64_t count;      ///< n, what comes out
  unsigned weight;          ///< of a row of the expander
  unsigned noise;           ///< t
  std::uint64_t domain;     ///< D = ⌈2n / t⌉ leaves of a tree
  unsigned depth;           ///< ⌈log2 D⌉ levels
  std::uint64_t positions;  ///< N = t · D
  std::uint64_t folded;     ///< N − n: what is accumulated

  /// Rows of correlated OT, 128 to a word: t words of noise values, one for the check of the noise, those of
  /// the choices, one that hides the check of SoftSpoken.
  std::uint64_t words;
  std::uint64_t check_word() const { return noise; }
  std::uint64_t first_choice_word() const { return noise + 1; }
  std::uint64_t choices() const { return std::uint64_t{noise} * depth; }
  std::uint64_t mask_word() const { return words - 1; }

  /// Nodes of a tree at `level` (0 is the root).
  std::uint64_t nodes(unsigned level) const {
    const unsigned below = depth - level;
    return (domain + (std::uint64_t{1} << below) - 1) >> below;
  }

  // Parts of the messages, in bytes.
  std::uint64_t hello_bytes() const { return nonce_bytes + 2 * point_bytes * delta_bits; }
  std::uint64_t answer_bytes() const { return nonce_bytes + delta_bits * point_bytes; }
  std::uint64_t small_tree_bytes() const { return 2 * block_bytes * (field_bits - 1) + 2 * hash_bytes; }
  std::uint64_t column_bytes() const { return (small_fields - 1) * words * block_bytes; }
  std::uint64_t choice_bytes() const { return choices() / 8; }
  std::uint64_t correlation_bytes() const {
    return answer_bytes() + small_fields * small_tree_bytes() + column_bytes() + choice_bytes() +
           block_bytes + hash_bytes;
  }
  std::uint64_t tree_bytes() const { return (2 * std::uint64_t{depth} + 1) * block_bytes; }
  std::uint64_t trees_bytes() const { return noise * tree_bytes(); }
};

}  // namespace parley::vole
