#pragma once

#include <cstddef>
#include <cstdint>

namespace parley::okvs {

/// The measures of one store: how many keys it takes, how many blocks it has, and over how many neighbouring
/// blocks the value of one key is spread.
struct Shape {
  std::uint32_t rows = 0;     ///< keys it is made for
  std::uint32_t columns = 0;  ///< blocks of the store, at least `band`
  std::uint32_t band = 0;     ///< w: bits of a row, at most `max_band`
  bool operator==(const Shape&) const = default;
};
inline constexpr std::uint32_t max_band = 768;
/// The largest store: 2^24 keys.
inline constexpr std::uint32_t max_rows = 1U << 24;

/// Blocks to allocate for a store, a multiple of 8: those behind the columns are read and never count.
constexpr std::size_t allocated_blocks(const Shape& shape) {
  return (std::size_t{shape.columns} + max_band + 39) / 8 * 8;
}

/// Blocks beyond the number of keys, as a share of it.
enum class Density : std::uint8_t {
  tenth,    ///< epsilon 0.1
  compact,  ///< epsilon 0.03 from 2^16 keys up (below as `tenth`): fewer blocks, two to three times slower
};

/// The shape for `rows` keys (0 … max_rows) at which encoding fails with probability at most 2^-40 over the
/// seed, whatever the keys are.
///
/// Band widths follow the measured lines λ = a·w − b of Bienstock, Patel, Seo and Yeo (USENIX Security 2023,
/// ePrint 2023/903, section 6), which are given for 2^10, 2^14, 2^16, 2^18, 2^20 and 2^24 keys; a size in
/// between takes the width of the next larger one. Below 2^10 keys the shape is the one of 2^10: fewer rows
/// of a system are independent whenever all of them are, so the bound carries over as it stands.
Shape shape_for(std::uint32_t rows, Density density = Density::tenth);

/// The λ of the published line for a band of `w` at epsilon 0.1 and 2^log2_rows keys (10, 14, 16, 18, 20,
/// 24).
double published_failure_bits(unsigned log2_rows, std::uint32_t w);

}  // namespace parley::okvs
