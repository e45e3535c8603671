#include "lookup/padding.hpp"

#include <algorithm>
#include <bit>

namespace parley::lookup {

std::uint32_t padded_items(std::uint32_t items) {
  items = std::max(items, min_padded_items);
  // Three leading bits are kept; whatever stands behind them rounds up.
  const int shift = static_cast<int>(std::bit_width(items)) - 3;
  const std::uint32_t unit = 1U << shift;
  return (items + unit - 1) / unit * unit;
}

bool is_padded_items(std::uint32_t count) {
  return count >= min_padded_items && count <= max_items && padded_items(count) == count;
}

}  // namespace parley::lookup
