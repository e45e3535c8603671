#pragma once

#include <cstddef>

#include "group/curve.hpp"

// Powers with fixed exponents, on `K` vectors at once: a chain of squarings waits for each result, and only
// independent chains keep the multipliers busy.
namespace parley::group {

template <class F, std::size_t K>
struct Several {
  typename F::Fe v[K];
};

template <class F, std::size_t K>
PARLEY_INLINE Several<F, K> times(const Several<F, K>& a, const Several<F, K>& b) {
  Several<F, K> out;
  for (std::size_t k = 0; k < K; ++k) out.v[k] = F::mulf(a.v[k], b.v[k]);
  return out;
}

/// a^(2^count).
template <class F, std::size_t K>
[[gnu::noinline]] void square_times(Several<F, K>& out, const Several<F, K>& a, unsigned count) {
  Several<F, K> r = a;
  for (unsigned i = 0; i < count; ++i)
    for (std::size_t k = 0; k < K; ++k) r.v[k] = F::sqrf(r.v[k]);
  out = r;
}

/// a^(2^250 - 1) and a^11, from which both exponents below are one step away.
template <class F, std::size_t K>
void power_250_ones(Several<F, K>& ones, Several<F, K>& eleven, const Several<F, K>& a) {
  Several<F, K> t, x2, x9;
  square_times<F, K>(x2, a, 1);
  square_times<F, K>(t, x2, 2);
  x9 = times<F, K>(t, a);
  eleven = times<F, K>(x9, x2);
  square_times<F, K>(t, eleven, 1);
  const Several<F, K> ones_5 = times<F, K>(t, x9);
  square_times<F, K>(t, ones_5, 5);
  const Several<F, K> ones_10 = times<F, K>(t, ones_5);
  square_times<F, K>(t, ones_10, 10);
  const Several<F, K> ones_20 = times<F, K>(t, ones_10);
  square_times<F, K>(t, ones_20, 20);
  const Several<F, K> ones_40 = times<F, K>(t, ones_20);
  square_times<F, K>(t, ones_40, 10);
  const Several<F, K> ones_50 = times<F, K>(t, ones_10);
  square_times<F, K>(t, ones_50, 50);
  const Several<F, K> ones_100 = times<F, K>(t, ones_50);
  square_times<F, K>(t, ones_100, 100);
  const Several<F, K> ones_200 = times<F, K>(t, ones_100);
  square_times<F, K>(t, ones_200, 50);
  ones = times<F, K>(t, ones_50);
}

/// a^(2^252 - 3) = a^((p-5)/8).
template <class F, std::size_t K>
void power_p58(Several<F, K>& out, const Several<F, K>& a) {
  Several<F, K> ones, eleven;
  power_250_ones<F, K>(ones, eleven, a);
  square_times<F, K>(ones, ones, 2);
  out = times<F, K>(ones, a);
}

/// 1/a = a^(p-2), and 0 for 0.
template <class F, std::size_t K>
void invert(Several<F, K>& out, const Several<F, K>& a) {
  Several<F, K> ones, eleven;
  power_250_ones<F, K>(ones, eleven, a);
  square_times<F, K>(ones, ones, 5);
  out = times<F, K>(ones, eleven);
}

template <class F, std::size_t K>
struct Roots {
  Several<F, K> root;
  typename F::Mask was_square[K];
};

/// SQRT_RATIO_M1(u, v) of RFC 9496 section 4.2.
template <class F, std::size_t K>
void sqrt_ratio(Roots<F, K>& out, const Several<F, K>& u, const Several<F, K>& v) {
  Several<F, K> uv3, uv7, power;
  for (std::size_t k = 0; k < K; ++k) {
    const auto v3 = F::mulf(F::sqrf(v.v[k]), v.v[k]);
    uv3.v[k] = F::mulf(u.v[k], v3);
    uv7.v[k] = F::mulf(uv3.v[k], F::sqrf(F::sqrf(v.v[k])));
  }
  power_p58<F, K>(power, uv7);
  const auto sqrt_m1 = F::constant(word_sqrt_m1);
  for (std::size_t k = 0; k < K; ++k) {
    const auto root = F::mulf(uv3.v[k], power.v[k]);
    const auto check = F::mulf(v.v[k], F::sqrf(root));
    const auto minus_u = negate<F>(u.v[k]);
    const auto correct = equal<F>(check, u.v[k]);
    const auto flipped = equal<F>(check, minus_u);
    const auto flipped_i = equal<F>(check, F::mulf(minus_u, sqrt_m1));
    out.root.v[k] = absolute<F>(F::select(F::either(flipped, flipped_i), F::mulf(root, sqrt_m1), root));
    out.was_square[k] = F::either(correct, flipped);
  }
}

}  // namespace parley::group
