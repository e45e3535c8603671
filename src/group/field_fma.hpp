#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "group/constants.hpp"
#include "group/inline.hpp"

namespace parley::group {

/// GF(2^255 - 19), four elements at a time, on a processor with AVX2 and FMA but without a wide integer
/// multiplication: the fused multiply-add of doubles gives exact products of 51-bit integers in two halves
/// (Emmart, Zheng, Weems, "Faster Modular Exponentiation Using Double Precision Floating Point Arithmetic on
/// the GPU", ARITH 2018).
///
/// Adding ab to 1.5 · 2^103, where a double counts in steps of 2^51, rounds it to a multiple of 2^51 whose
/// number can be read from the bits of the sum; what the rounding dropped is exact in a second multiply-add,
/// biased by 1.5 · 2^52 so that its bits can be read likewise. Both read as integers, they are added up as
/// integers. |ab| must stay below 2^102.
///
/// A factor (`Fe`) is five integers of radix 2^51 in doubles, at most 2^50 + 2^14 in absolute value. A sum of
/// products (`Wide`) is five signed 64-bit integers below 2^61. Rounding is to nearest, the default of every
/// platform; the numbers are never denormal, so no operation takes longer for some of them.
struct FieldFma {
  static constexpr std::size_t lanes = 4;
  static constexpr unsigned radix = 51;
  static constexpr bool has_negative_limbs = true;
  using Vec = __m256i;
  using Real = __m256d;
  using Mask = __m256i;  // all ones or zero in each lane
  using Word64 [[gnu::vector_size(32)]] = std::uint64_t;
  struct Fe {
    Real v[5];
  };
  struct Wide {
    Vec v[5];
  };
  struct Digits {
    Vec magnitude;
    Mask negative;
  };
  using Limb = double;
  static constexpr double largest = (1ULL << 50) + (1ULL << 14);
  static constexpr Limb largest_factor[5] = {largest, largest, largest, largest, largest};

  static constexpr double high_bias = 0x1.8p103;
  static constexpr double low_bias = 0x1.8p52;
  static constexpr std::uint64_t high_bits = 0x4668000000000000;  // of high_bias
  static constexpr std::uint64_t low_bits = 0x4338000000000000;   // of low_bias
  static constexpr std::uint64_t mask51 = (1ULL << 51) - 1;

  PARLEY_INLINE Vec all(std::uint64_t x) { return _mm256_set1_epi64x(static_cast<long long>(x)); }
  PARLEY_INLINE Real every(double x) { return _mm256_set1_pd(x); }
  PARLEY_INLINE Vec plus(Vec a, Vec b) { return _mm256_add_epi64(a, b); }
  PARLEY_INLINE Vec as_bits(Real a) { return _mm256_castpd_si256(a); }

  // z[0] and z[1] += ab.
  PARLEY_INLINE void product(Vec* z, Real a, Real b) {
    const Real high = _mm256_fmadd_pd(a, b, every(high_bias));
    const Real rest = _mm256_fmadd_pd(a, b, _mm256_sub_pd(every(high_bias + low_bias), high));
    z[0] = plus(z[0], as_bits(rest));
    z[1] = plus(z[1], as_bits(high));
  }
  // What `lows` low halves and `highs` high halves carry too much.
  PARLEY_INLINE Vec without(unsigned lows, unsigned highs) {
    return all(0 - lows * low_bits - highs * high_bits);
  }
  // Ten limbs to five by 2^255 = 19. A limb is below 2^54, of the result below 2^59.
  PARLEY_INLINE Wide fold(const Vec* z) {
    Wide out;
    for (int k = 0; k < 5; ++k) {
      const Vec upper = z[k + 5];
      const Vec thrice = plus(upper, plus(upper, upper));
      out.v[k] = plus(plus(z[k], thrice), _mm256_slli_epi64(upper, 4));
    }
    return out;
  }

  PARLEY_INLINE Wide mul(const Fe& a, const Fe& b) {
    Vec z[10] = {without(1, 0), without(2, 1), without(3, 2), without(4, 3), without(5, 4),
                 without(4, 5), without(3, 4), without(2, 3), without(1, 2), without(0, 1)};
    for (int j = 0; j < 5; ++j) {
      product(z + j + 0, a.v[0], b.v[j]);
      product(z + j + 1, a.v[1], b.v[j]);
      product(z + j + 2, a.v[2], b.v[j]);
      product(z + j + 3, a.v[3], b.v[j]);
      product(z + j + 4, a.v[4], b.v[j]);
    }
    return fold(z);
  }
  PARLEY_INLINE Wide sqr(const Fe& a) {
    Vec z[10] = {without(1, 0), without(1, 1), without(2, 1), without(2, 2), without(3, 2),
                 without(2, 3), without(2, 2), without(1, 2), without(1, 1), without(0, 1)};
    const Real twice0 = _mm256_add_pd(a.v[0], a.v[0]);
    const Real twice1 = _mm256_add_pd(a.v[1], a.v[1]);
    const Real twice2 = _mm256_add_pd(a.v[2], a.v[2]);
    const Real twice3 = _mm256_add_pd(a.v[3], a.v[3]);
    product(z + 0, a.v[0], a.v[0]);
    product(z + 1, twice0, a.v[1]);
    product(z + 2, twice0, a.v[2]);
    product(z + 3, twice0, a.v[3]);
    product(z + 4, twice0, a.v[4]);
    product(z + 2, a.v[1], a.v[1]);
    product(z + 3, twice1, a.v[2]);
    product(z + 4, twice1, a.v[3]);
    product(z + 5, twice1, a.v[4]);
    product(z + 4, a.v[2], a.v[2]);
    product(z + 5, twice2, a.v[3]);
    product(z + 6, twice2, a.v[4]);
    product(z + 6, a.v[3], a.v[3]);
    product(z + 7, twice3, a.v[4]);
    product(z + 8, a.v[4], a.v[4]);
    return fold(z);
  }

