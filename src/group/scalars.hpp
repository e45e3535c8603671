#pragma once

#include <span>
#include <vector>

#include "crypto/ristretto.hpp"

namespace parley::group {

/// 1/s modulo l for every scalar, with one inversion and three multiplications each (Montgomery's trick), in
/// constant time. About 32 microseconds and 0.3 more for each scalar.
std::vector<crypto::Scalar> invert_batch(std::span<const crypto::Scalar> scalars);

}  // namespace parley::group
