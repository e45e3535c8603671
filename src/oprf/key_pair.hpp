#pragma once

#include "base/bytes.hpp"
#include "base/entropy.hpp"
#include "crypto/ristretto.hpp"
#include "crypto/secret.hpp"
#include "oprf/suite.hpp"

namespace parley::oprf {

/// A server's key: a secret scalar and its multiple of the generator.
class KeyPair {
 public:
  /// GenerateKeyPair of RFC 9497 section 3.2.
  static KeyPair generate(Entropy& entropy);
  /// DeriveKeyPair of section 3.2.1: the same key again from seed and info. Bad input for an info longer than
  /// 65,535 bytes.
  static Result<KeyPair> derive(Mode mode, const crypto::Secret<32>& seed, BytesView info);
  /// From a scalar that was kept.
  explicit KeyPair(crypto::Scalar secret);

  const crypto::Scalar& secret() const { return secret_; }
  const crypto::EncodedPoint& public_key() const { return public_key_; }

 private:
  crypto::Scalar secret_;
  crypto::EncodedPoint public_key_{};
};

}  // namespace parley::oprf
