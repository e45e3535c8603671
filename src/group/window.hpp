#pragma once

#include <cstddef>
#include <cstdint>

#include "group/curve.hpp"

// Multiplication by scalars in 64 signed digits of radix 16, on `K` vectors at once. Every digit costs the
// same: one pass over the whole table of eight multiples under masks, four doublings and one addition.
namespace parley::group {

inline constexpr std::size_t scalar_digits = 64;

/// The multiples 1 to 8 of a point for each lane.
template <class F>
struct MultipleTable {
  Cached<F> entry[8];
};

template <class F>
[[gnu::noinline]] void fill_table(MultipleTable<F>& table, const Extended<F>& p) {
  Extended<F> multiple[8];
  multiple[0] = p;
  table.entry[0] = cached<F>(p);
  for (std::size_t i = 1; i < 8; ++i) {
    const Extended<F>& half = multiple[i / 2];
    multiple[i] = extended<F>(i % 2 == 1 ? doubled<F>(half.x, half.y, half.z)
                                         : added<F>(multiple[i - 1], table.entry[0]));
    table.entry[i] = cached<F>(multiple[i]);
  }
}

/// digit * P by masks: 0 gives the identity, a negative digit swaps the first two values and negates the
/// third.
template <class F>
PARLEY_INLINE Cached<F> look_up(const MultipleTable<F>& table, const typename F::Digits& digits) {
  const auto one = F::constant(word_one);
  Cached<F> out = {one, one, F::constant({0, 0, 0, 0}), F::constant({2, 0, 0, 0})};
  for (std::size_t i = 0; i < 8; ++i) {
    const auto mask = F::digit_is(digits, i + 1);
    out.minus = F::select(mask, table.entry[i].minus, out.minus);
    out.plus = F::select(mask, table.entry[i].plus, out.plus);
    out.t2d = F::select(mask, table.entry[i].t2d, out.t2d);
    out.z2 = F::select(mask, table.entry[i].z2, out.z2);
  }
  return {F::select(digits.negative, out.plus, out.minus), F::select(digits.negative, out.minus, out.plus),
          negate_if<F>(digits.negative, out.t2d), out.z2};
}

/// Three doublings, each in two layers over all vectors: inside a layer nothing waits for anything.
template <class F, std::size_t K>
[[gnu::noinline]] void double_thrice(Extended<F>* p) {
  for (int round = 0; round < 3; ++round) {
    Completed<F> c[K];
    for (std::size_t k = 0; k < K; ++k) c[k] = doubled<F>(p[k].x, p[k].y, p[k].z);
    for (std::size_t k = 0; k < K; ++k) {
      p[k].x = F::mulf(c[k].e, c[k].f);
      p[k].y = F::mulf(c[k].g, c[k].h);
      p[k].z = F::mulf(c[k].f, c[k].g);
    }
  }
}

/// The fourth doubling and the addition of the table's entry. T is left alone: a doubling does not read it.
template <class F, std::size_t K>
[[gnu::noinline]] void double_and_add(Completed<F>* out, const Extended<F>* p, const MultipleTable<F>* tables,
                                      const typename F::Digits* digits) {
  Completed<F> c[K];
  for (std::size_t k = 0; k < K; ++k) c[k] = doubled<F>(p[k].x, p[k].y, p[k].z);
  for (std::size_t k = 0; k < K; ++k) {
    const Cached<F> q = look_up<F>(tables[k], digits[k]);
    const Completed<F>& r = c[k];
    out[k] = added<F>(F::mul(r.e, r.f), F::mul(r.g, r.h), F::mulf(r.e, r.h), F::mulf(r.f, r.g), q);
  }
}

/// p[k] = scalar * p[k]. `digits` points to those of the first lane of each vector; `stride` bytes lie
/// between one digit of a lane and its next.
template <class F, std::size_t K>
void multiply_points(Extended<F>* p, const std::int8_t* const* digits, std::size_t stride) {
  MultipleTable<F> tables[K];
  Completed<F> c[K];
  typename F::Digits d[K];
  for (std::size_t k = 0; k < K; ++k) {
    fill_table<F>(tables[k], p[k]);
    d[k] = F::load_digits(digits[k] + (scalar_digits - 1) * stride);
    c[k] = added<F>(identity<F>(), look_up<F>(tables[k], d[k]));
  }
  for (std::size_t i = scalar_digits - 1; i-- > 0;) {
    for (std::size_t k = 0; k < K; ++k) {
      p[k].x = F::mulf(c[k].e, c[k].f);
      p[k].y = F::mulf(c[k].g, c[k].h);
      p[k].z = F::mulf(c[k].f, c[k].g);
      d[k] = F::load_digits(digits[k] + i * stride);
    }
    double_thrice<F, K>(p);
    double_and_add<F, K>(c, p, tables, d);
  }
  for (std::size_t k = 0; k < K; ++k) p[k] = extended<F>(c[k]);
}

/// The sum of scalar * p[k] for `count` vectors, at most `Most`, lane by lane. The doublings are shared (E.
/// Straus, "Addition chains of vectors", 1964).
template <class F, std::size_t Most>
Extended<F> combine_points(const Extended<F>* p, const std::int8_t* const* digits, std::size_t stride,
                           std::size_t count) {
  MultipleTable<F> tables[Most];
  for (std::size_t k = 0; k < count; ++k) fill_table<F>(tables[k], p[k]);
  Extended<F> total = identity<F>();
  for (std::size_t i = scalar_digits; i-- > 0;) {
    if (i + 1 < scalar_digits) {
      double_thrice<F, 1>(&total);
      total = extended<F>(doubled<F>(total.x, total.y, total.z));
    }
    for (std::size_t k = 0; k < count; ++k)
      total = extended<F>(added<F>(total, look_up<F>(tables[k], F::load_digits(digits[k] + i * stride))));
  }
  return total;
}

}  // namespace parley::group
