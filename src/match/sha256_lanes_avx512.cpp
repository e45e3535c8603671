#include "match/sha256_lanes.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>

// Set on each function and not on the file: what headers define inline here must run on any processor.
#define PARLEY_LANES_TARGET __attribute__((target("avx512f,avx512bw")))
#define PARLEY_LANES_INLINE PARLEY_LANES_TARGET __attribute__((always_inline)) inline

namespace parley::match::detail {
namespace {

// FIPS 180-4 section 4.2.2.
alignas(64) constexpr std::uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// Truth tables of VPTERNLOG.
constexpr int xor3 = 0x96;
constexpr int choose = 0xca;
constexpr int majority = 0xe8;

PARLEY_LANES_INLINE __m512i big_sigma0(__m512i a) {
  return _mm512_ternarylogic_epi32(_mm512_ror_epi32(a, 2), _mm512_ror_epi32(a, 13), _mm512_ror_epi32(a, 22),
                                   xor3);
}
PARLEY_LANES_INLINE __m512i big_sigma1(__m512i e) {
  return _mm512_ternarylogic_epi32(_mm512_ror_epi32(e, 6), _mm512_ror_epi32(e, 11), _mm512_ror_epi32(e, 25),
                                   xor3);
}
PARLEY_LANES_INLINE __m512i small_sigma0(__m512i w) {
  return _mm512_ternarylogic_epi32(_mm512_ror_epi32(w, 7), _mm512_ror_epi32(w, 18), _mm512_srli_epi32(w, 3),
                                   xor3);
}
PARLEY_LANES_INLINE __m512i small_sigma1(__m512i w) {
  return _mm512_ternarylogic_epi32(_mm512_ror_epi32(w, 17), _mm512_ror_epi32(w, 19), _mm512_srli_epi32(w, 10),
                                   xor3);
}

/// Sixteen blocks of sixteen big-endian words: word i of all lanes in w[i].
PARLEY_LANES_INLINE void load_words(const std::uint8_t* blocks, __m512i* w) {
  const __m512i swap =
      _mm512_broadcast_i32x4(_mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
  __m512i a[16];
  __m512i b[16];
  for (std::size_t i = 0; i < 16; ++i) a[i] = _mm512_shuffle_epi8(_mm512_loadu_si512(blocks + 64 * i), swap);
  for (int i = 0; i < 16; i += 2) {
    b[i] = _mm512_unpacklo_epi32(a[i], a[i + 1]);
    b[i + 1] = _mm512_unpackhi_epi32(a[i], a[i + 1]);
  }
  for (int i = 0; i < 16; i += 4)
    for (int k = 0; k < 2; ++k) {
      a[i + 2 * k] = _mm512_unpacklo_epi64(b[i + k], b[i + 2 + k]);
      a[i + 2 * k + 1] = _mm512_unpackhi_epi64(b[i + k], b[i + 2 + k]);
    }
  // Now a[4g + j] holds column 4q + j of rows 4g … 4g + 3 in its quarter q.
  for (int j = 0; j < 4; ++j) {
    const __m512i low01 = _mm512_shuffle_i32x4(a[j], a[4 + j], 0x44);
    const __m512i high01 = _mm512_shuffle_i32x4(a[j], a[4 + j], 0xee);
    const __m512i low23 = _mm512_shuffle_i32x4(a[8 + j], a[12 + j], 0x44);
    const __m512i high23 = _mm512_shuffle_i32x4(a[8 + j], a[12 + j], 0xee);
    w[j] = _mm512_shuffle_i32x4(low01, low23, 0x88);
    w[4 + j] = _mm512_shuffle_i32x4(low01, low23, 0xdd);
    w[8 + j] = _mm512_shuffle_i32x4(high01, high23, 0x88);
    w[12 + j] = _mm512_shuffle_i32x4(high01, high23, 0xdd);
  }
}

}  // namespace

// Bytes behind the end of a message are neither read nor branched on: masks take their place.
PARLEY_LANES_TARGET std::uint16_t sha256_fill(std::span<const BytesView> messages, std::size_t index,
                                              std::size_t blocks_before, std::uint8_t* blocks) {
  constexpr std::size_t tail_bytes = 9;  // the bit behind the message, and its length
  const __m512i end_bit = _mm512_set1_epi8(static_cast<char>(0x80));
  std::uint16_t active = 0;
  for (std::size_t lane = 0; lane < messages.size(); ++lane, blocks += sha256_block_bytes) {
    const std::size_t size = messages[lane].size();
    const std::size_t needed = (size + tail_bytes + sha256_block_bytes - 1) / sha256_block_bytes;
    if (index >= needed || needed > sha256_most_blocks) continue;
    active = static_cast<std::uint16_t>(active | (1U << lane));
    const std::size_t from = index * sha256_block_bytes;
    const std::size_t count = size > from ? size - from : 0;
    const __mmask64 inside =
        count >= sha256_block_bytes ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
    // The bit stands in the block that the message ends in, or in the one behind a message of whole blocks.
    const __mmask64 behind = size >= from && count < sha256_block_bytes ? std::uint64_t{1} << count : 0;
    const __m512i bytes = _mm512_maskz_loadu_epi8(inside, messages[lane].data() + (count > 0 ? from : 0));
    _mm512_storeu_si512(blocks, _mm512_mask_blend_epi8(behind, bytes, end_bit));
    if (index + 1 < needed) continue;
    const std::uint64_t bits = __builtin_bswap64(8 * (blocks_before * sha256_block_bytes + size));
    std::memcpy(blocks + sha256_block_bytes - sizeof bits, &bits, sizeof bits);
  }
  return active;
}

PARLEY_LANES_TARGET void sha256_compress(Sha256Lanes& lanes, const std::uint8_t* blocks,
                                         std::uint16_t active) {
  __m512i w[16];
  load_words(blocks, w);
  __m512i s[8];
  for (int i = 0; i < 8; ++i) s[i] = _mm512_load_si512(lanes.words[i]);
  for (int t = 0; t < 64; t += 16) {
#if defined(__clang__)
#pragma clang loop unroll(full)
#else
#pragma GCC unroll 16
#endif
    for (int i = 0; i < 16; ++i) {
      if (t > 0) {
        const __m512i old = _mm512_add_epi32(w[i], w[(i + 9) & 15]);
        w[i] = _mm512_add_epi32(
            old, _mm512_add_epi32(small_sigma0(w[(i + 1) & 15]), small_sigma1(w[(i + 14) & 15])));
      }
      // The eight working variables stay where they are; their names move round.
      __m512i& a = s[(0 - i) & 7];
      __m512i& b = s[(1 - i) & 7];
      __m512i& c = s[(2 - i) & 7];
      __m512i& d = s[(3 - i) & 7];
      __m512i& e = s[(4 - i) & 7];
      __m512i& f = s[(5 - i) & 7];
      __m512i& g = s[(6 - i) & 7];
      __m512i& h = s[(7 - i) & 7];
      const __m512i in = _mm512_add_epi32(w[i], _mm512_set1_epi32(static_cast<int>(round_constants[t + i])));
      const __m512i t1 =
          _mm512_add_epi32(_mm512_add_epi32(h, in),
                           _mm512_add_epi32(big_sigma1(e), _mm512_ternarylogic_epi32(e, f, g, choose)));
      const __m512i t2 = _mm512_add_epi32(big_sigma0(a), _mm512_ternarylogic_epi32(a, b, c, majority));
      d = _mm512_add_epi32(d, t1);
      h = _mm512_add_epi32(t1, t2);
    }
  }
  for (int i = 0; i < 8; ++i) {
    const __m512i before = _mm512_load_si512(lanes.words[i]);
    _mm512_store_si512(lanes.words[i], _mm512_mask_add_epi32(before, active, before, s[i]));
  }
}

}  // namespace parley::match::detail

#else

namespace parley::match::detail {
std::uint16_t sha256_fill(std::span<const BytesView>, std::size_t, std::size_t, std::uint8_t*) {
  return 0;
}
void sha256_compress(Sha256Lanes&, const std::uint8_t*, std::uint16_t) {}
}  // namespace parley::match::detail

#endif
