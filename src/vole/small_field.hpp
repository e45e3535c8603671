#pragma once

#include <array>
#include <span>

#include "base/parallel.hpp"
#include "block/aes.hpp"
#include "block/block_vector.hpp"
#include "vole/layout.hpp"
#include "vole/tree_keys.hpp"

namespace parley::vole {

// SoftSpokenOT (Roy, CRYPTO 2022, ePrint 2022/192) in its malicious variant: from 128 base OTs to correlated
// OT q = v + u·Δ, here by columns: column c of 128 holds bit c of every row, 128 rows to a word.

/// The 128 columns, `words` words each, one after the other.
struct Columns {
  block::BlockVector blocks;
  std::uint64_t words = 0;
  std::span<block::Block> column(unsigned c) { return blocks.span().subspan(c * words, words); }
  std::span<const block::Block> column(unsigned c) const { return blocks.span().subspan(c * words, words); }
};

/// The receiver of the VOLE: knows all leaves, gets u and v.
class SmallFieldHolder {
 public:
  /// The paper's punctured PRF from OT with its check: the 16 trees from both keys of each base OT, and what
  /// the other side needs of them: for each tree the corrections of levels 2 to 8 (left ‖ right), then the
  /// 32-byte sum and the 32-byte hash of the check.
  SmallFieldHolder(const TreeKeys& tree_keys, std::span<const block::Block> keys);
  const Bytes& tree_part() const { return tree_part_; }

  /// Sections 3.1 (small-field VOLE) and 3.2 (subspace VOLE, here with the repetition code): u and v,
  /// and the corrections that make all 16 parts have one u, 15 · words blocks into `corrections`.
  void expand(std::uint64_t words, std::span<std::uint8_t> corrections, Parallel& parallel);
  std::span<const block::Block> u() const { return u_.span(); }
  const Columns& v() const { return v_; }

 private:
  block::BlockVector leaves_;  // 16 · 256
  Bytes tree_part_;
  block::BlockVector u_;
  Columns v_;
};

/// The sender of the VOLE: knows all leaves but the one at its part of Δ, gets q.
class SmallFieldGuesser {
 public:
  /// Bad input when the check of a tree fails. Which one, and by which leaf, is never said. Constant time in
  /// Δ.
  static Result<SmallFieldGuesser> make(const TreeKeys& tree_keys, block::Block delta,
                                        std::span<const block::Block> keys, BytesView tree_part);
  /// `delta` as given to `make`.
  void expand(block::Block delta, std::uint64_t words, BytesView corrections, Parallel& parallel);
  const Columns& q() const { return q_; }

 private:
  block::BlockVector leaves_;
  Columns q_;
};

/// The consistency check of section 4, made non-interactive: the universal hash is Σ χ_w · column[w]
/// + the last word, over GF(2^128) with independent χ_w from the challenge; two different vectors collide
/// with probability 2^-128. The last word, of rows used for nothing else, hides what the hash tells.
class ColumnHash {
 public:
  ColumnHash(block::Block challenge, std::uint64_t words);
  block::Block of(std::span<const block::Block> column) const;
  /// SHA-256 over the hashes of v, or of q with delta · hash(u) taken out: equal on both sides if honest.
  crypto::Hash256 of_columns(const Columns& columns, block::Block delta, block::Block u_hash) const;

 private:
  block::BlockVector coefficients_;
};

}  // namespace parley::vole
