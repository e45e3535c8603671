#pragma once

#include <span>
#include <vector>

#include "crypto/ristretto.hpp"
#include "group/kernels.hpp"

namespace parley::group {

/// Signed digits in [-8, 7] of scalars, a block for eight of them, wiped when they die.
class DigitBlocks {
 public:
  /// Whether the digits are those of the scalar or of scalar/2 modulo l, whose product is encoded doubled.
  enum class Of { whole, half };
  /// One scalar, for every point.
  DigitBlocks(const crypto::Scalar& scalar, Of of);
  /// One scalar for each point.
  DigitBlocks(std::span<const crypto::Scalar> scalars, Of of);
  /// Little-endian integers below 2^253, one for each point.
  explicit DigitBlocks(std::span<const ByteArray<32>> integers);
  DigitBlocks(const DigitBlocks&) = delete;
  DigitBlocks& operator=(const DigitBlocks&) = delete;
  ~DigitBlocks();

  const DigitBlock* data() const { return blocks_.data(); }
  /// What a kernel adds to go from one block of points to the next.
  std::size_t step() const { return step_; }

 private:
  std::vector<DigitBlock> blocks_;
  std::size_t step_;
};

}  // namespace parley::group
