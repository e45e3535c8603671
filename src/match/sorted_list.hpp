#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "block/block.hpp"

namespace parley::match {

/// Numbers of 128 bits are compared and sorted as integers, byte 15 highest.
constexpr bool less(block::Block a, block::Block b) {
  // Without a branch: of random numbers none could be foretold.
  return static_cast<unsigned>(a.high < b.high) |
         (static_cast<unsigned>(a.high == b.high) & static_cast<unsigned>(a.low < b.low));
}

/// The number without all but its `width` (1 … 16) highest bytes.
constexpr block::Block cut_to(block::Block number, std::size_t width) {
  const auto keep = [](std::size_t bytes) {  // of the highest bytes of a word
    return bytes == 0 ? 0 : ~std::uint64_t{0} << (64 - 8 * bytes);
  };
  return {number.low & keep(width > 8 ? width - 8 : 0), number.high & keep(width < 8 ? width : 8)};
}

/// How a strictly ascending list of random numbers is written: `width` high bytes of each count, the lower
/// ones are zero. The highest `unary` bytes of a number are not written as they are but as the distance from
/// those of the number before, in unary (Elias, J. ACM 21(2), 1974; Fano 1971): n sorted random numbers need
/// log2(n!) bits less than n in any order.
struct SortedListFormat {
  std::uint32_t count = 0;  ///< numbers in the list
  std::uint32_t chunk = 1;  ///< numbers in a message, the last one has the rest
  std::size_t width = 16;   ///< bytes of a number, 5 … 16
  std::size_t unary = 0;    ///< highest bytes that are written in unary, 0 … 3
};
/// The format with the least bytes for `count` numbers: none in unary up to 36 numbers, one up to 8,160, two
/// up to 2,088,960, else three.
SortedListFormat sorted_list_format(std::uint32_t count, std::uint32_t chunk, std::size_t width);

/// A place in a list: what writing and reading share. A body is u32 index of its first number ‖ the low
/// width − unary bytes of each number, lowest first ‖ bits, lowest of a byte first: for each number as many
/// zeros as its highest bytes are above those of the number before (0 for the first of the list), and a one;
/// zeros up to a whole byte.
class SortedList {
 public:
  explicit SortedList(const SortedListFormat& format) : format_(format) {}

  std::uint32_t position() const { return position_; }
  std::uint32_t next_count() const;
  bool complete() const { return position_ == format_.count; }
  std::uint64_t messages() const {
    return (std::uint64_t{format_.count} + format_.chunk - 1) / format_.chunk;
  }

  /// The body of the next message: exactly `next_count` numbers that go on in ascending order.
  Bytes write(std::span<const block::Block> numbers);
  /// The numbers of the next body; `out` has room for `next_count`. Bad input unless `write` could have made
  /// exactly these bytes here: no other order, no number twice.
  Result<void> read(BytesView body, std::span<block::Block> out);

 private:
  SortedListFormat format_;
  std::uint32_t position_ = 0;
  block::Block last_{};
};

}  // namespace parley::match
