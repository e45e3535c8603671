#pragma once

#include <cstddef>
#include <cstdint>

#include "group/comb.hpp"
#include "group/compress.hpp"
#include "group/kernels.hpp"
#include "group/ristretto_map.hpp"
#include "group/sha512_lanes.hpp"
#include "group/window.hpp"

namespace parley::group {

/// The kernels over the field `F`. `K` vectors go side by side through square roots, `W` through a
/// multiplication: as many as hide the latency of the field's instructions. Included by one file for each
/// instruction set, which is compiled for it; everything here is a template over F so that no code of one is
/// shared with another.
template <class F, std::size_t K, std::size_t W>
struct KernelsOf {
  static constexpr std::size_t per_block = block_points / F::lanes;

  // Vector v of an array of blocks: where its first lane lies.
  PARLEY_INLINE Extended<F> load_point(const PointBlock* blocks, std::size_t v) {
    const auto& words = blocks[v / per_block].words;
    const std::size_t lane = v % per_block * F::lanes;
    return {F::load(words[0][0] + lane), F::load(words[1][0] + lane), F::load(words[2][0] + lane),
            F::load(words[3][0] + lane)};
  }
  PARLEY_INLINE void store_point(const Extended<F>& p, PointBlock* blocks, std::size_t v) {
    auto& words = blocks[v / per_block].words;
    const std::size_t lane = v % per_block * F::lanes;
    F::store(p.x, words[0][0] + lane);
    F::store(p.y, words[1][0] + lane);
    F::store(p.z, words[2][0] + lane);
    F::store(p.t, words[3][0] + lane);
  }
  PARLEY_INLINE typename F::Fe load_encoding(const EncodingBlock* blocks, std::size_t v) {
    return F::load(blocks[v / per_block].words[0] + v % per_block * F::lanes);
  }
  PARLEY_INLINE void store_encoding(const typename F::Fe& s, EncodingBlock* blocks, std::size_t v) {
    F::store(s, blocks[v / per_block].words[0] + v % per_block * F::lanes);
  }

  template <std::size_t N>
  static void decode_vectors(const EncodingBlock* in, PointBlock* out, std::uint8_t* valid, std::size_t v) {
    Several<F, N> s;
    Extended<F> p[N];
    typename F::Mask ok[N];
    for (std::size_t k = 0; k < N; ++k) s.v[k] = load_encoding(in, v + k);
    decode_points<F, N>(s, p, ok);
    for (std::size_t k = 0; k < N; ++k) {
      store_point(p[k], out, v + k);
      const unsigned bits = F::bits(ok[k]) << ((v + k) % per_block * F::lanes);
      std::uint8_t& all = valid[(v + k) / per_block];
      all = static_cast<std::uint8_t>((v + k) % per_block == 0 ? bits : all | bits);
    }
  }
  static void decode(const EncodingBlock* in, PointBlock* out, std::uint8_t* valid, std::size_t blocks) {
    std::size_t v = 0;
    for (; v + K <= blocks * per_block; v += K) decode_vectors<K>(in, out, valid, v);
    for (; v < blocks * per_block; ++v) decode_vectors<1>(in, out, valid, v);
  }

  template <std::size_t N>
  static void encode_vectors(const PointBlock* in, EncodingBlock* out, std::size_t v) {
    Extended<F> p[N];
    Several<F, N> s;
    for (std::size_t k = 0; k < N; ++k) p[k] = load_point(in, v + k);
    encode_points<F, N>(p, s);
    for (std::size_t k = 0; k < N; ++k) store_encoding(s.v[k], out, v + k);
  }
  static void encode(const PointBlock* in, EncodingBlock* out, std::size_t blocks) {
    std::size_t v = 0;
    for (; v + K <= blocks * per_block; v += K) encode_vectors<K>(in, out, v);
    for (; v < blocks * per_block; ++v) encode_vectors<1>(in, out, v);
  }

  static void encode_doubles(const PointBlock* in, EncodingBlock* out, std::size_t blocks) {
    PendingDouble<F> pending[kernel_blocks * per_block];
    typename F::Fe s[kernel_blocks * per_block];
    const std::size_t count = blocks * per_block;
    for (std::size_t v = 0; v < count; ++v) pending[v] = pending_double<F>(load_point(in, v));
    compress_all<F>(pending, s, count);
    for (std::size_t v = 0; v < count; ++v) store_encoding(s[v], out, v);
  }

