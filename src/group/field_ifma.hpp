#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "group/constants.hpp"
#include "group/inline.hpp"

namespace parley::group {

/// GF(2^255 - 19), eight elements at a time, by the 52-bit multiply-add of AVX-512-IFMA.
///
/// An element is five limbs of radix 2^52. vpmadd52 reads only the low 52 bits of a factor, and that is used
/// twice. A factor (`Fe`) keeps bits above 2^52 in limbs 0 to 3: they were added to the next limb when
/// carried, and masking them off would be wasted work. And its top limb is below 2^47 + 2^17, so that sums of
/// products have room. What a multiplication gives (`Wide`) is not carried at all: sums and differences of
/// products are taken first, and one carry makes a factor of the result.
struct FieldIfma {
  static constexpr std::size_t lanes = 8;
  static constexpr unsigned radix = 52;
  static constexpr bool has_negative_limbs = false;
  static constexpr std::uint64_t mask52 = (1ULL << 52) - 1;
  static constexpr std::uint64_t mask47 = (1ULL << 47) - 1;
  using Vec = __m512i;
  using Mask = __mmask8;
  using Word64 [[gnu::vector_size(64)]] = std::uint64_t;
  struct Fe {
    Vec v[5];
  };
  struct Wide {
    Vec v[5];
  };
  struct Digits {
    Vec magnitude;
    Mask negative;
  };
  using Limb = std::uint64_t;
  static constexpr Limb largest_factor[5] = {mask52, mask52, mask52, mask52, (1ULL << 47) + (1ULL << 17)};

  PARLEY_INLINE Vec all(std::uint64_t x) { return _mm512_set1_epi64(static_cast<long long>(x)); }
  PARLEY_INLINE Vec low(Vec sum, Vec a, Vec b) { return _mm512_madd52lo_epu64(sum, a, b); }
  PARLEY_INLINE Vec high(Vec sum, Vec a, Vec b) { return _mm512_madd52hi_epu64(sum, a, b); }
  PARLEY_INLINE Vec plus(Vec a, Vec b) { return _mm512_add_epi64(a, b); }
  PARLEY_INLINE Vec low52(Vec a) { return _mm512_and_si512(a, all(mask52)); }

  // z[0..5] += a * b for one limb b.
  PARLEY_INLINE void row(Vec* z, const Fe& a, Vec b) {
    z[0] = low(z[0], a.v[0], b);
    z[1] = low(z[1], a.v[1], b);
    z[2] = low(z[2], a.v[2], b);
    z[3] = low(z[3], a.v[3], b);
    z[4] = low(z[4], a.v[4], b);
    z[1] = high(z[1], a.v[0], b);
    z[2] = high(z[2], a.v[1], b);
    z[3] = high(z[3], a.v[2], b);
    z[4] = high(z[4], a.v[3], b);
    z[5] = high(z[5], a.v[4], b);
  }

  // Ten limbs to five by 2^260 = 608. Limbs 5 to 8 are below 2^56: their low 52 bits go through the
  // multiply-add, the four bits above separately. Limb 9 is the high half of a product of two top limbs,
  // hence below 2^42 + 2^14, and 608 times that fits 52 bits. Every limb of the result is below 2^56.
  PARLEY_INLINE Wide fold(const Vec* z) {
    const Vec c608 = all(608);
    Wide out;
    out.v[0] = low(z[0], z[5], c608);
    out.v[1] = low(z[1], z[6], c608);
    out.v[2] = low(z[2], z[7], c608);
    out.v[3] = low(z[3], z[8], c608);
    out.v[4] = low(z[4], z[9], c608);
    out.v[1] = high(out.v[1], z[5], c608);
    out.v[2] = high(out.v[2], z[6], c608);
    out.v[3] = high(out.v[3], z[7], c608);
    out.v[4] = high(out.v[4], z[8], c608);
    out.v[1] = low(out.v[1], _mm512_srli_epi64(z[5], 52), c608);
    out.v[2] = low(out.v[2], _mm512_srli_epi64(z[6], 52), c608);
    out.v[3] = low(out.v[3], _mm512_srli_epi64(z[7], 52), c608);
    out.v[4] = low(out.v[4], _mm512_srli_epi64(z[8], 52), c608);
    return out;
  }

  PARLEY_INLINE Wide mul(const Fe& a, const Fe& b) {
    const Vec zero = _mm512_setzero_si512();
    Vec z[10] = {zero, zero, zero, zero, zero, zero, zero, zero, zero, zero};
    row(z + 0, a, b.v[0]);
    row(z + 1, a, b.v[1]);
    row(z + 2, a, b.v[2]);
    row(z + 3, a, b.v[3]);
    row(z + 4, a, b.v[4]);
    return fold(z);
  }

