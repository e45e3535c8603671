#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/parallel.hpp"

namespace parley::match {

/// The largest padded set of one session: 2^24. Larger sets are matched by type or in epochs.
inline constexpr std::uint32_t max_padded_size = 1U << 24;
/// The longest item. Canonical selectors are far shorter (a URL is the longest).
inline constexpr std::size_t max_item_bytes = 16U << 10;

/// A set of items as matching sees them: byte strings (for selectors type ‖ 0x00 ‖ value), sorted, each once.
/// Held as one block and offsets, 4 bytes of overhead an item, because a set has a million of them.
class ItemSet {
 public:
  ItemSet() : offsets_{0} {}
  /// Sorts, removes duplicates. Bad input when there are more than `max_padded_size` items, one is longer
  /// than `max_item_bytes`, or all together reach 4 GiB.
  static Result<ItemSet> make(std::span<const Bytes> items);

  std::uint32_t size() const { return static_cast<std::uint32_t>(offsets_.size() - 1); }
  bool empty() const { return size() == 0; }
  /// The item at an index below `size()`, in ascending order of bytes.
  BytesView operator[](std::uint32_t index) const {
    return BytesView(data_).subspan(offsets_[index], offsets_[index + 1] - offsets_[index]);
  }
  bool operator==(const ItemSet&) const = default;

  /// Takes one more item, which must come after the last one in the order of bytes: how a large set is made
  /// in steps. Bad input for one that does not, and beyond the bounds of `make`.
  Result<void> append_next(BytesView item);
  /// Empties the set and gives its memory back, all cores together: some ten thousand pages take one core
  /// milliseconds.
  void clear(Parallel& parallel);

 private:
  Bytes data_;
  std::vector<std::uint32_t> offsets_;
};

/// The size that the peer is told: the next power of two, at least 1. `size` is at most `max_padded_size`.
std::uint32_t padded_size(std::uint32_t size);

}  // namespace parley::match
