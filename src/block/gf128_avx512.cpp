#include "block/gf128_kernels.hpp"
#include "block/target.hpp"

#if PARLEY_X86_64
#include <immintrin.h>

namespace parley::block::detail {

PARLEY_TARGET_BEGIN(PARLEY_AVX512_FEATURES)

namespace {

struct WideVector {
  __m512i low, high;
};

__mmask8 first_words(std::size_t blocks) {
  return static_cast<__mmask8>(blocks >= 4 ? 0xff : (1U << (2 * blocks)) - 1);
}

// Four products at once; the middle terms are left for `settle`, which one call does for a whole sum.
struct Parts {
  __m512i low, high, middle;
};

Parts multiply_parts(__m512i a, __m512i b) {
  return {_mm512_clmulepi64_epi128(a, b, 0x00), _mm512_clmulepi64_epi128(a, b, 0x11),
          _mm512_xor_si512(_mm512_clmulepi64_epi128(a, b, 0x01), _mm512_clmulepi64_epi128(a, b, 0x10))};
}

WideVector settle(const Parts& parts) {
  return {_mm512_xor_si512(parts.low, _mm512_bslli_epi128(parts.middle, 8)),
          _mm512_xor_si512(parts.high, _mm512_bsrli_epi128(parts.middle, 8))};
}

__m512i reduce_vector(WideVector wide) {
  const __m512i polynomial = _mm512_set1_epi64(0x87);
  const __m512i top = _mm512_clmulepi64_epi128(wide.high, polynomial, 0x01);
  const __m512i high = _mm512_xor_si512(wide.high, _mm512_bsrli_epi128(top, 8));
  const __m512i low = _mm512_xor_si512(wide.low, _mm512_bslli_epi128(top, 8));
  return _mm512_xor_si512(low, _mm512_clmulepi64_epi128(high, polynomial, 0x00));
}

Block fold_lanes(__m512i value) {
  alignas(64) Block lanes[4];
  _mm512_store_si512(lanes, value);
  return lanes[0] ^ lanes[1] ^ lanes[2] ^ lanes[3];
}

}  // namespace

Block inner_product_avx512(const Block* a, const Block* b, std::size_t count) {
  Parts sum[2] = {};
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    for (std::size_t k = 0; k < 2; ++k) {
      const Parts product =
          multiply_parts(_mm512_loadu_si512(a + i + 4 * k), _mm512_loadu_si512(b + i + 4 * k));
      sum[k].low = _mm512_xor_si512(sum[k].low, product.low);
      sum[k].high = _mm512_xor_si512(sum[k].high, product.high);
      sum[k].middle = _mm512_xor_si512(sum[k].middle, product.middle);
    }
  }
  for (; i < count; i += 4) {
    const __mmask8 mask = first_words(count - i);
    const Parts product =
        multiply_parts(_mm512_maskz_loadu_epi64(mask, a + i), _mm512_maskz_loadu_epi64(mask, b + i));
    sum[0].low = _mm512_xor_si512(sum[0].low, product.low);
    sum[0].high = _mm512_xor_si512(sum[0].high, product.high);
    sum[0].middle = _mm512_xor_si512(sum[0].middle, product.middle);
  }
  const Parts all = {_mm512_xor_si512(sum[0].low, sum[1].low), _mm512_xor_si512(sum[0].high, sum[1].high),
                     _mm512_xor_si512(sum[0].middle, sum[1].middle)};
  const WideVector wide = settle(all);
  return reduce({fold_lanes(wide.low), fold_lanes(wide.high)});
}

void mul_constant_avx512(Block* out, const Block* in, std::size_t count, Block delta, bool add) {
  const __m512i factor =
      _mm512_set4_epi64(static_cast<long long>(delta.high), static_cast<long long>(delta.low),
                        static_cast<long long>(delta.high), static_cast<long long>(delta.low));
  const __mmask8 keep = add ? 0xff : 0;
  for (std::size_t i = 0; i < count; i += 4) {
    const __mmask8 mask = first_words(count - i);
    const __m512i product =
        reduce_vector(settle(multiply_parts(_mm512_maskz_loadu_epi64(mask, in + i), factor)));
    const __m512i old = _mm512_maskz_loadu_epi64(mask & keep, out + i);
    _mm512_mask_storeu_epi64(out + i, mask, _mm512_xor_si512(product, old));
  }
}

PARLEY_TARGET_END

}  // namespace parley::block::detail
#endif
