#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "base/entropy.hpp"
#include "base/parallel.hpp"
#include "base/result.hpp"
#include "block/block_vector.hpp"
#include "okvs/row_hash.hpp"

namespace parley::okvs {

/// Makes the store of a set of keys and values: an oblivious key-value store by a random band matrix
/// (Bienstock, Patel, Seo, Yeo, ePrint 2023/903, section 4). `decode` of a key gives its value, of any other
/// key a combination of values and randomness.
///
/// Gaussian elimination in the order of the bands' starts, then back substitution; columns that no row needs
/// hold blocks from `entropy`, so that the whole store is uniform when the values are. In steps, because a
/// million keys take about 80 ms. Memory: the store and one band a column (35 bytes a key at 2^20).
/// Keys, entropy and `parallel` must outlive it. The store is the same whatever the number of cores: which
/// columns are free depends on the rows alone, not on the order in which they are eliminated, and with those
/// filled the rest has one solution.
class Encoder {
 public:
  /// Writes the values of keys [first, first + out.size()), once each; from several threads at once.
  using Values = std::function<void(std::size_t first, std::span<block::Block> out)>;

  /// `keys` in the order that `sort_keys` gives; any order is right, others are slow. At most shape.rows.
  Encoder(const RowHash& hash, std::span<const block::Block> keys, Values values, Entropy& entropy,
          Parallel& parallel, block::Path path = block::best_path());

  /// Goes on for some 2^17 keys or columns; true when the store is complete. ErrorKind::conflict when the
  /// rows are linearly dependent: two keys are equal, or the seed is one of the 2^-40. That is final; nothing
  /// is tried again here, because whether a seed failed depends on the keys.
  Result<bool> step();
  /// The store, once, after `step` said true: `allocated_blocks` long, of which the first `columns` matter.
  block::BlockVector take() { return std::move(store_); }

 private:
  struct Part;
  struct Fresh;
  Result<void> eliminate(std::size_t count);
  bool eliminate_part(Part& part);
  void fill_free_columns(std::size_t begin, std::size_t end, Fresh& fresh);

  const RowHash& hash_;
  std::span<const block::Block> keys_;
  Values values_;
  Entropy& entropy_;
  Parallel& parallel_;
  block::Path path_;
  std::size_t row_blocks_;
  block::BlockVector rows_;  // row_blocks_ a column: the row whose first set bit is there, or zero
  block::BlockVector store_;
  std::size_t next_key_ = 0;
  std::size_t unsolved_ = 0;  // columns in front that still wait for back substitution
};

}  // namespace parley::okvs
