#pragma once

#include <span>
#include <vector>

#include "base/entropy.hpp"
#include "base/parallel.hpp"
#include "oprf/key_pair.hpp"
#include "oprf/output.hpp"
#include "oprf/proof.hpp"
#include "oprf/suite.hpp"

namespace parley::oprf {

/// BlindEvaluate of RFC 9497 section 3.3.1 for each element from outside. Bad input naming the first that is
/// no canonical element or is the identity (DeserializeError). One multiplication each.
Result<std::vector<crypto::EncodedPoint>> blind_evaluate(std::span<const crypto::EncodedPoint> elements,
                                                         const KeyPair& key, Parallel& parallel);

struct VerifiableEvaluation {
  std::vector<crypto::EncodedPoint> elements;
  Proof proof{};
};
/// BlindEvaluate of section 3.3.2: with one proof for the whole batch of 1 to 65,535 elements.
Result<VerifiableEvaluation> blind_evaluate_verifiably(std::span<const crypto::EncodedPoint> elements,
                                                       const KeyPair& key, Entropy& entropy,
                                                       Parallel& parallel);

/// Evaluate of sections 3.3.1 and 3.3.2: the PRF itself, by whoever has the key; equal to what Blind,
/// BlindEvaluate and Finalize give. Bad input as `blind`. One hash to the group and one multiplication each;
/// the time depends on the lengths of the inputs only.
Result<Outputs> evaluate(Mode mode, std::span<const BytesView> inputs, const KeyPair& key,
                         Parallel& parallel);

}  // namespace parley::oprf
