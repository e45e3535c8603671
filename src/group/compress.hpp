#pragma once

#include <cstddef>

#include "group/power.hpp"

// Encoding 2P without a square root. RFC 9496 section 4.3.2 needs 1/sqrt(u1 u2^2), and for a double that root
// is known: with e = 2XY, f = Y^2 - X^2, g = Y^2 + X^2, h = 2Z^2 - f the double of (X : Y : Z) is (eh : fg :
// fh : eg), the curve's equation gives h^2 - g^2 = (a - d) e^2, hence
//   u1 = f^2 (h^2 - g^2) = (a - d) (ef)^2,  u2 = efgh,  1/sqrt(u1 u2^2) = 1 / (sqrt(a - d) e^2 f^2 g h),
// up to a sign that the last absolute value removes. Put into the rest of the section:
//   1/z = 1/(fh);  the point is rotated when t/z = eg/(fh) is negative;
//   not rotated: s = |(h -+ g) / (sqrt(a - d) e)|, the sign minus turned to plus when e/f is negative;
//   rotated:     s = |(f -+ i e) / g|, turned when i g/h is negative.
// One inversion of efgh serves all. When efgh = 0 the double lies in the coset of the identity, whose s is 0.
namespace parley::group {

template <class F>
struct PendingDouble {
  typename F::Fe e, f, g, h, eg, fh, product;
  typename F::Mask identity;
};

template <class F>
PARLEY_INLINE PendingDouble<F> pending_double(const Extended<F>& p) {
  PendingDouble<F> out;
  const auto xx = F::sqr(p.x);
  const auto yy = F::sqr(p.y);
  const auto zz = F::sqr(p.z);
  out.e = F::carry(F::dbl(F::mul(p.x, p.y)));
  out.f = F::carry(F::sub(yy, xx));
  out.g = F::carry(F::add(yy, xx));
  out.h = F::carry(F::sub(F::add(F::dbl(zz), xx), yy));
  out.eg = F::mulf(out.e, out.g);
  out.fh = F::mulf(out.f, out.h);
  const auto product = F::mulf(out.eg, out.fh);
  out.identity = F::is_zero(product);
  out.product = F::select(out.identity, F::constant(word_one), product);
  return out;
}

/// s for 2P, given 1/product.
template <class F>
PARLEY_INLINE typename F::Fe compress(const PendingDouble<F>& p, const typename F::Fe& inverse) {
  const auto sqrt_m1 = F::constant(word_sqrt_m1);
  const auto fh_inverse = F::mulf(p.eg, inverse);
  const auto eg_inverse = F::mulf(p.fh, inverse);
  const auto rotate = F::is_negative(F::mulf(p.eg, fh_inverse));
  const auto ie = F::mulf(p.e, sqrt_m1);
  const auto gf = F::mulf(F::mulf(p.g, sqrt_m1), p.f);
  // e/f = (eh) / (fh), ig/h = (igf) / (fh).
  const auto ratio = F::mulf(F::select(rotate, gf, F::mulf(p.e, p.h)), fh_inverse);
  const auto first = F::widen(F::select(rotate, p.f, p.h));
  const auto second = F::select(rotate, ie, p.g);
  const auto numerator = F::carry(F::sub(first, F::widen(negate_if<F>(F::is_negative(ratio), second))));
  // 1/g = e / (eg); 1/(sqrt(a - d) e) = g / (sqrt(a - d) eg).
  const auto denominator =
      F::mulf(F::select(rotate, p.e, F::mulf(p.g, F::constant(word_invsqrt_a_minus_d))), eg_inverse);
  const auto s = absolute<F>(F::mulf(numerator, denominator));
  return F::select(p.identity, F::constant({0, 0, 0, 0}), s);
}

/// compress for `count` vectors with one inversion (Montgomery's trick, within each lane). `out` serves as
/// room for the products on the way.
template <class F>
void compress_all(const PendingDouble<F>* pending, typename F::Fe* out, std::size_t count) {
  Several<F, 1> all;
  all.v[0] = F::constant(word_one);
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = all.v[0];
    all.v[0] = F::mulf(all.v[0], pending[i].product);
  }
  Several<F, 1> inverse;
  invert<F, 1>(inverse, all);
  for (std::size_t i = count; i-- > 0;) {
    const auto own = F::mulf(inverse.v[0], out[i]);
    inverse.v[0] = F::mulf(inverse.v[0], pending[i].product);
    out[i] = compress<F>(pending[i], own);
  }
}

}  // namespace parley::group
