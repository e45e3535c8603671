#pragma once

#include <span>

#include "base/entropy.hpp"
#include "base/parallel.hpp"
#include "crypto/ristretto.hpp"
#include "oprf/key_pair.hpp"
#include "oprf/suite.hpp"

namespace parley::oprf {

/// Challenge and response, 32 bytes each (RFC 9497 section 4).
using Proof = ByteArray<64>;

/// Most pairs in one proof: their index has two bytes (section 2.2.1).
inline constexpr std::size_t max_proof_pairs = 65535;

/// GenerateProof of RFC 9497 section 2.2.1 in the VOPRF mode: evaluated[i] = key · blinded[i] for every i.
/// Bad input for no pairs, too many, or an encoding that is invalid.
Result<Proof> generate_proof(const KeyPair& key, std::span<const crypto::EncodedPoint> blinded,
                             std::span<const crypto::EncodedPoint> evaluated, Entropy& entropy,
                             Parallel& parallel);
/// With a given random scalar, for test vectors; using one twice gives the key away.
Result<Proof> generate_proof_with(const KeyPair& key, std::span<const crypto::EncodedPoint> blinded,
                                  std::span<const crypto::EncodedPoint> evaluated,
                                  const crypto::Scalar& random, Parallel& parallel);

/// VerifyProof of section 2.2.2. `peer` when it does not hold (VerifyError) or an encoding is invalid.
Result<void> verify_proof(const crypto::EncodedPoint& public_key,
                          std::span<const crypto::EncodedPoint> blinded,
                          std::span<const crypto::EncodedPoint> evaluated, const Proof& proof,
                          Parallel& parallel);

}  // namespace parley::oprf
