#pragma once

#include <cstddef>
#include <cstdint>

#include "group/kernels.hpp"

namespace parley::group {

/// The compression function of SHA-512 (FIPS 180-4 section 6.4.2) on eight messages side by side, in vectors
/// of `F::Word64`.
template <class F>
struct Sha512Lanes {
  using V = typename F::Word64;

  static constexpr std::uint64_t round_constant[80] = {
      0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc, 0x3956c25bf348b538,
      0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118, 0xd807aa98a3030242, 0x12835b0145706fbe,
      0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2, 0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235,
      0xc19bf174cf692694, 0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
      0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5, 0x983e5152ee66dfab,
      0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4, 0xc6e00bf33da88fc2, 0xd5a79147930aa725,
      0x06ca6351e003826f, 0x142929670a0e6e70, 0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed,
      0x53380d139d95b3df, 0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
      0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30, 0xd192e819d6ef5218,
      0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8, 0x19a4c116b8d2d0c8, 0x1e376c085141ab53,
      0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8, 0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373,
      0x682e6ff3d6b2b8a3, 0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
      0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b, 0xca273eceea26619c,
      0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178, 0x06f067aa72176fba, 0x0a637dc5a2c898a6,
      0x113f9804bef90dae, 0x1b710b35131c471b, 0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc,
      0x431d67c49c100d4c, 0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817};

  template <unsigned bits>
  [[gnu::always_inline]] static inline void rotate_xor(V& sum, const V& x) {
    sum ^= (x >> bits) | (x << (64 - bits));
  }

  static void compress_column(HashState& state, const HashBlock& block, std::size_t lane) {
    V w[16];
    V s[8];
    for (int i = 0; i < 16; ++i) __builtin_memcpy(&w[i], block.words[i] + lane, sizeof(V));
    for (int i = 0; i < 8; ++i) __builtin_memcpy(&s[i], state.words[i] + lane, sizeof(V));
    V a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (int round = 0; round < 80; round += 16) {
#pragma GCC unroll 16
      for (int i = 0; i < 16; ++i) {
        if (round > 0) {
          const V& near = w[(i + 14) & 15];
          const V& far = w[(i + 1) & 15];
          V small1 = near >> 6;
          rotate_xor<19>(small1, near);
          rotate_xor<61>(small1, near);
          V small0 = far >> 7;
          rotate_xor<1>(small0, far);
          rotate_xor<8>(small0, far);
          w[i] += small1 + w[(i + 9) & 15] + small0;
        }
        V large1 = (e >> 14) | (e << 50);
        rotate_xor<18>(large1, e);
        rotate_xor<41>(large1, e);
        V large0 = (a >> 28) | (a << 36);
        rotate_xor<34>(large0, a);
        rotate_xor<39>(large0, a);
        const V t1 = h + large1 + ((e & f) ^ (~e & g)) + w[i] + round_constant[round + i];
        const V t2 = large0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
      }
    }
    s[0] += a;
    s[1] += b;
    s[2] += c;
    s[3] += d;
    s[4] += e;
    s[5] += f;
    s[6] += g;
    s[7] += h;
    for (int i = 0; i < 8; ++i) __builtin_memcpy(state.words[i] + lane, &s[i], sizeof(V));
  }

  static void compress(HashState& state, const HashBlock& block) {
    for (std::size_t lane = 0; lane < block_points; lane += sizeof(V) / 8)
      compress_column(state, block, lane);
  }
};

}  // namespace parley::group
