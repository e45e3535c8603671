#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/parallel.hpp"
#include "crypto/ristretto.hpp"

namespace parley::oprf {

using crypto::EncodedPoint;
using crypto::Scalar;

/// Bad input for one over 65,535 bytes.
Result<void> check_inputs(std::span<const BytesView> inputs);
/// InvalidInputError of RFC 9497 section 3.3.1: an input hashed to the identity.
Result<void> check_no_identity(std::span<const EncodedPoint> elements);

/// The batched operations of the group that the protocol is made of. `out` has the size of the input;
/// encodings from outside are refused as `crypto::Point::decode` refuses.
Result<void> multiply_all(std::span<const EncodedPoint> in, const Scalar& scalar, std::span<EncodedPoint> out,
                          Parallel& parallel);
Result<void> multiply_each(std::span<const EncodedPoint> in, std::span<const Scalar> scalars,
                           std::span<EncodedPoint> out, Parallel& parallel);
void hash_and_multiply_all(std::span<const BytesView> messages, std::string_view tag, const Scalar& scalar,
                           std::span<EncodedPoint> out, Parallel& parallel);
void hash_and_multiply_each(std::span<const BytesView> messages, std::string_view tag,
                            std::span<const Scalar> scalars, std::span<EncodedPoint> out, Parallel& parallel);
std::vector<Scalar> invert(std::span<const Scalar> scalars);

}  // namespace parley::oprf
