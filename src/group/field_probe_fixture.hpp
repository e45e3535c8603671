#pragma once

#include <cstddef>
#include <cstdint>

#include "group/constants.hpp"
#include "group/inline.hpp"

namespace parley::group {

/// A field's operations behind plain functions, so that the test itself is compiled for the baseline
/// processor. `Limbs` become a factor as they are, the same in every lane; results are the least residue in
/// words.
struct FieldProbe {
  using Limbs = std::int64_t[5];
  unsigned radix;
  Limbs largest;
  bool has_negative_limbs;

  void (*product)(const Limbs& a, const Limbs& b, Words& out);
  void (*square)(const Limbs& a, Words& out);
  /// 3ab - 4b^2 and 0 - 4b^2, carried once at the end.
  void (*combined)(const Limbs& a, const Limbs& b, Words& out);
  void (*below_zero)(const Limbs& b, Words& out);
  /// Bit 0: is_negative, bit 1: is_zero.
  unsigned (*signs)(const Limbs& a);
  /// Eight different elements, word w of lane i in [8 * w + i], multiplied lane by lane.
  void (*product_of_lanes)(const std::uint64_t* a, const std::uint64_t* b, std::uint64_t* out);
};

template <class F>
struct FieldProbeOf {
  PARLEY_INLINE typename F::Fe factor(const FieldProbe::Limbs& limbs) {
    typename F::Limb own[5];
    for (int i = 0; i < 5; ++i) own[i] = static_cast<typename F::Limb>(limbs[i]);
    return F::broadcast(own);
  }
  PARLEY_INLINE void give(const typename F::Fe& a, Words& out) {
    std::uint64_t words[32];
    F::store(a, words);
    for (std::size_t w = 0; w < 4; ++w) out[w] = words[8 * w];
  }
  static void product(const FieldProbe::Limbs& a, const FieldProbe::Limbs& b, Words& out) {
    give(F::mulf(factor(a), factor(b)), out);
  }
  static void square(const FieldProbe::Limbs& a, Words& out) { give(F::sqrf(factor(a)), out); }
  static void combined(const FieldProbe::Limbs& a, const FieldProbe::Limbs& b, Words& out) {
    const auto ab = F::mul(factor(a), factor(b));
    const auto bb = F::sqr(factor(b));
    give(F::carry(F::sub(F::add(F::dbl(ab), ab), F::dbl(F::dbl(bb)))), out);
  }
  static void below_zero(const FieldProbe::Limbs& b, Words& out) {
    const auto bb = F::mul(factor(b), factor(b));
    give(F::carry(F::sub(F::widen(F::constant({0, 0, 0, 0})), F::add(F::dbl(bb), F::dbl(bb)))), out);
  }
  static unsigned signs(const FieldProbe::Limbs& a) {
    return (F::bits(F::is_negative(factor(a))) & 1) | (F::bits(F::is_zero(factor(a))) & 1) << 1;
  }
  static void product_of_lanes(const std::uint64_t* a, const std::uint64_t* b, std::uint64_t* out) {
    for (std::size_t lane = 0; lane < 8; lane += F::lanes)
      F::store(F::mulf(F::load(a + lane), F::load(b + lane)), out + lane);
  }
  static FieldProbe probe() {
    FieldProbe out{F::radix,   {},    F::has_negative_limbs, product, square, combined,
                   below_zero, signs, product_of_lanes};
    for (int i = 0; i < 5; ++i) out.largest[i] = static_cast<std::int64_t>(F::largest_factor[i]);
    return out;
  }
};

FieldProbe field_probe_portable();
FieldProbe field_probe_avx2();
FieldProbe field_probe_avx512ifma();

}  // namespace parley::group
