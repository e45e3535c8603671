#pragma once

#include <span>

#include "match/mask_sort.hpp"
#include "match/sorted_list.hpp"

namespace parley::match {

/// Finds which numbers of an ascending list that comes in pieces are among the own ones. No number is
/// special: zero is one like any other.
class MaskJoin {
 public:
  MaskJoin() = default;
  explicit MaskJoin(SortedMasks own) : own_(std::move(own)) {}

  /// Calls hit(origin) for each own number that is in the next piece.
  template <class F>
  void take(std::span<const block::Block> ascending, F&& hit) {
    const std::size_t size = own_.masks.size();
    std::size_t at = at_;
    for (const block::Block number : ascending) {
      while (at < size && less(own_.masks[at], number)) ++at;
      // The same number may stand in the own list twice only if two own items are equal; each counts.
      for (std::size_t same = at; same < size && own_.masks[same] == number; ++same) hit(own_.origin[same]);
    }
    at_ = at;
  }

 private:
  SortedMasks own_;
  std::size_t at_ = 0;
};

}  // namespace parley::match
