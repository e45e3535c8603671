#include "crypto/ed25519.hpp"

#include <sodium.h>

#include "base/assert.hpp"
#include "crypto/sodium.hpp"

namespace parley::crypto {

Result<PublicKey> parse_public_key(BytesView bytes) {
  PARLEY_TRY(ByteArray<32> key, to_array<32>(bytes));
  return PublicKey(key);
}

Result<Signature> parse_signature(BytesView bytes) {
  PARLEY_TRY(ByteArray<64> signature, to_array<64>(bytes));
  return Signature(signature);
}

SigningKey SigningKey::from_seed(const Secret<32>& seed) {
  ensure_sodium();
  SigningKey key;
  key.seed_ = seed.clone();
  ByteArray<32> public_key;
  PARLEY_ASSERT(crypto_sign_ed25519_seed_keypair(public_key.data(), key.expanded_.mutable_view().data(),
                                                 key.seed_.view().data()) == 0);
  key.public_key_ = PublicKey(public_key);
  return key;
}

Result<SigningKey> SigningKey::from_seed(BytesView seed) {
  PARLEY_TRY(Secret<32> secret, Secret<32>::from(seed));
  return from_seed(secret);
}

SigningKey SigningKey::generate(Entropy& entropy) {
  return from_seed(Secret<32>::generate(entropy));
}

SigningKey SigningKey::clone() const {
  return from_seed(seed_);
}

Signature SigningKey::sign(BytesView message) const {
  ByteArray<64> signature;
  PARLEY_ASSERT(crypto_sign_ed25519_detached(signature.data(), nullptr, message.data(), message.size(),
                                             expanded_.view().data()) == 0);
  return Signature(signature);
}

bool verify(const PublicKey& key, BytesView message, const Signature& signature) {
  ensure_sodium();
  // libsodium 1.0.18 checks S < l, canonical and not small-order A, not small-order R, and compares R byte by
  // byte with its own canonical encoding, which refuses a non-canonical R. The tests hold it to each of
  // these.
  return crypto_sign_ed25519_verify_detached(signature.value().data(), message.data(), message.size(),
                                             key.value().data()) == 0;
}

}  // namespace parley::crypto
