#include "oprf/group_batch.hpp"

#include <sodium.h>

#include <algorithm>
#include <atomic>
#include <string>

#include "base/assert.hpp"
#include "crypto/sodium.hpp"
#include "oprf/suite.hpp"

namespace parley::oprf {

Result<void> check_inputs(std::span<const BytesView> inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].size() > max_input_bytes)
      return fail(ErrorKind::bad_input, "an input has at most 65,535 bytes", "input " + std::to_string(i));
  return {};
}

Result<void> check_no_identity(std::span<const EncodedPoint> elements) {
  for (std::size_t i = 0; i < elements.size(); ++i)
    if (sodium_is_zero(elements[i].data(), elements[i].size()) == 1)
      return fail(ErrorKind::bad_input, "InvalidInputError: the input hashes to the identity",
                  "input " + std::to_string(i));
  return {};
}

Result<void> multiply_all(std::span<const EncodedPoint> in, const Scalar& scalar, std::span<EncodedPoint> out,
                          Parallel& parallel) {
  return crypto::multiply_batch(in, scalar, out, parallel);
}

Result<void> multiply_each(std::span<const EncodedPoint> in, std::span<const Scalar> scalars,
                           std::span<EncodedPoint> out, Parallel&) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    PARLEY_TRY(const crypto::Point point, crypto::multiply(in[i], scalars[i]));
    out[i] = point.bytes();
  }
  return {};
}

void hash_and_multiply_all(std::span<const BytesView> messages, std::string_view tag, const Scalar& scalar,
                           std::span<EncodedPoint> out, Parallel& parallel) {
  crypto::hash_and_multiply_batch(messages, tag, scalar, out, parallel);
}

void hash_and_multiply_each(std::span<const BytesView> messages, std::string_view tag,
                            std::span<const Scalar> scalars, std::span<EncodedPoint> out,
                            Parallel& parallel) {
  parallel.run(messages.size(), [&](std::size_t i) {
    out[i] = crypto::multiply(crypto::hash_to_group(messages[i], tag), scalars[i]).bytes();
  });
}

std::vector<Scalar> invert(std::span<const Scalar> scalars) {
  crypto::ensure_sodium();
  std::vector<Scalar> out;
  out.reserve(scalars.size());
  for (const Scalar& scalar : scalars) {
    crypto::Secret<32> inverse;
    PARLEY_ASSERT(
        crypto_core_ristretto255_scalar_invert(inverse.mutable_view().data(), scalar.view().data()) == 0);
    auto decoded = Scalar::decode(inverse.view());
    PARLEY_ASSERT(decoded.has_value());
    out.push_back(std::move(*decoded));
  }
  return out;
}

}  // namespace parley::oprf
