#pragma once

#include "group/constants.hpp"
#include "group/inline.hpp"

// The twisted Edwards curve -x^2 + y^2 = 1 + d x^2 y^2 of RFC 9496 section 3.2, over a field `F` whose
// elements are vectors. Formulas: Hisil, Wong, Carter, Dawson, "Twisted Edwards Curves Revisited" (ASIACRYPT
// 2008). Nothing here branches on a coordinate: the formulas are complete, for d is no square.
namespace parley::group {

/// (X : Y : Z : T), T = XY/Z.
template <class F>
struct Extended {
  typename F::Fe x, y, z, t;
};

/// X = ef, Y = gh, Z = fg, T = eh: what an addition or a doubling gives before its last multiplications.
template <class F>
struct Completed {
  typename F::Fe e, f, g, h;
};

/// What an addition needs of its second point: Y - X, Y + X, 2dT, 2Z.
template <class F>
struct Cached {
  typename F::Fe minus, plus, t2d, z2;
};

/// The same of a point with Z = 1.
template <class F>
struct CachedAffine {
  typename F::Fe minus, plus, t2d;
};

template <class F>
PARLEY_INLINE typename F::Fe negate(const typename F::Fe& a) {
  return F::carry(F::sub(F::widen(F::constant({0, 0, 0, 0})), F::widen(a)));
}
template <class F>
PARLEY_INLINE typename F::Fe negate_if(typename F::Mask mask, const typename F::Fe& a) {
  return F::select(mask, negate<F>(a), a);
}
/// CT_ABS of RFC 9496 section 3.1.
template <class F>
PARLEY_INLINE typename F::Fe absolute(const typename F::Fe& a) {
  return negate_if<F>(F::is_negative(a), a);
}
template <class F>
PARLEY_INLINE typename F::Mask equal(const typename F::Fe& a, const typename F::Fe& b) {
  return F::is_zero(F::carry(F::sub(F::widen(a), F::widen(b))));
}

/// dbl-2008-hwcd for a = -1 with f and h negated, which changes the sign of all coordinates alike. T is not
/// read. The three squares and the product are combined before they are carried.
template <class F>
PARLEY_INLINE Completed<F> doubled(const typename F::Fe& x, const typename F::Fe& y,
                                   const typename F::Fe& z) {
  const auto xx = F::sqr(x);
  const auto yy = F::sqr(y);
  const auto zz = F::sqr(z);
  const auto xy = F::mul(x, y);
  Completed<F> out;
  out.e = F::carry(F::dbl(xy));
  out.g = F::carry(F::sub(yy, xx));
  out.h = F::carry(F::add(yy, xx));
  out.f = F::carry(F::sub(F::add(F::dbl(zz), xx), yy));
  return out;
}

/// add-2008-hwcd-3.
template <class F>
PARLEY_INLINE Completed<F> added(const typename F::Wide& x, const typename F::Wide& y,
                                 const typename F::Fe& t, const typename F::Fe& z, const Cached<F>& q) {
  const auto a = F::mul(F::carry(F::sub(y, x)), q.minus);
  const auto b = F::mul(F::carry(F::add(y, x)), q.plus);
  const auto c = F::mul(t, q.t2d);
  const auto d = F::mul(z, q.z2);
  return {F::carry(F::sub(b, a)), F::carry(F::sub(d, c)), F::carry(F::add(d, c)), F::carry(F::add(b, a))};
}
template <class F>
PARLEY_INLINE Completed<F> added(const Extended<F>& p, const Cached<F>& q) {
  return added<F>(F::widen(p.x), F::widen(p.y), p.t, p.z, q);
}
/// madd-2008-hwcd-3.
template <class F>
PARLEY_INLINE Completed<F> added(const Extended<F>& p, const CachedAffine<F>& q) {
  const auto x = F::widen(p.x);
  const auto y = F::widen(p.y);
  const auto a = F::mul(F::carry(F::sub(y, x)), q.minus);
  const auto b = F::mul(F::carry(F::add(y, x)), q.plus);
  const auto c = F::mul(p.t, q.t2d);
  const auto d = F::dbl(F::widen(p.z));
  return {F::carry(F::sub(b, a)), F::carry(F::sub(d, c)), F::carry(F::add(d, c)), F::carry(F::add(b, a))};
}

template <class F>
PARLEY_INLINE Extended<F> extended(const Completed<F>& p) {
  return {F::mulf(p.e, p.f), F::mulf(p.g, p.h), F::mulf(p.f, p.g), F::mulf(p.e, p.h)};
}

template <class F>
PARLEY_INLINE Cached<F> cached(const Extended<F>& p) {
  const auto x = F::widen(p.x);
  const auto y = F::widen(p.y);
  return {F::carry(F::sub(y, x)), F::carry(F::add(y, x)), F::mulf(p.t, F::constant(word_two_d)),
          F::carry(F::dbl(F::widen(p.z)))};
}

template <class F>
PARLEY_INLINE Extended<F> identity() {
  const auto zero = F::constant({0, 0, 0, 0});
  const auto one = F::constant(word_one);
  return {zero, one, one, zero};
}

}  // namespace parley::group
