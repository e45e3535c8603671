#pragma once

#include <span>

#include "crypto/ristretto.hpp"
#include "group/kernels.hpp"

namespace parley::group {

/// Up to eight strings of 32 bytes as the words of one block; lanes without one are zero.
void to_block(std::span<const ByteArray<32>> strings, EncodingBlock& out);
void from_block(const EncodingBlock& in, std::span<ByteArray<32>> out);

/// The part of decoding that reads bytes only: an integer below 2^255 - 19, even (nonnegative), and not zero,
/// which is the identity.
bool may_encode_a_point(const ByteArray<32>& encoding);

}  // namespace parley::group
