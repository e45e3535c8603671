#pragma once

#include <span>

#include "base/parallel.hpp"
#include "block/block_vector.hpp"
#include "okvs/row_hash.hpp"

namespace parley::okvs {

/// Reads a store. Decoding is linear: of a sum of stores it gives the sum of what it gives of each.
class Decoder {
 public:
  /// Takes over a store of `allocated_blocks` blocks; what stands behind the columns does not matter.
  Decoder(const RowHash& hash, block::BlockVector store, Parallel& parallel,
          block::Path path = block::best_path());

  /// out[i] = the value of keys[i]. Keys in the order of `sort_keys` are fast (about 25 ns each), any order
  /// is right. Every block of a key's band is read, whatever its bits are. Sizes must be equal.
  void decode(std::span<const block::Block> keys, std::span<block::Block> out) const;
  /// The same on the calling thread alone, for who spreads the keys over the cores himself.
  void decode_here(std::span<const block::Block> keys, std::span<block::Block> out) const;
  /// Gives the store back; nothing is decoded after it.
  void clear() { store_.clear(parallel_); }

 private:
  const RowHash& hash_;
  block::BlockVector store_;
  Parallel& parallel_;
  block::Path path_;
};

}  // namespace parley::okvs
