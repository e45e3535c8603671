#pragma once

#include <span>
#include <vector>

#include "base/entropy.hpp"
#include "base/parallel.hpp"
#include "crypto/ristretto.hpp"
#include "oprf/output.hpp"
#include "oprf/proof.hpp"
#include "oprf/suite.hpp"

namespace parley::oprf {

/// What a client keeps (the blinds) and sends (the elements) for a batch of inputs, in their order.
struct Blinding {
  std::vector<crypto::Scalar> blinds;
  std::vector<crypto::EncodedPoint> elements;
};

/// Blind of RFC 9497 section 3.3.1 for each input. Bad input: an input over 65,535 bytes, or one that hashes
/// to the identity (InvalidInputError; 2^-252). One hash to the group and one multiplication each.
Result<Blinding> blind(Mode mode, std::span<const BytesView> inputs, Entropy& entropy, Parallel& parallel);
/// The same with given blinds, for test vectors; as many as inputs.
Result<Blinding> blind_with(Mode mode, std::span<const BytesView> inputs, std::vector<crypto::Scalar> blinds,
                            Parallel& parallel);

/// Finalize of section 3.3.1 for each input, with one inversion for the whole batch (Montgomery's trick). Bad
/// input: an evaluated element that is no canonical element or is the identity (DeserializeError), or another
/// number of them. One multiplication each.
Result<Outputs> finalize(std::span<const BytesView> inputs, const Blinding& blinding,
                         std::span<const crypto::EncodedPoint> evaluated, Parallel& parallel);

/// Finalize of section 3.3.2: first the proof that the key behind `public_key` gave every evaluated element
/// (VerifyError is `peer`), then as above.
Result<Outputs> finalize_verified(std::span<const BytesView> inputs, const Blinding& blinding,
                                  std::span<const crypto::EncodedPoint> evaluated,
                                  const crypto::EncodedPoint& public_key, const Proof& proof,
                                  Parallel& parallel);

}  // namespace parley::oprf
