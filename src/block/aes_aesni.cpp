#include "block/aes_kernels.hpp"
#include "block/target.hpp"

#if PARLEY_X86_64
#include <immintrin.h>

namespace parley::block::detail {

PARLEY_TARGET_BEGIN(PARLEY_AESNI_FEATURES)

namespace {

constexpr std::size_t lanes =
    8;  // independent blocks in flight: AESENC takes 3 to 5 cycles, one starts in each

__m128i load_block(const Block* at) {
  return _mm_load_si128(reinterpret_cast<const __m128i*>(at));
}
void store_block(Block* at, __m128i value) {
  _mm_store_si128(reinterpret_cast<__m128i*>(at), value);
}
__m128i counter_block(std::uint64_t value) {
  return _mm_set_epi64x(0, static_cast<long long>(value));
}

// One round of the key schedule (FIPS 197 section 5.2). AESENCLAST with all four columns equal is SubWord,
// since ShiftRows then changes nothing; the byte shuffle before it is RotWord, its round key adds Rcon.
__m128i next_key(__m128i key, int rcon) {
  const __m128i rotate_last = _mm_set1_epi32(0x0c0f0e0d);
  const __m128i word = _mm_aesenclast_si128(_mm_shuffle_epi8(key, rotate_last), _mm_set1_epi32(rcon));
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
  return _mm_xor_si128(key, word);
}

constexpr int rcons[10] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36};

template <std::size_t N>
void encrypt(const __m128i (&keys)[11], __m128i (&state)[N]) {
  for (std::size_t k = 0; k < N; ++k) state[k] = _mm_xor_si128(state[k], keys[0]);
  for (int round = 1; round < 10; ++round)
    for (std::size_t k = 0; k < N; ++k) state[k] = _mm_aesenc_si128(state[k], keys[round]);
  for (std::size_t k = 0; k < N; ++k) state[k] = _mm_aesenclast_si128(state[k], keys[10]);
}

void load_keys(__m128i (&out)[11], const RoundKeys& keys) {
  for (int i = 0; i < 11; ++i) out[i] = load_block(&keys[static_cast<std::size_t>(i)]);
}

template <std::size_t N>
void run_mode(Mode mode, const __m128i (&keys)[11], Block* out, const Block* in, std::uint64_t tweak) {
  __m128i start[N];
  __m128i state[N];
  for (std::size_t k = 0; k < N; ++k) {
    start[k] = mode == Mode::counter ? counter_block(tweak + k) : load_block(in + k);
    state[k] = start[k];
  }
  encrypt(keys, state);
  if (mode == Mode::tccr) {
    for (std::size_t k = 0; k < N; ++k) {
      start[k] = state[k];
      state[k] = _mm_xor_si128(state[k], counter_block(tweak + k));
    }
    encrypt(keys, state);
  }
  const bool add = mode == Mode::mmo || mode == Mode::tccr;
  for (std::size_t k = 0; k < N; ++k)
    store_block(out + k, add ? _mm_xor_si128(state[k], start[k]) : state[k]);
}

template <std::size_t N>
void davies_meyer_some(Block* out, const Block* keys, const Block* values) {
  __m128i key[N];
  __m128i start[N];
  __m128i state[N];
  for (std::size_t k = 0; k < N; ++k) {
    key[k] = load_block(keys + k);
    start[k] = load_block(values + k);
    state[k] = _mm_xor_si128(start[k], key[k]);
  }
  for (int round = 0; round < 9; ++round) {
    for (std::size_t k = 0; k < N; ++k) key[k] = next_key(key[k], rcons[round]);
    for (std::size_t k = 0; k < N; ++k) state[k] = _mm_aesenc_si128(state[k], key[k]);
  }
  for (std::size_t k = 0; k < N; ++k) {
    key[k] = next_key(key[k], rcons[9]);
    store_block(out + k, _mm_xor_si128(_mm_aesenclast_si128(state[k], key[k]), start[k]));
  }
}

template <std::size_t N>
void ggm_some(const __m128i (&left)[11], const __m128i (&right)[11], const Block* parents, Block* children,
              __m128i (&sums)[2]) {
  __m128i parent[N];
  __m128i l[N];
  __m128i r[N];
  for (std::size_t k = 0; k < N; ++k) parent[k] = l[k] = r[k] = load_block(parents + k);
  encrypt(left, l);
  encrypt(right, r);
  for (std::size_t k = 0; k < N; ++k) {
    l[k] = _mm_xor_si128(l[k], parent[k]);
    r[k] = _mm_xor_si128(r[k], parent[k]);
    store_block(children + 2 * k, l[k]);
    store_block(children + 2 * k + 1, r[k]);
    sums[0] = _mm_xor_si128(sums[0], l[k]);
    sums[1] = _mm_xor_si128(sums[1], r[k]);
  }
}

}  // namespace

RoundKeys schedule_aesni(Block key) {
  RoundKeys out;
  __m128i round_key = load_block(&key);
  store_block(out.data(), round_key);
  for (std::size_t round = 0; round < 10; ++round) {
    round_key = next_key(round_key, rcons[round]);
    store_block(out.data() + round + 1, round_key);
  }
  return out;
}

void aes_aesni(Mode mode, const RoundKeys& keys, Block* out, const Block* in, std::size_t count,
               std::uint64_t tweak) {
  __m128i k[11];
  load_keys(k, keys);
  const bool has_in = mode != Mode::counter;
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    run_mode<lanes>(mode, k, out + i, has_in ? in + i : nullptr, tweak + i);
  for (; i < count; ++i) run_mode<1>(mode, k, out + i, has_in ? in + i : nullptr, tweak + i);
}

void davies_meyer_aesni(Block* out, const Block* keys, const Block* values, std::size_t count) {
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) davies_meyer_some<4>(out + i, keys + i, values + i);
  for (; i < count; ++i) davies_meyer_some<1>(out + i, keys + i, values + i);
}

std::array<Block, 2> ggm_aesni(const RoundKeys& left, const RoundKeys& right, Block* nodes,
                               std::size_t parents) {
  __m128i l[11];
  __m128i r[11];
  load_keys(l, left);
  load_keys(r, right);
  __m128i sums[2] = {_mm_setzero_si128(), _mm_setzero_si128()};
  // From the back: the children of node i stand at 2i, where only nodes stood that are done.
  std::size_t i = parents;
  for (; i % 4 != 0; --i) ggm_some<1>(l, r, nodes + i - 1, nodes + 2 * (i - 1), sums);
  for (; i > 0; i -= 4) ggm_some<4>(l, r, nodes + i - 4, nodes + 2 * (i - 4), sums);
  std::array<Block, 2> out;
  store_block(out.data(), sums[0]);
  store_block(out.data() + 1, sums[1]);
  return out;
}

PARLEY_TARGET_END

}  // namespace parley::block::detail
#endif
