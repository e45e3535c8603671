#include "group/digits.hpp"

#include "base/assert.hpp"
#include "crypto/secret.hpp"

namespace parley::group {
namespace {

// l, four words little endian (RFC 9496 section 4.4).
constexpr std::uint64_t order[4] = {0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000};

// scalar/2 modulo l: an odd scalar plus l is even, and the sum is below 2^254.
void halve(std::uint64_t (&words)[4]) {
  __extension__ using Sum = unsigned __int128;
  const std::uint64_t odd = 0 - (words[0] & 1);
  Sum carry = 0;
  for (int i = 0; i < 4; ++i) {
    carry += static_cast<Sum>(words[i]) + (order[i] & odd);
    words[i] = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
  for (int i = 0; i < 4; ++i) words[i] = words[i] >> 1 | (i < 3 ? words[i + 1] << 63 : 0);
}

void put_digits(std::span<const std::uint8_t, 32> scalar, DigitBlocks::Of of, DigitBlock& block,
                std::size_t lane) {
  std::uint64_t words[4];
  for (std::size_t i = 0; i < 4; ++i) {
    words[i] = 0;
    for (std::size_t k = 8; k-- > 0;) words[i] = words[i] << 8 | scalar[8 * i + k];
  }
  if (of == DigitBlocks::Of::half) halve(words);
  int carry = 0;
  for (std::size_t i = 0; i < 64; ++i) {
    const int nibble = static_cast<int>(words[i / 16] >> (4 * (i % 16)) & 15) + carry;
    carry = (nibble + 8) >> 4;
    block.digits[i][lane] = static_cast<std::int8_t>(nibble - 16 * carry);
  }
  crypto::wipe({reinterpret_cast<std::uint8_t*>(words), sizeof words});
}

}  // namespace

DigitBlocks::DigitBlocks(const crypto::Scalar& scalar, Of of) : blocks_(1), step_(0) {
  for (std::size_t lane = 0; lane < block_points; ++lane) put_digits(scalar.view(), of, blocks_[0], lane);
}

DigitBlocks::DigitBlocks(std::span<const crypto::Scalar> scalars, Of of)
    : blocks_((scalars.size() + block_points - 1) / block_points), step_(1) {
  for (std::size_t i = 0; i < scalars.size(); ++i)
    put_digits(scalars[i].view(), of, blocks_[i / block_points], i % block_points);
}

DigitBlocks::DigitBlocks(std::span<const ByteArray<32>> integers)
    : blocks_((integers.size() + block_points - 1) / block_points), step_(1) {
  for (std::size_t i = 0; i < integers.size(); ++i) {
    PARLEY_ASSERT(integers[i][31] < 0x20);
    put_digits(integers[i], Of::whole, blocks_[i / block_points], i % block_points);
  }
}

DigitBlocks::~DigitBlocks() {
  crypto::wipe({reinterpret_cast<std::uint8_t*>(blocks_.data()), blocks_.size() * sizeof(DigitBlock)});
}

}  // namespace parley::group
