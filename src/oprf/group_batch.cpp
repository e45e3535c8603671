#include "oprf/group_batch.hpp"

#include <sodium.h>

#include <string>

#include "group/batch.hpp"
#include "group/scalars.hpp"
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
  return group::multiply_batch(in, scalar, out, parallel);
}

Result<void> multiply_each(std::span<const EncodedPoint> in, std::span<const Scalar> scalars,
                           std::span<EncodedPoint> out, Parallel& parallel) {
  return group::multiply_each_batch(in, scalars, out, parallel);
}

void hash_and_multiply_all(std::span<const BytesView> messages, std::string_view tag, const Scalar& scalar,
                           std::span<EncodedPoint> out, Parallel& parallel) {
  group::hash_and_multiply_batch(messages, tag, scalar, out, parallel);
}

void hash_and_multiply_each(std::span<const BytesView> messages, std::string_view tag,
                            std::span<const Scalar> scalars, std::span<EncodedPoint> out,
                            Parallel& parallel) {
  group::hash_and_multiply_each_batch(messages, tag, scalars, out, parallel);
}

std::vector<Scalar> invert(std::span<const Scalar> scalars) {
  return group::invert_batch(scalars);
}

}  // namespace parley::oprf
