#include "okvs/shape.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/assert.hpp"

namespace parley::okvs {
namespace {

/// λ = a·w − b for 2^log2_rows keys; `width` is the least w with λ ≥ 40.
struct Line {
  unsigned log2_rows;
  double a;
  double b;
  std::uint32_t width;
};

constexpr std::array<Line, 6> tenth_lines = {{{10, .2747, 6.296, 169},
                                              {14, .2685, 9.339, 184},
                                              {16, .2740, 11.61, 189},
                                              {18, .2715, 13.39, 197},
                                              {20, .2691, 15.21, 206},
                                              {24, .2751, 19.83, 218}}};
constexpr std::array<Line, 3> compact_lines = {
    {{16, .08241, 7.023, 571}, {20, .08313, 10.88, 613}, {24, .08253, 14.671, 663}}};

constexpr bool widths_are_least(std::span<const Line> lines) {
  for (const Line& line : lines)
    if (line.a * line.width - line.b < 40 || line.a * (line.width - 1) - line.b >= 40) return false;
  return true;
}
static_assert(widths_are_least(tenth_lines) && widths_are_least(compact_lines));

}  // namespace

Shape shape_for(std::uint32_t rows, Density density) {
  PARLEY_ASSERT(rows <= max_rows);
  const bool compact = density == Density::compact && rows >= (1U << compact_lines.front().log2_rows);
  const std::span<const Line> lines = compact ? std::span<const Line>(compact_lines) : tenth_lines;
  const std::uint64_t counted = std::max(rows, 1U << tenth_lines.front().log2_rows);
  const auto line = std::ranges::find_if(
      lines, [&](const Line& l) { return counted <= (std::uint64_t{1} << l.log2_rows); });
  const std::uint64_t hundredths = compact ? 103 : 110;
  return {rows, static_cast<std::uint32_t>((counted * hundredths + 99) / 100), line->width};
}

double published_failure_bits(unsigned log2_rows, std::uint32_t w) {
  const auto line =
      std::ranges::find_if(tenth_lines, [&](const Line& l) { return l.log2_rows == log2_rows; });
  PARLEY_ASSERT(line != tenth_lines.end());
  return line->a * w - line->b;
}

}  // namespace parley::okvs
