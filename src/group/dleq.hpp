#pragma once

#include <span>
#include <string_view>

#include "base/entropy.hpp"
#include "group/points.hpp"

namespace parley::group {

/// A proof of RFC 9497 section 2.2 that log_A(B) = log_C[i](D[i]) for every i.
struct DleqProof {
  ByteArray<32> challenge{};
  ByteArray<32> response{};
  /// SerializeScalar of both, 64 bytes (RFC 9497 section 4).
  ByteArray<64> bytes() const;
  /// Bad input unless both are canonical scalars. Zero is allowed.
  static Result<DleqProof> decode(BytesView bytes);
  bool operator==(const DleqProof&) const = default;
};

/// What a proof speaks about. `context` is the contextString of RFC 9497, for example "OPRFV1-" 01
/// "-ristretto255-SHA512". `a` is the generator in the VOPRF mode and `b` the public key. At most 65,535
/// pairs (section 2.2.1: the index has two bytes), as many `d` as `c`.
struct DleqStatement {
  std::string_view context;
  EncodedPoint a;
  EncodedPoint b;
  std::span<const EncodedPoint> c;
  std::span<const EncodedPoint> d;
};

/// The generator of RFC 9496, encoded.
const EncodedPoint& generator();

/// GenerateProof (section 2.2.1) with the secret `k`, where the caller computed B = kA and D[i] = kC[i]. Bad
/// input when an encoding is invalid or the numbers do not fit. The commitment is drawn from `entropy`.
Result<DleqProof> prove_equal_logarithms(const DleqStatement& statement, const Scalar& k, Entropy& entropy,
                                         Parallel& parallel, Isa isa = best_isa());
/// The same with the random scalar given, for test vectors. Using one twice gives the key away.
Result<DleqProof> prove_equal_logarithms_with(const DleqStatement& statement, const Scalar& k,
                                              const Scalar& random, Parallel& parallel, Isa isa = best_isa());

/// VerifyProof (section 2.2.2). Bad input when an encoding is invalid or the proof does not hold. About one
/// multiplication for each element of `c` and `d`.
Result<void> verify_equal_logarithms(const DleqStatement& statement, const DleqProof& proof,
                                     Parallel& parallel, Isa isa = best_isa());

}  // namespace parley::group
