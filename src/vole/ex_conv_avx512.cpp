#include "block/target.hpp"
#include "vole/ex_conv_kernels.hpp"

#if PARLEY_X86_64
#include <immintrin.h>

namespace parley::vole::detail {

PARLEY_TARGET_BEGIN(PARLEY_AVX512_FEATURES)

namespace {

using block::Block;

// Row b: all ones in the positions whose bit is set in b; one position is Width blocks, a register 4 / Width.
template <unsigned Width>
struct MaskTable {
  static constexpr unsigned positions = 4 / Width;
  alignas(64) std::uint64_t rows[1U << positions][8];
};

template <unsigned Width>
constexpr MaskTable<Width> make_table() {
  MaskTable<Width> out{};
  for (unsigned bits = 0; bits < (1U << (4 / Width)); ++bits)
    for (unsigned word = 0; word < 8; ++word)
      out.rows[bits][word] = (bits >> (word / (2 * Width))) & 1 ? ~std::uint64_t{0} : 0;
  return out;
}

template <unsigned Width>
constexpr MaskTable<Width> mask_table = make_table<Width>();

// Position S of the first register, in all positions.
template <unsigned Width, unsigned S>
__m512i spread(__m512i value) {
  if constexpr (Width == 1) return _mm512_shuffle_i64x2(value, value, 0x55 * S);
  return _mm512_shuffle_i64x2(value, value, S == 0 ? 0x44 : 0xee);
}

template <unsigned Width>
constexpr unsigned window_registers =
    Width == 1 ? 8 : 14;  // positions 0 … reach + (4 / Width − 1) of a group

// Position S of the group is final: it goes where its taps say. `taps << (S + 1)` has bit q for position q of
// the window. The table is indexed by public coefficients.
template <unsigned Width, unsigned S>
void spread_taps(__m512i (&window)[window_registers<Width>], std::uint32_t random) {
  constexpr unsigned positions = 4 / Width;
  const __m512i value = spread<Width, S>(window[0]);
  const std::uint64_t bits = std::uint64_t{taps_of(random)} << (S + 1);
#pragma GCC unroll 14
  for (unsigned r = S + 1 == positions ? 1 : 0; r < window_registers<Width>; ++r) {
    const std::uint64_t index = (bits >> (r * positions)) & ((1U << positions) - 1);
    const __m512i mask = _mm512_load_si512(mask_table<Width>.rows[index]);
    window[r] = _mm512_xor_si512(window[r], _mm512_and_si512(value, mask));  // one VPTERNLOG
  }
}

/// Which incoming sums belong to the positions of the window: 32 words, moved on with it.
struct WantedWindow {
  explicit WantedWindow(const std::uint32_t* wanted)
      : low(_mm512_loadu_si512(wanted)), high(_mm512_loadu_si512(wanted + 16)) {}

  template <unsigned S>
  void spread(std::uint32_t random) {
    const __m512i value = _mm512_permutexvar_epi32(_mm512_set1_epi32(S), low);
    const std::uint32_t bits = taps_of(random) << (S + 1);
    low = _mm512_mask_xor_epi32(low, static_cast<__mmask16>(bits), low, value);
    high = _mm512_mask_xor_epi32(high, static_cast<__mmask16>(bits >> 16), high, value);
  }
  /// Writes the positions that are final and goes on by so many.
  template <unsigned Positions>
  void move(std::uint32_t* wanted) {
    _mm512_mask_storeu_epi32(wanted, (1U << Positions) - 1, low);
    low = _mm512_alignr_epi32(high, low, Positions);
    high = _mm512_alignr_epi32(_mm512_setzero_si512(), high, Positions);
  }
  /// The positions behind the last one that was passed over.
  void store(std::uint32_t* wanted) const {
    _mm512_storeu_si512(wanted, low);
    _mm512_mask_storeu_epi32(wanted + 16, (1U << (reach - 16)) - 1, high);
  }

