#include "block/aes_kernels.hpp"
#include "block/target.hpp"

#if PARLEY_X86_64
#include <immintrin.h>

namespace parley::block::detail {

PARLEY_TARGET_BEGIN(PARLEY_AVX512_FEATURES)

namespace {

// Registers of four blocks each in flight.
constexpr std::size_t lanes = 4;
constexpr std::size_t per_register = 4;

__mmask8 first_words(std::size_t blocks) {
  return static_cast<__mmask8>(blocks >= per_register ? 0xff : (1U << (2 * blocks)) - 1);
}

__m512i counters(std::uint64_t value) {
  return _mm512_add_epi64(_mm512_maskz_set1_epi64(0x55, static_cast<long long>(value)),
                          _mm512_set_epi64(0, 3, 0, 2, 0, 1, 0, 0));
}

__m512i next_key(__m512i key, int rcon) {
  const __m512i rotate_last = _mm512_set1_epi32(0x0c0f0e0d);
  const __m512i word =
      _mm512_aesenclast_epi128(_mm512_shuffle_epi8(key, rotate_last), _mm512_set1_epi32(rcon));
  key = _mm512_xor_si512(key, _mm512_bslli_epi128(key, 4));
  return _mm512_xor_si512(_mm512_xor_si512(key, _mm512_bslli_epi128(key, 8)), word);
}

constexpr int rcons[10] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36};

void load_keys(__m512i (&out)[11], const RoundKeys& keys) {
  for (std::size_t i = 0; i < 11; ++i)
    out[i] = _mm512_broadcast_i32x4(_mm_load_si128(reinterpret_cast<const __m128i*>(&keys[i])));
}

template <std::size_t N>
void encrypt(const __m512i (&keys)[11], __m512i (&state)[N]) {
  for (std::size_t k = 0; k < N; ++k) state[k] = _mm512_xor_si512(state[k], keys[0]);
  for (int round = 1; round < 10; ++round)
    for (std::size_t k = 0; k < N; ++k) state[k] = _mm512_aesenc_epi128(state[k], keys[round]);
  for (std::size_t k = 0; k < N; ++k) state[k] = _mm512_aesenclast_epi128(state[k], keys[10]);
}

// `count` is at most 4 N blocks.
template <std::size_t N>
void run_mode(Mode mode, const __m512i (&keys)[11], Block* out, const Block* in, std::size_t count,
              std::uint64_t tweak) {
  __m512i start[N];
  __m512i state[N];
  __mmask8 mask[N];
  for (std::size_t k = 0; k < N; ++k) {
    mask[k] = count > per_register * k ? first_words(count - per_register * k) : 0;
    start[k] = mode == Mode::counter ? counters(tweak + per_register * k)
                                     : _mm512_maskz_loadu_epi64(mask[k], in + per_register * k);
    state[k] = start[k];
  }
  encrypt(keys, state);
  if (mode == Mode::tccr) {
    for (std::size_t k = 0; k < N; ++k) {
      start[k] = state[k];
      state[k] = _mm512_xor_si512(state[k], counters(tweak + per_register * k));
    }
    encrypt(keys, state);
  }
  const bool add = mode == Mode::mmo || mode == Mode::tccr;
  for (std::size_t k = 0; k < N; ++k)
    _mm512_mask_storeu_epi64(out + per_register * k, mask[k],
                             add ? _mm512_xor_si512(state[k], start[k]) : state[k]);
}

template <std::size_t N>
void davies_meyer_some(Block* out, const Block* keys, const Block* values, std::size_t count) {
  __m512i key[N];
  __m512i start[N];
  __m512i state[N];
  __mmask8 mask[N];
  for (std::size_t k = 0; k < N; ++k) {
    mask[k] = count > per_register * k ? first_words(count - per_register * k) : 0;
    key[k] = _mm512_maskz_loadu_epi64(mask[k], keys + per_register * k);
    start[k] = _mm512_maskz_loadu_epi64(mask[k], values + per_register * k);
    state[k] = _mm512_xor_si512(start[k], key[k]);
  }
  for (int round = 0; round < 9; ++round) {
    for (std::size_t k = 0; k < N; ++k) key[k] = next_key(key[k], rcons[round]);
    for (std::size_t k = 0; k < N; ++k) state[k] = _mm512_aesenc_epi128(state[k], key[k]);
  }
  for (std::size_t k = 0; k < N; ++k) {
    key[k] = next_key(key[k], rcons[9]);
    _mm512_mask_storeu_epi64(out + per_register * k, mask[k],
                             _mm512_xor_si512(_mm512_aesenclast_epi128(state[k], key[k]), start[k]));
  }
}

// The last up to eight parents, two registers; their sixteen children are four.
void ggm_some(const __m512i (&left)[11], const __m512i (&right)[11], const Block* parents, Block* children,
              std::size_t count, __m512i (&sums)[2]) {
  const __m512i first_pairs = _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0);
  const __m512i last_pairs = _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4);
  const __mmask8 mask[2] = {first_words(count), count > 4 ? first_words(count - 4) : __mmask8{0}};
  __m512i parent[2];
  __m512i l[2];
  __m512i r[2];
  for (std::size_t k = 0; k < 2; ++k)
    parent[k] = l[k] = r[k] = _mm512_maskz_loadu_epi64(mask[k], parents + 4 * k);
  encrypt(left, l);
  encrypt(right, r);
  for (std::size_t k = 0; k < 2; ++k) {
    // What stands in lanes without a parent is kept out of the sums.
    l[k] = _mm512_maskz_xor_epi64(mask[k], l[k], parent[k]);
    r[k] = _mm512_maskz_xor_epi64(mask[k], r[k], parent[k]);
    sums[0] = _mm512_xor_si512(sums[0], l[k]);
    sums[1] = _mm512_xor_si512(sums[1], r[k]);
  }
  for (std::size_t k = 0; k < 2; ++k) {
    const std::size_t first = 8 * k;
    const std::size_t all = 2 * count;
    const __mmask8 low = all > first ? first_words(all - first) : __mmask8{0};
    const __mmask8 high = all > first + 4 ? first_words(all - first - 4) : __mmask8{0};
    _mm512_mask_storeu_epi64(children + first, low, _mm512_permutex2var_epi64(l[k], first_pairs, r[k]));
    _mm512_mask_storeu_epi64(children + first + 4, high, _mm512_permutex2var_epi64(l[k], last_pairs, r[k]));
  }
}

