#pragma once

#include "group/power.hpp"

// Encodings and the map of RFC 9496 section 4.3, on `K` vectors at once.
namespace parley::group {

/// Section 4.3.1 for a canonical, nonnegative s: the point, and whether s encodes one.
template <class F, std::size_t K>
void decode_points(const Several<F, K>& s, Extended<F>* out, typename F::Mask* valid) {
  const auto one = F::constant(word_one);
  const auto one_wide = F::widen(one);
  Several<F, K> u1, u2, v, ratio_u, ratio_v;
  for (std::size_t k = 0; k < K; ++k) {
    const auto ss = F::widen(F::sqrf(s.v[k]));
    u1.v[k] = F::carry(F::sub(one_wide, ss));
    u2.v[k] = F::carry(F::add(one_wide, ss));
    const auto u2_squared = F::sqr(u2.v[k]);
    const auto du1_squared = F::mul(F::constant(word_d), F::sqrf(u1.v[k]));
    v.v[k] = F::carry(F::sub(F::widen(F::constant({0, 0, 0, 0})), F::add(du1_squared, u2_squared)));
    ratio_u.v[k] = one;
    ratio_v.v[k] = F::mulf(v.v[k], F::carry(u2_squared));
  }
  Roots<F, K> inverse;
  sqrt_ratio<F, K>(inverse, ratio_u, ratio_v);
  for (std::size_t k = 0; k < K; ++k) {
    const auto den_x = F::mulf(inverse.root.v[k], u2.v[k]);
    const auto den_y = F::mulf(F::mulf(inverse.root.v[k], den_x), v.v[k]);
    const auto x = absolute<F>(F::carry(F::dbl(F::mul(s.v[k], den_x))));
    const auto y = F::mulf(u1.v[k], den_y);
    const auto t = F::mulf(x, y);
    valid[k] = F::both(inverse.was_square[k], F::negation(F::either(F::is_negative(t), F::is_zero(y))));
    out[k] = {x, y, one, t};
  }
}

/// Section 4.3.2.
template <class F, std::size_t K>
void encode_points(const Extended<F>* in, Several<F, K>& s) {
  const auto sqrt_m1 = F::constant(word_sqrt_m1);
  Several<F, K> u1, u2, ones, ratio_v;
  for (std::size_t k = 0; k < K; ++k) {
    const auto y = F::widen(in[k].y);
    const auto z = F::widen(in[k].z);
    u1.v[k] = F::mulf(F::carry(F::add(z, y)), F::carry(F::sub(z, y)));
    u2.v[k] = F::mulf(in[k].x, in[k].y);
    ones.v[k] = F::constant(word_one);
    ratio_v.v[k] = F::mulf(u1.v[k], F::sqrf(u2.v[k]));
  }
  Roots<F, K> inverse;
  sqrt_ratio<F, K>(inverse, ones, ratio_v);
  for (std::size_t k = 0; k < K; ++k) {
    const Extended<F>& p = in[k];
    const auto den1 = F::mulf(inverse.root.v[k], u1.v[k]);
    const auto den2 = F::mulf(inverse.root.v[k], u2.v[k]);
    const auto z_inverse = F::mulf(F::mulf(den1, den2), p.t);
    const auto enchanted = F::mulf(den1, F::constant(word_invsqrt_a_minus_d));
    const auto rotate = F::is_negative(F::mulf(p.t, z_inverse));
    const auto x = F::select(rotate, F::mulf(p.y, sqrt_m1), p.x);
    const auto y_plain = F::select(rotate, F::mulf(p.x, sqrt_m1), p.y);
    const auto den_inverse = F::select(rotate, enchanted, den2);
    const auto y = negate_if<F>(F::is_negative(F::mulf(x, z_inverse)), y_plain);
    s.v[k] = absolute<F>(F::mulf(den_inverse, F::carry(F::sub(F::widen(p.z), F::widen(y)))));
  }
}

/// MAP of section 4.3.4.
template <class F, std::size_t K>
void map_to_curve(const Several<F, K>& t, Completed<F>* out) {
  const auto one = F::constant(word_one);
  const auto one_wide = F::widen(one);
  const auto d = F::constant(word_d);
  Several<F, K> r, u, v;
  for (std::size_t k = 0; k < K; ++k) {
    r.v[k] = F::mulf(F::constant(word_sqrt_m1), F::sqrf(t.v[k]));
    const auto r_wide = F::widen(r.v[k]);
    u.v[k] = F::mulf(F::carry(F::add(r_wide, one_wide)), F::constant(word_one_minus_d_sq));
    const auto minus_rd =
        F::carry(F::add(F::mul(r.v[k], d), one_wide));  // and negated with the product below
    const auto product = F::mul(minus_rd, F::carry(F::add(r_wide, F::widen(d))));
    v.v[k] = F::carry(F::sub(F::widen(F::constant({0, 0, 0, 0})), product));
  }
  Roots<F, K> ratio;
  sqrt_ratio<F, K>(ratio, u, v);
  for (std::size_t k = 0; k < K; ++k) {
    const auto was_square = ratio.was_square[k];
    const auto s_prime = negate<F>(absolute<F>(F::mulf(ratio.root.v[k], t.v[k])));
    const auto s = F::select(was_square, ratio.root.v[k], s_prime);
    const auto c = F::select(was_square, negate<F>(one), r.v[k]);
    const auto r_minus_one = F::carry(F::sub(F::widen(r.v[k]), one_wide));
    const auto scaled = F::mulf(F::mulf(c, r_minus_one), F::constant(word_d_minus_one_sq));
    const auto n = F::carry(F::sub(F::widen(scaled), F::widen(v.v[k])));
    const auto ss = F::widen(F::sqrf(s));
    // w0, w1, w2, w3 of the RFC as e, g, h, f: X = w0 w3, Y = w2 w1, Z = w1 w3, T = w0 w2.
    out[k].e = F::carry(F::dbl(F::mul(s, v.v[k])));
    out[k].g = F::mulf(n, F::constant(word_sqrt_ad_minus_one));
    out[k].h = F::carry(F::sub(one_wide, ss));
    out[k].f = F::carry(F::add(one_wide, ss));
  }
}

}  // namespace parley::group
