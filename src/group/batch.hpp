#pragma once

#include <span>
#include <string_view>

#include "group/points.hpp"

namespace parley::group {

/// Encodings in, encodings out, block by block without holding all points at once. `out` has the size of the
/// input. Time depends on sizes alone (`hash_*`: on the lengths of the messages).

/// scalar · point for each encoding from outside: the evaluation of PSI and OPRF. Bad input naming the first
/// refused index as `decode` does; `out` is then unspecified.
Result<void> multiply_batch(std::span<const EncodedPoint> encodings, const Scalar& scalar,
                            std::span<EncodedPoint> out, Parallel& parallel, Isa isa = best_isa());
/// scalars[i] · point i: unblinding.
Result<void> multiply_each_batch(std::span<const EncodedPoint> encodings, std::span<const Scalar> scalars,
                                 std::span<EncodedPoint> out, Parallel& parallel, Isa isa = best_isa());

/// scalar · H(message), H as `hash_to_group`.
void hash_and_multiply_batch(std::span<const BytesView> messages, std::string_view dst, const Scalar& scalar,
                             std::span<EncodedPoint> out, Parallel& parallel, Isa isa = best_isa());
/// scalars[i] · H(message i): blinding.
void hash_and_multiply_each_batch(std::span<const BytesView> messages, std::string_view dst,
                                  std::span<const Scalar> scalars, std::span<EncodedPoint> out,
                                  Parallel& parallel, Isa isa = best_isa());
/// H(message), encoded.
void hash_to_group_batch(std::span<const BytesView> messages, std::string_view dst,
                         std::span<EncodedPoint> out, Parallel& parallel, Isa isa = best_isa());

/// scalars[i] · G.
void multiply_base_batch(std::span<const Scalar> scalars, std::span<EncodedPoint> out, Parallel& parallel,
                         Isa isa = best_isa());

/// The sum of weights[i] · point i, encoded; 32 zero bytes for the identity. Weights are little-endian
/// integers below 2^253, zero among them. This is the composite of RFC 9497 section 2.2.1, at less than half
/// the price of as many multiplications. Bad input naming the first refused encoding.
Result<EncodedPoint> linear_combination(std::span<const EncodedPoint> encodings,
                                        std::span<const ByteArray<32>> weights, Parallel& parallel,
                                        Isa isa = best_isa());

}  // namespace parley::group
