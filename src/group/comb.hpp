#pragma once

#include <cstddef>
#include <cstdint>

#include "group/window.hpp"

// Multiplication of the generator: the 64 digits d[i] of radix 16 meet the multiples of 256^j G in a table,
//   sum d[2j] 256^j G + 16 sum d[2j+1] 256^j G,
// 64 additions and four doublings.
namespace parley::group {

inline constexpr std::size_t comb_positions = 32;

/// Y - X, Y + X and 2dT of m 256^j G for m = 1..8, with Z = 1.
struct BaseWords {
  Words entry[comb_positions][8][3];
};
/// Computed at the first call, by the portable arithmetic.
const BaseWords& base_words();

/// The same in limbs: the eight multiples side by side, so that vector permutations can choose among them.
template <class F>
struct BaseTable {
  alignas(64) typename F::Limb limb[comb_positions][3][5][8];

  BaseTable() {
    const BaseWords& words = base_words();
    for (std::size_t j = 0; j < comb_positions; ++j)
      for (std::size_t m = 0; m < 8; ++m)
        for (std::size_t c = 0; c < 3; ++c) {
          typename F::Limb one[5];
          F::to_limbs(words.entry[j][m][c], one);
          for (std::size_t i = 0; i < 5; ++i) limb[j][c][i][m] = one[i];
        }
  }
};

template <class F>
PARLEY_INLINE typename F::Fe pick(const typename F::Limb (&eight)[5][8], const typename F::Digits& digits) {
  return {{F::pick(eight[0], digits), F::pick(eight[1], digits), F::pick(eight[2], digits),
           F::pick(eight[3], digits), F::pick(eight[4], digits)}};
}

template <class F>
[[gnu::noinline]] void add_multiple(Extended<F>& p, const typename F::Limb (&table)[3][5][8],
                                    const typename F::Digits& digits) {
  const auto one = F::constant(word_one);
  const auto zero_digit = F::digit_is(digits, 0);
  CachedAffine<F> q = {pick<F>(table[0], digits), pick<F>(table[1], digits), pick<F>(table[2], digits)};
  q.minus = F::select(zero_digit, one, q.minus);
  q.plus = F::select(zero_digit, one, q.plus);
  q.t2d = F::select(zero_digit, F::constant({0, 0, 0, 0}), q.t2d);
  p = extended<F>(added<F>(
      p, CachedAffine<F>{F::select(digits.negative, q.plus, q.minus),
                         F::select(digits.negative, q.minus, q.plus), negate_if<F>(digits.negative, q.t2d)}));
}

/// `digits` points to those of the first lane, eight bytes from one digit to the next.
template <class F>
void multiply_generator(Extended<F>& p, const BaseTable<F>& table, const std::int8_t* digits) {
  p = identity<F>();
  for (std::size_t j = 0; j < comb_positions; ++j)
    add_multiple<F>(p, table.limb[j], F::load_digits(digits + (2 * j + 1) * 8));
  for (int i = 0; i < 4; ++i) p = extended<F>(doubled<F>(p.x, p.y, p.z));
  for (std::size_t j = 0; j < comb_positions; ++j)
    add_multiple<F>(p, table.limb[j], F::load_digits(digits + 2 * j * 8));
}

}  // namespace parley::group
