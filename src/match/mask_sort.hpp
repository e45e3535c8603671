#pragma once

#include <cstdint>
#include <vector>

#include "base/parallel.hpp"
#include "block/block_vector.hpp"

namespace parley::match {

/// Masks in ascending order, and where each stood before.
struct SortedMasks {
  block::BlockVector masks;
  std::vector<std::uint32_t> origin;  ///< empty when it was not asked for
};

/// Sorts numbers that are close to uniform (hashes), as `less` compares them: radix sort by the highest bits,
/// then insertion. What comes out is wiped if what goes in is. Right for any numbers, slow for numbers whose
/// high bits are alike.
SortedMasks sort_masks(block::BlockVector masks, bool with_origin, Parallel& parallel);

}  // namespace parley::match
