#include "vole/correlation.hpp"

#include <algorithm>
#include <array>

#include "block/gf128.hpp"

namespace parley::vole {

using block::Block;

void combine(const Columns& columns, std::uint64_t first, std::span<Block> out) {
  std::ranges::fill(out, Block{});
  for (unsigned c = delta_bits; c-- > 0;) {
    const std::span<const Block> column = columns.column(c).subspan(first, out.size());
    for (std::size_t j = 0; j < out.size(); ++j) out[j] = block::times_x(out[j]) ^ column[j];
  }
}

void rows_of(const Columns& columns, std::uint64_t word, std::span<Block, delta_bits> out) {
  // Transposition by halves: blocks of 64, 32, … 1 rows change places with their mirror images.
  for (unsigned c = 0; c < delta_bits; ++c) out[c] = columns.column(c)[word];
  for (unsigned r = 0; r < 64; ++r) {
    const std::uint64_t high = out[r].high;
    out[r].high = out[r + 64].low;
    out[r + 64].low = high;
  }
  std::uint64_t mask = 0x00000000ffffffff;
  for (unsigned width = 32; width > 0; width /= 2, mask ^= mask << width) {
    for (unsigned r = 0; r < delta_bits; r = ((r | width) + 1) & ~width) {
      const unsigned s = r | width;
      const std::uint64_t low = ((out[r].low >> width) ^ out[s].low) & mask;
      const std::uint64_t high = ((out[r].high >> width) ^ out[s].high) & mask;
      out[r].low ^= low << width;
      out[s].low ^= low;
      out[r].high ^= high << width;
      out[s].high ^= high;
    }
  }
}

block::BlockVector rows(const Columns& columns, std::uint64_t first, std::uint64_t count) {
  const std::uint64_t words = (count + delta_bits - 1) / delta_bits;
  block::BlockVector out(words * delta_bits, block::Fill::unset, block::Wipe::yes);
  for (std::uint64_t word = 0; word < words; ++word)
    rows_of(columns, first + word, out.span().subspan(word * delta_bits).first<delta_bits>());
  out.truncate(count);
  return out;
}

}  // namespace parley::vole
