#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "match/mask_sort.hpp"
#include "match/sorted_list.hpp"

namespace parley::match {

/// Finds which numbers of an ascending list that comes in pieces are among the own ones. No number is
/// special: zero is one like any other.
class MaskJoin {
 public:
  MaskJoin() = default;
  explicit MaskJoin(SortedMasks own) : own_(std::move(own)) {}

  /// Calls hit(share, origin) for each own number that is in the next piece. Each core has a share of the
  /// piece, below `parallel.width()`; the calls of one share come from one thread and in ascending order,
  /// those of lower shares belong to lower numbers.
  template <class F>
  void take(std::span<const block::Block> ascending, Parallel& parallel, F&& hit) {
    constexpr std::size_t least = 1024;  // numbers for which a core is worth asking
    const std::size_t shares = std::clamp<std::size_t>(ascending.size() / least, 1, parallel.width());
    std::vector<std::size_t> ends(shares);
    parallel.run(shares, [&](std::size_t share) {
      const std::size_t first = ascending.size() * share / shares;
      const auto numbers = ascending.subspan(first, ascending.size() * (share + 1) / shares - first);
      ends[share] = merge(numbers, share == 0 ? at_ : first_from(numbers.front()),
                          [&](std::uint32_t origin) { hit(share, origin); });
    });
    at_ = ends.back();
  }
  /// Forgets the own numbers, which are wiped if they were made so.
  void clear(Parallel& parallel) {
    own_.masks.clear(parallel);
    own_.origin = {};
    at_ = 0;
  }

 private:
  // The first own number that is not below.
  std::size_t first_from(block::Block number) const {
    const auto own = own_.masks.span();
    return static_cast<std::size_t>(
        std::lower_bound(own.begin() + static_cast<std::ptrdiff_t>(at_), own.end(), number, less) -
        own.begin());
  }

  // Which of two numbers comes first is as good as random, so nothing here branches on it: places of equal
  // numbers are noted, and used when some are there. The same number may stand in the own list twice only if
  // two own items are equal; each counts.
  template <class F>
  std::size_t merge(std::span<const block::Block> numbers, std::size_t at, F&& hit) const {
    constexpr std::size_t batch = 256;
    std::array<std::uint32_t, batch> equal;
    const std::size_t size = own_.masks.size();
    const block::Block* own = own_.masks.data();
    for (std::size_t i = 0; i < numbers.size() && at < size;) {
      std::size_t found = 0;
      for (std::size_t turn = 0; turn < batch && i < numbers.size() && at < size; ++turn) {
        const bool is_above = less(numbers[i], own[at]);
        const bool is_equal = ((own[at].low ^ numbers[i].low) | (own[at].high ^ numbers[i].high)) == 0;
        equal[found] = static_cast<std::uint32_t>(at);
        found += is_equal ? 1 : 0;
        i += is_above ? 1 : 0;
        at += is_above ? 0 : 1;
      }
      for (std::size_t k = 0; k < found; ++k) hit(own_.origin[equal[k]]);
    }
    return at;
  }

  SortedMasks own_;
  std::size_t at_ = 0;
};

}  // namespace parley::match
