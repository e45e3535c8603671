#pragma once

#include <cstddef>
#include <cstdint>

#include "group/constants.hpp"
#include "group/inline.hpp"

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define PARLEY_MEMORY_SANITIZER 1
#endif
#endif
#ifndef PARLEY_MEMORY_SANITIZER
#define PARLEY_MEMORY_SANITIZER 0
#endif

namespace parley::group {

/// GF(2^255 - 19), one element at a time, five limbs of radix 2^51 and 128-bit products.
///
/// A factor (`Fe`) has limbs up to 2^51 + 2^17. A multiplication reduces at once, so that a sum of products
/// (`Wide`) has limbs below 2^63 and `carry` brings it back.
struct FieldPortable {
  static constexpr std::size_t lanes = 1;
  static constexpr unsigned radix = 51;
  static constexpr bool has_negative_limbs = false;
  using Vec = std::uint64_t;
  using Mask = std::uint64_t;  // all ones or zero
  using Word64 = std::uint64_t;
  struct Fe {
    Vec v[5];
  };
  using Wide = Fe;
  struct Digits {
    Vec magnitude;
    Mask negative;
  };
  using Limb = std::uint64_t;
  static constexpr Limb largest_factor[5] = {(1ULL << 51) + (1ULL << 17), (1ULL << 51) + (1ULL << 17),
                                             (1ULL << 51) + (1ULL << 17), (1ULL << 51) + (1ULL << 17),
                                             (1ULL << 51) + (1ULL << 17)};
  __extension__ using Product = unsigned __int128;

  static constexpr std::uint64_t mask51 = (1ULL << 51) - 1;

  PARLEY_INLINE Product times(Vec a, Vec b) { return static_cast<Product>(a) * b; }

  // Sums of five products below 2^52 · 19 · 2^52 each.
  PARLEY_INLINE Wide reduce(Product r0, Product r1, Product r2, Product r3, Product r4) {
    Fe z;
    r1 += static_cast<std::uint64_t>(r0 >> 51);
    z.v[0] = static_cast<std::uint64_t>(r0) & mask51;
    r2 += static_cast<std::uint64_t>(r1 >> 51);
    z.v[1] = static_cast<std::uint64_t>(r1) & mask51;
    r3 += static_cast<std::uint64_t>(r2 >> 51);
    z.v[2] = static_cast<std::uint64_t>(r2) & mask51;
    r4 += static_cast<std::uint64_t>(r3 >> 51);
    z.v[3] = static_cast<std::uint64_t>(r3) & mask51;
    z.v[4] = static_cast<std::uint64_t>(r4) & mask51;
    z.v[0] += static_cast<std::uint64_t>(r4 >> 51) * 19;
    z.v[1] += z.v[0] >> 51;
    z.v[0] &= mask51;
    return z;
  }

  PARLEY_INLINE Wide mul(const Fe& a, const Fe& b) {
    const Vec b1 = 19 * b.v[1], b2 = 19 * b.v[2], b3 = 19 * b.v[3], b4 = 19 * b.v[4];
    const Vec* x = a.v;
    const Vec* y = b.v;
    return reduce(
        times(x[0], y[0]) + times(x[1], b4) + times(x[2], b3) + times(x[3], b2) + times(x[4], b1),
        times(x[0], y[1]) + times(x[1], y[0]) + times(x[2], b4) + times(x[3], b3) + times(x[4], b2),
        times(x[0], y[2]) + times(x[1], y[1]) + times(x[2], y[0]) + times(x[3], b4) + times(x[4], b3),
        times(x[0], y[3]) + times(x[1], y[2]) + times(x[2], y[1]) + times(x[3], y[0]) + times(x[4], b4),
        times(x[0], y[4]) + times(x[1], y[3]) + times(x[2], y[2]) + times(x[3], y[1]) + times(x[4], y[0]));
  }
  PARLEY_INLINE Wide sqr(const Fe& a) {
    const Vec* x = a.v;
    const Vec x0 = 2 * x[0], x1 = 2 * x[1], x3 = 19 * x[3], x4 = 19 * x[4];
    return reduce(times(x[0], x[0]) + times(x1, x4) + times(2 * x[2], x3),
                  times(x0, x[1]) + times(2 * x[2], x4) + times(x[3], x3),
                  times(x0, x[2]) + times(x[1], x[1]) + times(2 * x[3], x4),
                  times(x0, x[3]) + times(x1, x[2]) + times(x[4], x4),
                  times(x0, x[4]) + times(x1, x[3]) + times(x[2], x[2]));
  }
  PARLEY_INLINE Fe carry(const Wide& a) {
    return {{(a.v[0] & mask51) + 19 * (a.v[4] >> 51), (a.v[1] & mask51) + (a.v[0] >> 51),
             (a.v[2] & mask51) + (a.v[1] >> 51), (a.v[3] & mask51) + (a.v[2] >> 51),
             (a.v[4] & mask51) + (a.v[3] >> 51)}};
  }
  PARLEY_INLINE Fe mulf(const Fe& a, const Fe& b) { return mul(a, b); }
  PARLEY_INLINE Fe sqrf(const Fe& a) { return sqr(a); }
  PARLEY_INLINE Wide add(const Wide& a, const Wide& b) {
    return {{a.v[0] + b.v[0], a.v[1] + b.v[1], a.v[2] + b.v[2], a.v[3] + b.v[3], a.v[4] + b.v[4]}};
  }
  PARLEY_INLINE Wide dbl(const Wide& a) { return add(a, a); }
  // a - b + 16p: b is a product or the sum of at most four.
  PARLEY_INLINE Wide sub(const Wide& a, const Wide& b) {
    constexpr std::uint64_t low = 16 * (mask51 - 18), other = 16 * mask51;
    return {{a.v[0] + (low - b.v[0]), a.v[1] + (other - b.v[1]), a.v[2] + (other - b.v[2]),
             a.v[3] + (other - b.v[3]), a.v[4] + (other - b.v[4])}};
  }
  PARLEY_INLINE Wide widen(const Fe& a) { return a; }

