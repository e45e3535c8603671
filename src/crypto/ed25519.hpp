#pragma once

#include "base/bytes.hpp"
#include "base/entropy.hpp"
#include "base/strong.hpp"
#include "crypto/secret.hpp"

namespace parley::crypto {

using PublicKey = Strong<struct PublicKeyTag, ByteArray<32>>;
using Signature = Strong<struct SignatureTag, ByteArray<64>>;

/// The 32 or 64 bytes as a key or a signature; bad input when the length is another. Whether the bytes are a
/// usable key shows only when a signature verifies.
Result<PublicKey> parse_public_key(BytesView bytes);
Result<Signature> parse_signature(BytesView bytes);

/// An Ed25519 private key (RFC 8032 section 5.1), kept as its 32-byte seed and wiped like every Secret.
class SigningKey {
 public:
  static SigningKey from_seed(const Secret<32>& seed);
  /// Bad input unless there are exactly 32 bytes.
  static Result<SigningKey> from_seed(BytesView seed);
  static SigningKey generate(Entropy& entropy);

  const PublicKey& public_key() const { return public_key_; }
  /// Deterministic: the same key and message give the same 64 bytes.
  Signature sign(BytesView message) const;
  /// For writing the key file.
  const Secret<32>& seed() const { return seed_; }
  SigningKey clone() const;

 private:
  SigningKey() = default;
  Secret<32> seed_;
  Secret<64> expanded_;
  PublicKey public_key_;
};

/// Whether `signature` is `key`'s over `message` (RFC 8032 section 5.1.7, without cofactor), strictly: a
/// scalar S not below the group order, a key or commitment R of small order and any non-canonical encoding
/// are refused, so that nobody can turn one valid signature into another or use a key that signs everything.
bool verify(const PublicKey& key, BytesView message, const Signature& signature);

}  // namespace parley::crypto
