#include "group/encodings.hpp"

namespace parley::group {
namespace {

std::uint64_t word_of(const ByteArray<32>& bytes, std::size_t word) {
  std::uint64_t out = 0;
  for (std::size_t k = 8; k-- > 0;) out = out << 8 | bytes[8 * word + k];
  return out;
}

}  // namespace

void to_block(std::span<const ByteArray<32>> strings, EncodingBlock& out) {
  for (std::size_t w = 0; w < 4; ++w)
    for (std::size_t i = 0; i < block_points; ++i)
      out.words[w][i] = i < strings.size() ? word_of(strings[i], w) : 0;
}

void from_block(const EncodingBlock& in, std::span<ByteArray<32>> out) {
  for (std::size_t i = 0; i < out.size(); ++i)
    for (std::size_t k = 0; k < 32; ++k)
      out[i][k] = static_cast<std::uint8_t>(in.words[k / 8][i] >> (8 * (k % 8)));
}

bool may_encode_a_point(const ByteArray<32>& encoding) {
  const std::uint64_t w0 = word_of(encoding, 0);
  const std::uint64_t w1 = word_of(encoding, 1);
  const std::uint64_t w2 = word_of(encoding, 2);
  const std::uint64_t w3 = word_of(encoding, 3);
  constexpr std::uint64_t top = 0x7fffffffffffffff;
  const bool below_p = w3 < top || (w3 == top && ((w1 & w2) != ~0ULL || w0 < 0xffffffffffffffed));
  return below_p && (w0 & 1) == 0 && (w0 | w1 | w2 | w3) != 0;
}

}  // namespace parley::group