  template <std::size_t N>
  static void map_vectors(const EncodingBlock* first, const EncodingBlock* second, PointBlock* out,
                          std::size_t v) {
    // Both halves of N vectors in one go.
    Several<F, 2 * N> t;
    Completed<F> c[2 * N];
    for (std::size_t k = 0; k < N; ++k) {
      t.v[k] = load_encoding(first, v + k);
      t.v[N + k] = load_encoding(second, v + k);
    }
    map_to_curve<F, 2 * N>(t, c);
    for (std::size_t k = 0; k < N; ++k) {
      const Cached<F> q = cached<F>(extended<F>(c[N + k]));
      store_point(extended<F>(added<F>(extended<F>(c[k]), q)), out, v + k);
    }
  }
  static void map(const EncodingBlock* first, const EncodingBlock* second, PointBlock* out,
                  std::size_t blocks) {
    constexpr std::size_t half = K > 1 ? K / 2 : 1;
    std::size_t v = 0;
    for (; v + half <= blocks * per_block; v += half) map_vectors<half>(first, second, out, v);
    for (; v < blocks * per_block; ++v) map_vectors<1>(first, second, out, v);
  }

  template <std::size_t N>
  static void multiply_vectors(PointBlock* points, const DigitBlock* digits, std::size_t step,
                               std::size_t v) {
    Extended<F> p[N];
    const std::int8_t* own[N];
    for (std::size_t k = 0; k < N; ++k) {
      p[k] = load_point(points, v + k);
      own[k] = digits[(v + k) / per_block * step].digits[0] + (v + k) % per_block * F::lanes;
    }
    multiply_points<F, N>(p, own, sizeof digits->digits[0]);
    for (std::size_t k = 0; k < N; ++k) store_point(p[k], points, v + k);
  }
  static void multiply(PointBlock* points, const DigitBlock* digits, std::size_t step, std::size_t blocks) {
    std::size_t v = 0;
    for (; v + W <= blocks * per_block; v += W) multiply_vectors<W>(points, digits, step, v);
    for (; v < blocks * per_block; ++v) multiply_vectors<1>(points, digits, step, v);
  }

  static void combine(const PointBlock* points, const DigitBlock* digits, PointBlock* out,
                      std::size_t blocks) {
    constexpr std::size_t most = 16;  // tables of 160 KB in the widest implementation
    for (std::size_t column = 0; column < per_block; ++column) {
      Extended<F> total = identity<F>();
      for (std::size_t b = 0; b < blocks; b += most) {
        const std::size_t count = blocks - b < most ? blocks - b : most;
        Extended<F> p[most];
        const std::int8_t* own[most];
        for (std::size_t k = 0; k < count; ++k) {
          p[k] = load_point(points, (b + k) * per_block + column);
          own[k] = digits[b + k].digits[0] + column * F::lanes;
        }
        const Extended<F> part = combine_points<F, most>(p, own, sizeof digits->digits[0], count);
        total = extended<F>(added<F>(total, cached<F>(part)));
      }
      store_point(total, out, column);
    }
  }

  static void multiply_base(const DigitBlock* digits, PointBlock* out, std::size_t blocks) {
    static const BaseTable<F> base;
    for (std::size_t v = 0; v < blocks * per_block; ++v) {
      Extended<F> p;
      multiply_generator<F>(p, base, digits[v / per_block].digits[0] + v % per_block * F::lanes);
      store_point(p, out, v);
    }
  }

  static void add(const PointBlock* a, const PointBlock* b, PointBlock* out, std::size_t blocks) {
    for (std::size_t v = 0; v < blocks * per_block; ++v)
      store_point(extended<F>(added<F>(load_point(a, v), cached<F>(load_point(b, v)))), out, v);
  }

  static constexpr Kernels table = {decode,  encode,        encode_doubles,           map, multiply,
                                    combine, multiply_base, Sha512Lanes<F>::compress, add};
};

}  // namespace parley::group