Block fold_lanes(__m512i value) {
  alignas(64) Block blocks[4];
  _mm512_store_si512(blocks, value);
  return blocks[0] ^ blocks[1] ^ blocks[2] ^ blocks[3];
}

}  // namespace

void aes_avx512(Mode mode, const RoundKeys& keys, Block* out, const Block* in, std::size_t count,
                std::uint64_t tweak) {
  __m512i k[11];
  load_keys(k, keys);
  const bool has_in = mode != Mode::counter;
  constexpr std::size_t step = lanes * per_register;
  std::size_t i = 0;
  for (; i + step <= count; i += step)
    run_mode<lanes>(mode, k, out + i, has_in ? in + i : nullptr, step, tweak + i);
  for (; i < count; i += per_register)
    run_mode<1>(mode, k, out + i, has_in ? in + i : nullptr, count - i, tweak + i);
}

void davies_meyer_avx512(Block* out, const Block* keys, const Block* values, std::size_t count) {
  constexpr std::size_t step = lanes * per_register;
  std::size_t i = 0;
  for (; i + step <= count; i += step) davies_meyer_some<lanes>(out + i, keys + i, values + i, step);
  for (; i < count; i += per_register) davies_meyer_some<1>(out + i, keys + i, values + i, count - i);
}

std::array<Block, 2> ggm_avx512(const RoundKeys& left, const RoundKeys& right, Block* nodes,
                                std::size_t parents) {
  __m512i l[11];
  __m512i r[11];
  load_keys(l, left);
  load_keys(r, right);
  __m512i sums[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
  // From the back: the children of node i stand at 2i, where only nodes stood that are done.
  std::size_t i = parents;
  if (i % 8 != 0) {
    const std::size_t rest = i % 8;
    i -= rest;
    ggm_some(l, r, nodes + i, nodes + 2 * i, rest, sums);
  }
  for (; i > 0; i -= 8) ggm_some(l, r, nodes + i - 8, nodes + 2 * (i - 8), 8, sums);
  return {fold_lanes(sums[0]), fold_lanes(sums[1])};
}

PARLEY_TARGET_END

}  // namespace parley::block::detail
#endif