  PARLEY_INLINE Wide sqr(const Fe& a) {
    const Vec zero = _mm512_setzero_si512();
    Vec z[10] = {zero, zero, zero, zero, zero, zero, zero, zero, zero, zero};
    const Vec a0 = a.v[0], a1 = a.v[1], a2 = a.v[2], a3 = a.v[3], a4 = a.v[4];
    z[1] = low(z[1], a0, a1);
    z[2] = low(z[2], a0, a2);
    z[3] = low(z[3], a0, a3);
    z[4] = low(z[4], a0, a4);
    z[5] = low(z[5], a1, a4);
    z[6] = low(z[6], a2, a4);
    z[7] = low(z[7], a3, a4);
    z[2] = high(z[2], a0, a1);
    z[3] = high(z[3], a0, a2);
    z[4] = high(z[4], a0, a3);
    z[5] = high(z[5], a0, a4);
    z[6] = high(z[6], a1, a4);
    z[7] = high(z[7], a2, a4);
    z[8] = high(z[8], a3, a4);
    z[3] = low(z[3], a1, a2);
    z[4] = low(z[4], a1, a3);
    z[5] = low(z[5], a2, a3);
    z[4] = high(z[4], a1, a2);
    z[5] = high(z[5], a1, a3);
    z[6] = high(z[6], a2, a3);
    for (int i = 1; i < 9; ++i) z[i] = plus(z[i], z[i]);
    z[0] = low(z[0], a0, a0);
    z[2] = low(z[2], a1, a1);
    z[4] = low(z[4], a2, a2);
    z[6] = low(z[6], a3, a3);
    z[8] = low(z[8], a4, a4);
    z[1] = high(z[1], a0, a0);
    z[3] = high(z[3], a1, a1);
    z[5] = high(z[5], a2, a2);
    z[7] = high(z[7], a3, a3);
    z[9] = high(z[9], a4, a4);
    return fold(z);
  }

  // Limbs below 2^63 to a factor: first what lies above 2^255, so that the last limb needs no second look.
  PARLEY_INLINE Fe carry(const Wide& a) {
    const Vec top = _mm512_srli_epi64(a.v[4], 47);
    Fe out;
    out.v[0] = low(a.v[0], top, all(19));
    out.v[1] = plus(a.v[1], _mm512_srli_epi64(out.v[0], 52));
    out.v[2] = plus(a.v[2], _mm512_srli_epi64(out.v[1], 52));
    out.v[3] = plus(a.v[3], _mm512_srli_epi64(out.v[2], 52));
    out.v[4] = plus(_mm512_and_si512(a.v[4], all(mask47)), _mm512_srli_epi64(out.v[3], 52));
    return out;
  }
  PARLEY_INLINE Fe mulf(const Fe& a, const Fe& b) { return carry(mul(a, b)); }
  PARLEY_INLINE Fe sqrf(const Fe& a) { return carry(sqr(a)); }

  PARLEY_INLINE Wide add(const Wide& a, const Wide& b) {
    return {{plus(a.v[0], b.v[0]), plus(a.v[1], b.v[1]), plus(a.v[2], b.v[2]), plus(a.v[3], b.v[3]),
             plus(a.v[4], b.v[4])}};
  }
  PARLEY_INLINE Wide dbl(const Wide& a) { return add(a, a); }
  // a - b plus a multiple of p whose limbs are all near 2^59: b is a product or the sum of at most four,
  // never itself a difference.
  PARLEY_INLINE Wide sub(const Wide& a, const Wide& b) {
    Wide out;
    for (int i = 0; i < 5; ++i) out.v[i] = plus(a.v[i], _mm512_sub_epi64(all(multiple_of_p[i]), b.v[i]));
    return out;
  }
  // 2^59 * (1 + 2^52 + 2^104 + 2^156 + 2^208), less its residue modulo p.
  static constexpr std::uint64_t multiple_of_p[5] = {0x7fffffffffed000, 0x7ffffffffffff80, 0x7ffffffffffff80,
                                                     0x7ffffffffffff80, 0x7ffffffffffff80};

  PARLEY_INLINE Wide widen(const Fe& a) {
    return {{low52(a.v[0]), low52(a.v[1]), low52(a.v[2]), low52(a.v[3]), a.v[4]}};
  }

  PARLEY_INLINE void to_limbs(const Words& w, Limb* out) {
    out[0] = w[0] & mask52;
    out[1] = (w[0] >> 52 | w[1] << 12) & mask52;
    out[2] = (w[1] >> 40 | w[2] << 24) & mask52;
    out[3] = (w[2] >> 28 | w[3] << 36) & mask52;
    out[4] = w[3] >> 16;
  }
  PARLEY_INLINE Fe broadcast(const Limb* limbs) {
    return {{all(limbs[0]), all(limbs[1]), all(limbs[2]), all(limbs[3]), all(limbs[4])}};
  }
  PARLEY_INLINE Fe constant(const Words& w) {
    Limb limbs[5];
    to_limbs(w, limbs);
    return broadcast(limbs);
  }

