#pragma once

#include <cstdint>
#include <vector>

#include "base/parallel.hpp"
#include "block/block_vector.hpp"
#include "okvs/row_hash.hpp"

namespace parley::okvs {

/// Keys in the order of the starts of their bands, so that encoding and decoding walk through the store once
/// instead of jumping about in it.
struct SortedKeys {
  block::BlockVector keys;
  std::vector<std::uint32_t> origin;  ///< keys[i] stood at origin[i] before
};

/// Radix sort by start; equal starts stay in their order. Takes the keys over and gives their memory back.
/// Time and memory access depend on the starts, that is on keys and seed.
SortedKeys sort_keys(const RowHash& hash, block::BlockVector keys, Parallel& parallel,
                     block::Path path = block::best_path());

}  // namespace parley::okvs