  // Each limb is rounded to a multiple of 2^51, which goes to the next. The shift is logical: a bias of 2^62
  // makes the sum positive, and comes out again as 2^11. The remainder, the carry of the limb below and the
  // bits of `low_bias` add up to a double.
  PARLEY_INLINE Fe carry(const Wide& a) {
    constexpr std::uint64_t half = 1ULL << 50;
    constexpr std::uint64_t bias = 1ULL << 62;
    constexpr std::uint64_t bias_out = bias >> 51;
    Vec up[5];
    Vec rest[5];
    for (int i = 0; i < 5; ++i) {
      const Vec biased = plus(a.v[i], all(bias + half));
      up[i] = _mm256_srli_epi64(biased, 51);
      rest[i] = _mm256_and_si256(biased, all(mask51));
    }
    Fe out;
    for (int i = 1; i < 5; ++i)
      out.v[i] = read(plus(plus(rest[i], all(low_bits - half - bias_out)), up[i - 1]));
    out.v[0] =
        read(plus(plus(rest[0], all(low_bits - half - 19 * bias_out)), _mm256_mul_epu32(up[4], all(19))));
    return out;
  }
  PARLEY_INLINE Real read(Vec bits) { return _mm256_sub_pd(_mm256_castsi256_pd(bits), every(low_bias)); }

  PARLEY_INLINE Fe mulf(const Fe& a, const Fe& b) { return carry(mul(a, b)); }
  PARLEY_INLINE Fe sqrf(const Fe& a) { return carry(sqr(a)); }
  PARLEY_INLINE Wide add(const Wide& a, const Wide& b) {
    Wide out;
    for (int i = 0; i < 5; ++i) out.v[i] = plus(a.v[i], b.v[i]);
    return out;
  }
  PARLEY_INLINE Wide dbl(const Wide& a) { return add(a, a); }
  PARLEY_INLINE Wide sub(const Wide& a, const Wide& b) {
    Wide out;
    for (int i = 0; i < 5; ++i) out.v[i] = _mm256_sub_epi64(a.v[i], b.v[i]);
    return out;
  }
  PARLEY_INLINE Wide widen(const Fe& a) {
    Wide out;
    for (int i = 0; i < 5; ++i)
      out.v[i] = _mm256_sub_epi64(as_bits(_mm256_add_pd(a.v[i], every(low_bias))), all(low_bits));
    return out;
  }

  // Limbs between -2^50 and 2^50.
  PARLEY_INLINE void to_limbs(const Words& w, Limb* out) {
    std::int64_t z[5] = {static_cast<std::int64_t>(w[0] & mask51),
                         static_cast<std::int64_t>((w[0] >> 51 | w[1] << 13) & mask51),
                         static_cast<std::int64_t>((w[1] >> 38 | w[2] << 26) & mask51),
                         static_cast<std::int64_t>((w[2] >> 25 | w[3] << 39) & mask51),
                         static_cast<std::int64_t>(w[3] >> 12)};
    for (int i = 0; i < 5; ++i) {
      const std::int64_t up = (z[i] + (1LL << 50)) >> 51;
      z[i] -= up * (1LL << 51);
      if (i < 4)
        z[i + 1] += up;
      else
        z[0] += 19 * up;
    }
    for (int i = 0; i < 5; ++i) out[i] = static_cast<double>(z[i]);
  }
  PARLEY_INLINE Fe broadcast(const Limb* limbs) {
    return {{every(limbs[0]), every(limbs[1]), every(limbs[2]), every(limbs[3]), every(limbs[4])}};
  }
  PARLEY_INLINE Fe constant(const Words& w) {
    Limb limbs[5];
    to_limbs(w, limbs);
    return broadcast(limbs);
  }

