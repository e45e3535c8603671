#include "block/gf128_kernels.hpp"
#include "block/target.hpp"

#if PARLEY_X86_64
#include <immintrin.h>

namespace parley::block::detail {

PARLEY_TARGET_BEGIN(PARLEY_AESNI_FEATURES)

namespace {

struct WideVector {
  __m128i low, high;
};

__m128i load_block(const Block* at) {
  return _mm_load_si128(reinterpret_cast<const __m128i*>(at));
}

WideVector multiply_wide(__m128i a, __m128i b) {
  const __m128i low = _mm_clmulepi64_si128(a, b, 0x00);
  const __m128i high = _mm_clmulepi64_si128(a, b, 0x11);
  const __m128i middle = _mm_xor_si128(_mm_clmulepi64_si128(a, b, 0x01), _mm_clmulepi64_si128(a, b, 0x10));
  return {_mm_xor_si128(low, _mm_slli_si128(middle, 8)), _mm_xor_si128(high, _mm_srli_si128(middle, 8))};
}

// The upper 128 bits times X^7 + X^2 + X + 1, the top word first.
__m128i reduce_vector(WideVector wide) {
  const __m128i polynomial = _mm_set_epi64x(0, 0x87);
  const __m128i top = _mm_clmulepi64_si128(wide.high, polynomial, 0x01);
  const __m128i high = _mm_xor_si128(wide.high, _mm_srli_si128(top, 8));
  const __m128i low = _mm_xor_si128(wide.low, _mm_slli_si128(top, 8));
  return _mm_xor_si128(low, _mm_clmulepi64_si128(high, polynomial, 0x00));
}

}  // namespace

Block mul_aesni(Block a, Block b) {
  Block out;
  _mm_store_si128(reinterpret_cast<__m128i*>(&out),
                  reduce_vector(multiply_wide(load_block(&a), load_block(&b))));
  return out;
}

Block inner_product_aesni(const Block* a, const Block* b, std::size_t count) {
  WideVector sum = {_mm_setzero_si128(), _mm_setzero_si128()};
  for (std::size_t i = 0; i < count; ++i) {
    const WideVector product = multiply_wide(load_block(a + i), load_block(b + i));
    sum.low = _mm_xor_si128(sum.low, product.low);
    sum.high = _mm_xor_si128(sum.high, product.high);
  }
  Block out;
  _mm_store_si128(reinterpret_cast<__m128i*>(&out), reduce_vector(sum));
  return out;
}

void mul_constant_aesni(Block* out, const Block* in, std::size_t count, Block delta, bool add) {
  const __m128i factor = load_block(&delta);
  const __m128i keep = _mm_set1_epi64x(add ? -1 : 0);
  for (std::size_t i = 0; i < count; ++i) {
    const __m128i product = reduce_vector(multiply_wide(load_block(in + i), factor));
    const __m128i old = _mm_and_si128(load_block(out + i), keep);
    _mm_store_si128(reinterpret_cast<__m128i*>(out + i), _mm_xor_si128(product, old));
  }
}

PARLEY_TARGET_END

}  // namespace parley::block::detail
#endif