  __m512i low;
  __m512i high;
};

template <unsigned Width, bool Wanted>
void accumulate(Block* x, std::size_t count, const std::uint32_t* random, std::uint32_t* wanted) {
  constexpr unsigned positions = 4 / Width;
  constexpr std::size_t registers = window_registers<Width>;
  if (count == 0) return;
  __m512i window[registers];
#pragma GCC unroll 14
  for (std::size_t r = 0; r < registers; ++r) window[r] = _mm512_loadu_si512(x + 4 * r);
  std::uint32_t none[32] = {};
  WantedWindow sums(Wanted ? wanted : none);
  for (std::size_t i = 0;;) {
    spread_taps<Width, 0>(window, random[0]);
    spread_taps<Width, 1>(window, random[1]);
    if constexpr (Wanted) {
      sums.spread<0>(random[0]);
      sums.spread<1>(random[1]);
    }
    if constexpr (Width == 1) {
      spread_taps<Width, 2>(window, random[2]);
      spread_taps<Width, 3>(window, random[3]);
      if constexpr (Wanted) {
        sums.spread<2>(random[2]);
        sums.spread<3>(random[3]);
      }
    }
    if constexpr (Wanted) {
      sums.move<positions>(wanted);
      wanted += positions;
    }
    _mm512_storeu_si512(x, window[0]);
    i += positions;
    random += positions;
    x += 4;
    if (i == count) break;
#pragma GCC unroll 14
    for (unsigned r = 0; r + 1 < registers; ++r) window[r] = window[r + 1];
    window[registers - 1] = _mm512_loadu_si512(x + 4 * (registers - 1));
  }
#pragma GCC unroll 14
  for (std::size_t r = 1; r < registers; ++r) _mm512_storeu_si512(x + 4 * (r - 1), window[r]);
  if constexpr (Wanted) sums.store(wanted);
}

// Fetching starts so many rows ahead; a row of weight 7 has 7 random lines under way.
constexpr std::size_t ahead = 12;

void fetch(const Block* x, unsigned width, const std::uint32_t* indices, unsigned weight) {
  for (unsigned j = 0; j < weight; ++j)
    _mm_prefetch(reinterpret_cast<const char*>(x + std::size_t{indices[j]} * width), _MM_HINT_T0);
}

}  // namespace

void accumulate_avx512(Block* x, unsigned width, std::size_t count, const std::uint32_t* random,
                       std::uint32_t* wanted) {
  if (width == 1)
    return wanted == nullptr ? accumulate<1, false>(x, count, random, wanted)
                             : accumulate<1, true>(x, count, random, wanted);
  wanted == nullptr ? accumulate<2, false>(x, count, random, wanted)
                    : accumulate<2, true>(x, count, random, wanted);
}

void gather_avx512(Block* const* outs, unsigned width, const Block* x, const std::uint32_t* indices,
                   unsigned weight, std::size_t rows) {
  for (std::size_t row = 0; row < rows; ++row) {
    if (row + ahead < rows) fetch(x, width, indices + (row + ahead) * weight, weight);
    const std::uint32_t* here = indices + row * weight;
    if (width == 1) {
      __m128i sum = _mm_load_si128(reinterpret_cast<const __m128i*>(outs[0] + row));
      for (unsigned j = 0; j < weight; ++j)
        sum = _mm_xor_si128(sum, _mm_load_si128(reinterpret_cast<const __m128i*>(x + here[j])));
      _mm_store_si128(reinterpret_cast<__m128i*>(outs[0] + row), sum);
    } else {
      __m256i sum = _mm256_setzero_si256();
      for (unsigned j = 0; j < weight; ++j)
        sum = _mm256_xor_si256(
            sum, _mm256_load_si256(reinterpret_cast<const __m256i*>(x + 2 * std::size_t{here[j]})));
      auto* first = reinterpret_cast<__m128i*>(outs[0] + row);
      auto* second = reinterpret_cast<__m128i*>(outs[1] + row);
      _mm_store_si128(first, _mm_xor_si128(_mm_load_si128(first), _mm256_castsi256_si128(sum)));
      _mm_store_si128(second, _mm_xor_si128(_mm_load_si128(second), _mm256_extracti128_si256(sum, 1)));
    }
  }
}

PARLEY_TARGET_END

}  // namespace parley::vole::detail
#endif
