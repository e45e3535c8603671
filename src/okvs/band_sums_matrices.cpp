#include "okvs/band_sums.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#include "okvs/row_hash.hpp"

// Set on each function and not on the file: what headers define inline here must run on any processor.
#define PARLEY_MATRIX_TARGET \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi,bmi2")))
#define PARLEY_MATRIX_INLINE PARLEY_MATRIX_TARGET __attribute__((always_inline)) inline

namespace parley::okvs::detail {
namespace {

using block::Block;

/// Words of one row that was moved up by less than a word, for the widest band.
constexpr std::size_t max_words = max_band_blocks * 2 + 1;
constexpr std::size_t rows_at_once = 8;

/// Byte index tables for 128 bytes in two registers.
struct Tables {
  alignas(64) std::uint8_t to_matrix[2][64];  // byte 7 − c of matrix b = byte b of block c
  alignas(64) std::uint8_t to_rows[2][64];    // byte b of row r = byte r of lane b
  alignas(64) std::uint8_t transpose[64];     // byte r of lane k = byte k of lane r
  alignas(64) std::uint8_t reverse[64];       // byte r = byte 7 − r, in each lane
};
constexpr Tables make_tables() {
  Tables t{};
  for (std::size_t b = 0; b < 16; ++b)
    for (std::size_t c = 0; c < 8; ++c) {
      t.to_matrix[b / 8][(b % 8) * 8 + 7 - c] = static_cast<std::uint8_t>(c * 16 + b);
      t.to_rows[c / 4][(c % 4) * 16 + b] = static_cast<std::uint8_t>(b * 8 + c);
    }
  for (std::size_t k = 0; k < 8; ++k)
    for (std::size_t r = 0; r < 8; ++r) {
      t.transpose[k * 8 + r] = static_cast<std::uint8_t>(r * 8 + k);
      t.reverse[k * 8 + r] = static_cast<std::uint8_t>(k % 2 * 8 + 7 - r);  // within 128 bits
    }
  return t;
}
constexpr Tables tables = make_tables();

struct Pair {
  __m512i low;
  __m512i high;
};

/// Byte 7 − c of matrix b = byte b of block c, for eight blocks.
PARLEY_MATRIX_INLINE Pair gather_bytes(__m512i blocks_low, __m512i blocks_high) {
  return {_mm512_permutex2var_epi8(blocks_low, _mm512_load_si512(tables.to_matrix[0]), blocks_high),
          _mm512_permutex2var_epi8(blocks_low, _mm512_load_si512(tables.to_matrix[1]), blocks_high)};
}

/// Bit c of byte r becomes bit 7 − r of byte 7 − c, in each lane: the form that GF2P8AFFINEQB takes, whose
/// output bit i is the parity of byte 7 − i of the matrix and the input byte.
PARLEY_MATRIX_INLINE __m512i turn(__m512i bytes) {
  return _mm512_gf2p8affine_epi64_epi8(_mm512_set1_epi64(0x0102040810204080), bytes, 0);
}

/// Eight blocks as sixteen 8×8 matrices in that form.
PARLEY_MATRIX_INLINE Pair to_matrices(__m512i blocks_low, __m512i blocks_high) {
  const Pair bytes = gather_bytes(blocks_low, blocks_high);
  return {turn(bytes.low), turn(bytes.high)};
}

PARLEY_MATRIX_INLINE __m512i reverse_lanes(__m512i value) {
  return _mm512_shuffle_epi8(value, _mm512_load_si512(tables.reverse));
}

/// The product of two 8×8 matrices of bits, bit c of byte r the entry of row r and column c.
PARLEY_MATRIX_INLINE __m512i product(__m512i a, __m512i b) {
  return _mm512_gf2p8affine_epi64_epi8(a, turn(reverse_lanes(b)), 0);
}

/// (I + N)⁻¹ of a strictly triangular N: N⁸ is zero, so (I + N)(I + N²)(I + N⁴).
PARLEY_MATRIX_INLINE __m512i inverse_beside_unit(__m512i n) {
  const __m512i unit = _mm512_set1_epi64(static_cast<long long>(0x8040201008040201));
  const __m512i n2 = product(n, n);
  const __m512i n4 = product(n2, n2);
  return product(product(_mm512_xor_si512(n, unit), _mm512_xor_si512(n2, unit)), _mm512_xor_si512(n4, unit));
}

/// Sums as eight blocks again: rows 0 to 3, and 4 to 7.
PARLEY_MATRIX_INLINE Pair to_rows(Pair sums) {
  return {_mm512_permutex2var_epi8(sums.low, _mm512_load_si512(tables.to_rows[0]), sums.high),
          _mm512_permutex2var_epi8(sums.low, _mm512_load_si512(tables.to_rows[1]), sums.high)};
}

/// Moves word `w` of eight rows up by `shift` bits each, the word below supplying the low bits, and writes
/// the eight bytes of each column group together: bytes[k] holds byte k of all rows.
PARLEY_MATRIX_INLINE void spread_word(__m512i word, __m512i below, __m512i shift, std::uint64_t* bytes) {
  const __m512i moved = _mm512_shldv_epi64(word, below, shift);
  _mm512_store_si512(bytes, _mm512_permutexvar_epi8(_mm512_load_si512(tables.transpose), moved));
}

/// The sums of `groups` column groups for eight rows, as lanes of bytes.
PARLEY_MATRIX_INLINE Pair sum_groups(const Block* matrices, const std::uint64_t* bytes, std::size_t groups) {
  __m512i low = _mm512_setzero_si512();
  __m512i high = low;
  for (std::size_t k = 0; k < groups; ++k) {
    const __m512i bits = _mm512_set1_epi64(static_cast<long long>(bytes[k]));
    low = _mm512_xor_si512(low,
                           _mm512_gf2p8affine_epi64_epi8(bits, _mm512_load_si512(matrices + k * group), 0));
    high = _mm512_xor_si512(
        high, _mm512_gf2p8affine_epi64_epi8(bits, _mm512_load_si512(matrices + k * group + 4), 0));
  }
  return {low, high};
}

}  // namespace

PARLEY_MATRIX_TARGET void prepare_matrices(Block* store, std::size_t columns) {
  for (std::size_t at = 0; at < columns; at += group) {
    const Pair m = to_matrices(_mm512_load_si512(store + at), _mm512_load_si512(store + at + 4));
    _mm512_store_si512(store + at, m.low);
    _mm512_store_si512(store + at + 4, m.high);
  }
}

PARLEY_MATRIX_TARGET void band_sums_matrices(const Block* store, const Shape& shape,
                                             const std::uint32_t* starts, std::size_t count,
                                             const Block* bands, Block* out) {
  alignas(64) std::uint64_t bytes[max_words * 8];
  const std::size_t blocks = band_blocks(shape);
  const __m512i even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
  const __m512i odd = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
  for (std::size_t i = 0; i < count;) {
    // As many rows as start within one word from the first; their bits then only move up.
    const std::uint32_t first = starts[i] / group * group;
    std::size_t rows = 1;
    std::uint32_t furthest = starts[i] - first;
    while (rows < rows_at_once && i + rows < count) {
      const std::uint32_t away = starts[i + rows] - first;  // huge when it starts before
      if (away >= 64) break;
      furthest = away > furthest ? away : furthest;
      ++rows;
    }
    const auto mask = static_cast<__mmask8>((1U << rows) - 1);
    const auto pairs_low = static_cast<__mmask8>(rows >= 4 ? 0xff : (1U << (2 * rows)) - 1);
    const auto pairs_high = static_cast<__mmask8>(rows <= 4 ? 0 : (1U << (2 * (rows - 4))) - 1);
    const __m512i shift = _mm512_sub_epi64(_mm512_cvtepu32_epi64(_mm256_maskz_loadu_epi32(mask, starts + i)),
                                           _mm512_set1_epi64(static_cast<long long>(first)));
    __m512i below = _mm512_setzero_si512();
    for (std::size_t b = 0; b < blocks; ++b) {
      const Block* band = bands + b * count + i;
      const __m512i low = _mm512_maskz_loadu_epi64(pairs_low, band);
      const __m512i high = _mm512_maskz_loadu_epi64(pairs_high, pairs_high != 0 ? band + 4 : band);
      const __m512i word = _mm512_permutex2var_epi64(low, even, high);
      const __m512i next = _mm512_permutex2var_epi64(low, odd, high);
      spread_word(word, below, shift, bytes + 16 * b);
      spread_word(next, word, shift, bytes + 16 * b + 8);
      below = next;
    }
    spread_word(_mm512_setzero_si512(), below, shift, bytes + 16 * blocks);
    const std::size_t groups = (furthest + shape.band + 7) / 8;
    const Pair sums = to_rows(sum_groups(store + first, bytes, groups));
    _mm512_mask_storeu_epi64(out + i, pairs_low, sums.low);
    if (pairs_high != 0) _mm512_mask_storeu_epi64(out + i + 4, pairs_high, sums.high);
    i += rows;
  }
}

// A group's columns are solved together: with v what the columns behind it and the row's value give and N the
// bits inside the group, x = v + N·x, so x = (I + N)⁻¹·v. The inverse depends on the rows alone; on the way
// from one group to the next lie three multiplications of matrices.
PARLEY_MATRIX_TARGET void substitute_back_matrices(Block* store, const Block* rows, std::size_t blocks,
                                                   std::size_t begin, std::size_t end) {
  // Matrices of the columns behind the present group: a ring that is kept twice, so that any stretch of it
  // lies in one piece.
  constexpr std::size_t ring = 128;
  static_assert(ring > max_words * 8);
  constexpr std::size_t ahead = 12;  // groups whose rows are fetched before they are needed
  alignas(64) Block matrices[2 * ring * group];
  alignas(64) std::uint64_t bytes[max_words * 8];
  const auto remember = [&](std::size_t g, Pair m) PARLEY_MATRIX_TARGET {
    for (const std::size_t at : {g % ring, g % ring + ring}) {
      _mm512_store_si512(matrices + at * group, m.low);
      _mm512_store_si512(matrices + at * group + 4, m.high);
    }
  };
  const std::size_t words = 2 * blocks;
  const std::size_t behind = words * 8 + 1;  // groups that a row of the present one can reach
  Pair nearest{};
  for (std::size_t g = end / group + behind; g-- > end / group;) {
    nearest = to_matrices(_mm512_load_si512(store + g * group), _mm512_load_si512(store + g * group + 4));
    remember(g, nearest);
  }

  const __m512i stride = _mm512_mullo_epi64(_mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7),
                                            _mm512_set1_epi64(static_cast<long long>(words)));
  const __m512i shift = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
  const __m512i later =
      _mm512_set1_epi64(static_cast<long long>(0x0080c0e0f0f8fcfe));  // byte r: bits above r
  for (std::size_t g = end / group; g-- > begin / group;) {
    const auto* at = reinterpret_cast<const long long*>(rows + g * group * blocks);
    if (g >= ahead)
      for (std::size_t line = 0; line < group * blocks / 4; ++line)
        _mm_prefetch(reinterpret_cast<const char*>(rows + (g - ahead) * group * blocks + 4 * line),
                     _MM_HINT_T0);
    __m512i below = _mm512_setzero_si512();
    for (std::size_t w = 0; w < words; ++w) {
      const __m512i word = _mm512_i64gather_epi64(stride, at + w, 8);
      spread_word(word, below, shift, bytes + 8 * w);
      below = word;
    }
    // Rows move up by 7 at most: one more group.
    spread_word(_mm512_setzero_si512(), below, shift, bytes + 8 * words);
    const __m512i inside = _mm512_and_si512(_mm512_set1_epi64(static_cast<long long>(bytes[0])), later);
    const __m512i inverse = inverse_beside_unit(inside);
    const Pair own =
        gather_bytes(_mm512_load_si512(store + g * group), _mm512_load_si512(store + g * group + 4));
    const Pair far = sum_groups(matrices + ((g + 2) % ring) * group, bytes + 2, behind - 2);
    const __m512i near = _mm512_set1_epi64(static_cast<long long>(bytes[1]));
    const auto solve = [&](__m512i its, __m512i sum, __m512i matrix) PARLEY_MATRIX_TARGET {
      sum = _mm512_xor_si512(sum, _mm512_gf2p8affine_epi64_epi8(near, matrix, 0));
      return _mm512_gf2p8affine_epi64_epi8(inverse, turn(_mm512_xor_si512(its, reverse_lanes(sum))), 0);
    };
    const Pair solved{solve(own.low, far.low, nearest.low), solve(own.high, far.high, nearest.high)};
    nearest = {turn(reverse_lanes(solved.low)), turn(reverse_lanes(solved.high))};
    remember(g, nearest);
    const Pair out = to_rows(solved);
    _mm512_store_si512(store + g * group, out.low);
    _mm512_store_si512(store + g * group + 4, out.high);
  }
}

}  // namespace parley::okvs::detail

#else

namespace parley::okvs::detail {
void prepare_matrices(block::Block*, std::size_t) {}
void band_sums_matrices(const block::Block*, const Shape&, const std::uint32_t*, std::size_t,
                        const block::Block*, block::Block*) {}
void substitute_back_matrices(block::Block*, const block::Block*, std::size_t, std::size_t, std::size_t) {}
}  // namespace parley::okvs::detail

#endif
