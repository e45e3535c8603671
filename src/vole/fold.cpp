#include "vole/fold.hpp"

#include "block/target.hpp"

#if PARLEY_X86_64
#include <immintrin.h>
#endif

namespace parley::vole {

namespace {

using block::Block;

// 1 if equal, else 0, without a comparison that a compiler could turn into a branch.
std::uint64_t equal_bit(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t difference = a ^ b;
  return 1 ^ ((difference | (0 - difference)) >> 63);
}

void fold_portable(Block* streams, Block* sums) {
  for (unsigned bit = 0; bit < field_bits; ++bit) {
    Block* odd_sum = sums + (1 + bit) * fold_words;
    for (std::size_t w = 0; w < fold_words; ++w) odd_sum[w] = {};
    const std::size_t pairs = std::size_t{small_leaves} >> (bit + 1);
    for (std::size_t pair = 0; pair < pairs; ++pair) {
      const Block* even = streams + 2 * pair * fold_words;
      const Block* odd = even + fold_words;
      Block* out = streams + pair * fold_words;
      for (std::size_t w = 0; w < fold_words; ++w) {
        const Block o = odd[w];
        out[w] = even[w] ^ o;
        odd_sum[w] ^= o;
      }
    }
  }
  for (std::size_t w = 0; w < fold_words; ++w) sums[w] = streams[w];
}

}  // namespace

#if PARLEY_X86_64
PARLEY_TARGET_BEGIN(PARLEY_AVX512_FEATURES)
namespace {

constexpr std::size_t registers = fold_words / 4;

void fold_avx512(Block* streams, Block* sums) {
  for (unsigned bit = 0; bit < field_bits; ++bit) {
    __m512i odd_sum[registers];
    for (auto& sum : odd_sum) sum = _mm512_setzero_si512();
    const std::size_t pairs = std::size_t{small_leaves} >> (bit + 1);
    for (std::size_t pair = 0; pair < pairs; ++pair) {
      const Block* even = streams + 2 * pair * fold_words;
      Block* out = streams + pair * fold_words;
      for (std::size_t r = 0; r < registers; ++r) {
        const __m512i o = _mm512_loadu_si512(even + fold_words + 4 * r);
        const __m512i e = _mm512_loadu_si512(even + 4 * r);
        _mm512_storeu_si512(out + 4 * r, _mm512_xor_si512(e, o));
        odd_sum[r] = _mm512_xor_si512(odd_sum[r], o);
      }
    }
    for (std::size_t r = 0; r < registers; ++r)
      _mm512_storeu_si512(sums + (1 + bit) * fold_words + 4 * r, odd_sum[r]);
  }
  for (std::size_t r = 0; r < registers; ++r)
    _mm512_storeu_si512(sums + 4 * r, _mm512_loadu_si512(streams + 4 * r));
}

__mmask8 first_words(std::size_t blocks) {
  return static_cast<__mmask8>(blocks >= 4 ? 0xff : (1U << (2 * blocks)) - 1);
}

__m512i broadcast(Block value) {
  return _mm512_broadcast_i64x2(_mm_load_si128(reinterpret_cast<const __m128i*>(&value)));
}

void add_at_avx512(Block* nodes, std::size_t count, std::uint64_t index, Block value) {
  const __m512i wanted = _mm512_set1_epi64(static_cast<long long>(index));
  const __m512i step = _mm512_set1_epi64(4);
  const __m512i addend = broadcast(value);
  __m512i here = _mm512_set_epi64(3, 3, 2, 2, 1, 1, 0, 0);
  for (std::size_t i = 0; i < count; i += 4) {
    const __mmask8 inside = first_words(count - i);
    const __mmask8 hit = _mm512_cmpeq_epi64_mask(here, wanted);
    const __m512i old = _mm512_maskz_loadu_epi64(inside, nodes + i);
    _mm512_mask_storeu_epi64(nodes + i, inside, _mm512_mask_xor_epi64(old, hit, old, addend));
    here = _mm512_add_epi64(here, step);
  }
}

Block select_at_avx512(const Block* nodes, std::size_t count, std::uint64_t index) {
  const __m512i wanted = _mm512_set1_epi64(static_cast<long long>(index));
  const __m512i step = _mm512_set1_epi64(4);
  __m512i here = _mm512_set_epi64(3, 3, 2, 2, 1, 1, 0, 0);
  __m512i sum = _mm512_setzero_si512();
  for (std::size_t i = 0; i < count; i += 4) {
    const __m512i old = _mm512_maskz_loadu_epi64(first_words(count - i), nodes + i);
    sum = _mm512_mask_xor_epi64(sum, _mm512_cmpeq_epi64_mask(here, wanted), sum, old);
    here = _mm512_add_epi64(here, step);
  }
  alignas(64) Block lanes[4];
  _mm512_store_si512(lanes, sum);
  return lanes[0] ^ lanes[1] ^ lanes[2] ^ lanes[3];
}

}  // namespace
PARLEY_TARGET_END
#endif

void fold(Block* streams, Block* sums, block::Path path) {
#if PARLEY_X86_64
  if (path == block::Path::avx512) return fold_avx512(streams, sums);
#endif
  static_cast<void>(path);
  fold_portable(streams, sums);
}

void add_at(std::span<Block> nodes, std::uint64_t index, Block value, block::Path path) {
#if PARLEY_X86_64
  if (path == block::Path::avx512) return add_at_avx512(nodes.data(), nodes.size(), index, value);
#endif
  static_cast<void>(path);
  for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i] ^= value & block::mask_of(equal_bit(i, index));
}

Block select_at(std::span<const Block> nodes, std::uint64_t index, block::Path path) {
#if PARLEY_X86_64
  if (path == block::Path::avx512) return select_at_avx512(nodes.data(), nodes.size(), index);
#endif
  static_cast<void>(path);
  Block out;
  for (std::size_t i = 0; i < nodes.size(); ++i) out ^= nodes[i] & block::mask_of(equal_bit(i, index));
  return out;
}

}  // namespace parley::vole