  PARLEY_INLINE Vec load_four(const std::uint64_t* words) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words));
  }
  template <int down, int up>
  PARLEY_INLINE Vec glue(Vec right, Vec left) {
    return _mm256_or_si256(_mm256_srli_epi64(right, down), _mm256_slli_epi64(left, up));
  }
  // Word k of lane i is words[8 * k + i].
  PARLEY_INLINE Fe load(const std::uint64_t* words) {
    const Vec w0 = load_four(words);
    const Vec w1 = load_four(words + 8);
    const Vec w2 = load_four(words + 16);
    const Vec w3 = load_four(words + 24);
    const Vec mask = all(mask51);
    return carry({{_mm256_and_si256(w0, mask), _mm256_and_si256(glue<51, 13>(w0, w1), mask),
                   _mm256_and_si256(glue<38, 26>(w1, w2), mask), _mm256_and_si256(glue<25, 39>(w2, w3), mask),
                   _mm256_srli_epi64(w3, 12)}});
  }

  // a + p: between 0 and 2p, and no limb is negative.
  PARLEY_INLINE Wide positive(const Fe& a) {
    Wide z = widen(a);
    z.v[0] = plus(z.v[0], all(mask51 - 18));
    for (int i = 1; i < 5; ++i) z.v[i] = plus(z.v[i], all(mask51));
    return z;
  }
  // How often p goes into that: 0 or 1.
  PARLEY_INLINE Vec quotient(const Wide& a) {
    Vec c = _mm256_srli_epi64(plus(a.v[0], all(19)), 51);
    for (int i = 1; i < 5; ++i) c = _mm256_srli_epi64(plus(a.v[i], c), 51);
    return c;
  }
  PARLEY_INLINE Wide canonical(const Fe& a) {
    Wide z = positive(a);
    z.v[0] = plus(z.v[0], _mm256_mul_epu32(quotient(z), all(19)));
    for (int i = 0; i < 4; ++i) {
      z.v[i + 1] = plus(z.v[i + 1], _mm256_srli_epi64(z.v[i], 51));
      z.v[i] = _mm256_and_si256(z.v[i], all(mask51));
    }
    z.v[4] = _mm256_and_si256(z.v[4], all(mask51));
    return z;
  }
  PARLEY_INLINE void store_four(std::uint64_t* words, Vec value) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(words), value);
  }
  PARLEY_INLINE void store(const Fe& a, std::uint64_t* words) {
    const Wide z = canonical(a);
    store_four(words, glue<0, 51>(z.v[0], z.v[1]));
    store_four(words + 8, glue<13, 38>(z.v[1], z.v[2]));
    store_four(words + 16, glue<26, 25>(z.v[2], z.v[3]));
    store_four(words + 24, glue<39, 12>(z.v[3], z.v[4]));
  }

  /// Whether the least residue is odd (RFC 9496 section 3.1).
  PARLEY_INLINE Mask is_negative(const Fe& a) {
    const Wide z = positive(a);
    const Vec odd = _mm256_and_si256(_mm256_xor_si256(z.v[0], quotient(z)), all(1));
    return _mm256_sub_epi64(_mm256_setzero_si256(), odd);
  }
  PARLEY_INLINE Mask is_zero(const Fe& a) {
    const Wide z = canonical(a);
    const Vec any = _mm256_or_si256(_mm256_or_si256(_mm256_or_si256(z.v[0], z.v[1]), z.v[2]),
                                    _mm256_or_si256(z.v[3], z.v[4]));
    return _mm256_cmpeq_epi64(any, _mm256_setzero_si256());
  }
  PARLEY_INLINE Fe select(Mask mask, const Fe& yes, const Fe& no) {
    Fe out;
    for (int i = 0; i < 5; ++i) out.v[i] = _mm256_blendv_pd(no.v[i], yes.v[i], _mm256_castsi256_pd(mask));
    return out;
  }
  PARLEY_INLINE Mask both(Mask a, Mask b) { return _mm256_and_si256(a, b); }
  PARLEY_INLINE Mask either(Mask a, Mask b) { return _mm256_or_si256(a, b); }
  PARLEY_INLINE Mask negation(Mask a) { return _mm256_xor_si256(a, all(~0ULL)); }
  /// Bit i for lane i.
  PARLEY_INLINE unsigned bits(Mask a) {
    return static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(a)));
  }

  PARLEY_INLINE Digits load_digits(const std::int8_t* digits) {
    int four;
    std::memcpy(&four, digits, sizeof four);
    const Vec wide = _mm256_cvtepi8_epi64(_mm_cvtsi32_si128(four));
    const Mask negative = _mm256_cmpgt_epi64(_mm256_setzero_si256(), wide);
    return {_mm256_sub_epi64(_mm256_xor_si256(wide, negative), negative), negative};
  }
  PARLEY_INLINE Mask digit_is(const Digits& digits, std::uint64_t value) {
    return _mm256_cmpeq_epi64(digits.magnitude, all(value));
  }
  /// eight[magnitude - 1]; anything for a digit of zero.
  PARLEY_INLINE Real pick(const Limb* eight, const Digits& digits) {
    Real out = _mm256_setzero_pd();
    for (std::uint64_t i = 0; i < 8; ++i)
      out = _mm256_or_pd(out, _mm256_and_pd(every(eight[i]), _mm256_castsi256_pd(digit_is(digits, i + 1))));
    return out;
  }
};

}  // namespace parley::group