  // Word k of lane i is words[8 * k + i].
  PARLEY_INLINE Fe load(const std::uint64_t* words) {
    const Vec w0 = _mm512_loadu_si512(words);
    const Vec w1 = _mm512_loadu_si512(words + 8);
    const Vec w2 = _mm512_loadu_si512(words + 16);
    const Vec w3 = _mm512_loadu_si512(words + 24);
    Wide out;
    out.v[0] = low52(w0);
    out.v[1] = low52(_mm512_or_si512(_mm512_srli_epi64(w0, 52), _mm512_slli_epi64(w1, 12)));
    out.v[2] = low52(_mm512_or_si512(_mm512_srli_epi64(w1, 40), _mm512_slli_epi64(w2, 24)));
    out.v[3] = low52(_mm512_or_si512(_mm512_srli_epi64(w2, 28), _mm512_slli_epi64(w3, 36)));
    out.v[4] = _mm512_srli_epi64(w3, 16);
    return carry(out);
  }

  // How often p goes into a, which is below 2p: 0 or 1.
  PARLEY_INLINE Vec quotient(const Wide& a) {
    Vec c = _mm512_srli_epi64(plus(a.v[0], all(19)), 52);
    c = _mm512_srli_epi64(plus(a.v[1], c), 52);
    c = _mm512_srli_epi64(plus(a.v[2], c), 52);
    c = _mm512_srli_epi64(plus(a.v[3], c), 52);
    return _mm512_srli_epi64(plus(a.v[4], c), 47);
  }
  PARLEY_INLINE Wide canonical(const Fe& a) {
    Wide z = widen(a);
    z.v[0] = low(z.v[0], quotient(z), all(19));
    for (int i = 0; i < 4; ++i) {
      z.v[i + 1] = plus(z.v[i + 1], _mm512_srli_epi64(z.v[i], 52));
      z.v[i] = low52(z.v[i]);
    }
    z.v[4] = _mm512_and_si512(z.v[4], all(mask47));
    return z;
  }
  template <unsigned down, unsigned up>
  PARLEY_INLINE Vec glue(Vec right, Vec left) {
    return _mm512_or_si512(_mm512_srli_epi64(right, down), _mm512_slli_epi64(left, up));
  }
  PARLEY_INLINE void store(const Fe& a, std::uint64_t* words) {
    const Wide z = canonical(a);
    _mm512_storeu_si512(words, glue<0, 52>(z.v[0], z.v[1]));
    _mm512_storeu_si512(words + 8, glue<12, 40>(z.v[1], z.v[2]));
    _mm512_storeu_si512(words + 16, glue<24, 28>(z.v[2], z.v[3]));
    _mm512_storeu_si512(words + 24, glue<36, 16>(z.v[3], z.v[4]));
  }

  /// Whether the least residue is odd (RFC 9496 section 3.1).
  PARLEY_INLINE Mask is_negative(const Fe& a) {
    const Wide z = widen(a);
    return _mm512_test_epi64_mask(_mm512_xor_si512(z.v[0], quotient(z)), all(1));
  }
  PARLEY_INLINE Mask is_zero(const Fe& a) {
    const Wide z = canonical(a);
    const Vec any = _mm512_or_si512(_mm512_or_si512(_mm512_or_si512(z.v[0], z.v[1]), z.v[2]),
                                    _mm512_or_si512(z.v[3], z.v[4]));
    return _mm512_testn_epi64_mask(any, any);
  }
  PARLEY_INLINE Fe select(Mask mask, const Fe& yes, const Fe& no) {
    Fe out;
    for (int i = 0; i < 5; ++i) out.v[i] = _mm512_mask_mov_epi64(no.v[i], mask, yes.v[i]);
    return out;
  }
  PARLEY_INLINE Mask both(Mask a, Mask b) { return static_cast<Mask>(a & b); }
  PARLEY_INLINE Mask either(Mask a, Mask b) { return static_cast<Mask>(a | b); }

  PARLEY_INLINE Mask negation(Mask a) { return static_cast<Mask>(~a); }
  /// Bit i for lane i.
  PARLEY_INLINE unsigned bits(Mask a) { return a; }

  PARLEY_INLINE Digits load_digits(const std::int8_t* digits) {
    const Vec wide = _mm512_cvtepi8_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(digits)));
    return {_mm512_abs_epi64(wide), _mm512_movepi64_mask(wide)};
  }
  PARLEY_INLINE Mask digit_is(const Digits& digits, std::uint64_t value) {
    return _mm512_cmpeq_epi64_mask(digits.magnitude, all(value));
  }
  /// eight[magnitude - 1]; anything for a digit of zero. A permutation within registers.
  PARLEY_INLINE Vec pick(const Limb* eight, const Digits& digits) {
    return _mm512_permutexvar_epi64(_mm512_sub_epi64(digits.magnitude, all(1)), _mm512_loadu_si512(eight));
  }
};

}  // namespace parley::group