  PARLEY_INLINE void to_limbs(const Words& w, Limb* out) {
    out[0] = w[0] & mask51;
    out[1] = (w[0] >> 51 | w[1] << 13) & mask51;
    out[2] = (w[1] >> 38 | w[2] << 26) & mask51;
    out[3] = (w[2] >> 25 | w[3] << 39) & mask51;
    out[4] = w[3] >> 12;
  }
  PARLEY_INLINE Fe broadcast(const Limb* limbs) {
    return {{limbs[0], limbs[1], limbs[2], limbs[3], limbs[4]}};
  }
  PARLEY_INLINE Fe constant(const Words& w) {
    Fe out;
    to_limbs(w, out.v);
    return out;
  }

  // Word k is words[8 * k].
  PARLEY_INLINE Fe load(const std::uint64_t* words) {
    return carry(constant({words[0], words[8], words[16], words[24]}));
  }
  // How often p goes into a, which is below 2p and has limbs up to 2^51 + 2^17: 0 or 1.
  PARLEY_INLINE Vec quotient(const Fe& a) {
    Vec c = (a.v[0] + 19) >> 51;
    for (int i = 1; i < 5; ++i) c = (a.v[i] + c) >> 51;
    return c;
  }
  PARLEY_INLINE Fe canonical(const Fe& a) {
    Fe z = a;
    z.v[0] += 19 * quotient(z);
    for (int i = 0; i < 4; ++i) {
      z.v[i + 1] += z.v[i] >> 51;
      z.v[i] &= mask51;
    }
    z.v[4] &= mask51;
    return z;
  }
  PARLEY_INLINE void store(const Fe& a, std::uint64_t* words) {
    const Fe z = canonical(a);
    words[0] = z.v[0] | z.v[1] << 51;
    words[8] = z.v[1] >> 13 | z.v[2] << 38;
    words[16] = z.v[2] >> 26 | z.v[3] << 25;
    words[24] = z.v[3] >> 39 | z.v[4] << 12;
  }

  // A bit spread over a mask. The empty statement keeps the compiler from knowing that it is one bit, with
  // which it could turn the mask into a branch. MemorySanitizer, which would report such a branch, takes the
  // statement itself for one.
  PARLEY_INLINE Mask spread(Vec bit) {
    Vec mask = 0 - bit;
#if !PARLEY_MEMORY_SANITIZER
    __asm__("" : "+r"(mask));
#endif
    return mask;
  }
  PARLEY_INLINE Mask zero_mask(Vec a) { return spread(((a | (0 - a)) >> 63) ^ 1); }
  PARLEY_INLINE Mask is_negative(const Fe& a) { return spread((a.v[0] ^ quotient(a)) & 1); }
  PARLEY_INLINE Mask is_zero(const Fe& a) {
    const Fe z = canonical(a);
    return zero_mask(z.v[0] | z.v[1] | z.v[2] | z.v[3] | z.v[4]);
  }
  PARLEY_INLINE Fe select(Mask mask, const Fe& yes, const Fe& no) {
    Fe out;
    for (int i = 0; i < 5; ++i) out.v[i] = no.v[i] ^ (mask & (yes.v[i] ^ no.v[i]));
    return out;
  }
  PARLEY_INLINE Mask both(Mask a, Mask b) { return a & b; }
  PARLEY_INLINE Mask either(Mask a, Mask b) { return a | b; }

  PARLEY_INLINE Mask negation(Mask a) { return ~a; }
  PARLEY_INLINE unsigned bits(Mask a) { return static_cast<unsigned>(a & 1); }

  PARLEY_INLINE Digits load_digits(const std::int8_t* digits) {
    const auto value = static_cast<std::uint64_t>(static_cast<std::int64_t>(*digits));
    const Mask negative = spread(value >> 63);
    return {(value ^ negative) - negative, negative};
  }
  PARLEY_INLINE Mask digit_is(const Digits& digits, std::uint64_t value) {
    return zero_mask(digits.magnitude ^ value);
  }
  /// eight[magnitude - 1]; anything for a digit of zero.
  PARLEY_INLINE Vec pick(const Limb* eight, const Digits& digits) {
    Vec out = 0;
    for (std::uint64_t i = 0; i < 8; ++i) out |= eight[i] & digit_is(digits, i + 1);
    return out;
  }
};

}  // namespace parley::group
