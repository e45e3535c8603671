#pragma once

#include <cstddef>
#include <cstdint>

#include "group/isa.hpp"
#include "group/storage.hpp"

namespace parley::group {

/// 32 bytes little endian for each of the eight points of a block: word w of point i is `words[w][i]`.
struct alignas(64) EncodingBlock {
  std::uint64_t words[4][8];
};
/// 64 signed digits of radix 16, the lowest first, for each point of a block.
struct alignas(64) DigitBlock {
  std::int8_t digits[64][8];
};
/// The state of SHA-512 and a message block of it (big-endian words read) for eight messages: word w of
/// message i is `words[w][i]`.
struct alignas(64) HashState {
  std::uint64_t words[8][8];
};
struct alignas(64) HashBlock {
  std::uint64_t words[16][8];
};
/// The most blocks that one call of a kernel takes: its working memory lies on the stack (about 100 KB).
inline constexpr std::size_t kernel_blocks = 32;

/// One implementation. All work in constant time on whole blocks; the callers fill the last block with
/// anything.
struct Kernels {
  /// Canonical, nonnegative encodings; bit i of `valid[b]` says whether lane i of block b encodes a point.
  void (*decode)(const EncodingBlock* in, PointBlock* out, std::uint8_t* valid, std::size_t blocks);
  void (*encode)(const PointBlock* in, EncodingBlock* out, std::size_t blocks);
  /// Encodes 2P for each P.
  void (*encode_doubles)(const PointBlock* in, EncodingBlock* out, std::size_t blocks);
  /// map(first) + map(second), bit 255 of each zero.
  void (*map)(const EncodingBlock* first, const EncodingBlock* second, PointBlock* out, std::size_t blocks);
  /// In place. `digit_step` is 0 when one block of digits serves all points, otherwise 1.
  void (*multiply)(PointBlock* points, const DigitBlock* digits, std::size_t digit_step, std::size_t blocks);
  /// Lane i of `out` is the sum over all blocks of digits * point in lane i.
  void (*combine)(const PointBlock* points, const DigitBlock* digits, PointBlock* out, std::size_t blocks);
  /// digits * G.
  void (*multiply_base)(const DigitBlock* digits, PointBlock* out, std::size_t blocks);
  /// The compression function of SHA-512.
  void (*compress_hash)(HashState& state, const HashBlock& block);
  void (*add)(const PointBlock* a, const PointBlock* b, PointBlock* out, std::size_t blocks);
};

const Kernels& kernels_portable();
const Kernels& kernels_avx2();
const Kernels& kernels_avx512ifma();
/// Those of `isa`, which must be supported.
const Kernels& kernels(Isa isa);

}  // namespace parley::group
