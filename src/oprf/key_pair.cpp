#include "oprf/key_pair.hpp"

#include <sodium.h>

#include "base/assert.hpp"
#include "crypto/sodium.hpp"
#include "oprf/hash_to_scalar.hpp"

namespace parley::oprf {

KeyPair::KeyPair(crypto::Scalar secret) : secret_(std::move(secret)) {
  crypto::ensure_sodium();
  // Fails for zero alone, which no Scalar is.
  PARLEY_ASSERT(crypto_scalarmult_ristretto255_base(public_key_.data(), secret_.view().data()) == 0);
}

KeyPair KeyPair::generate(Entropy& entropy) {
  return KeyPair(crypto::Scalar::random(entropy));
}

Result<KeyPair> KeyPair::derive(Mode mode, const crypto::Secret<32>& seed, BytesView info) {
  if (info.size() > max_input_bytes)
    return fail(ErrorKind::bad_input, "the info of a derived key has at most 65,535 bytes");
  Bytes input = to_bytes(seed.view());
  append_u16(input, static_cast<std::uint16_t>(info.size()));
  append(input, info);
  const std::string tag = "DeriveKeyPair" + context_string(mode);
  input.push_back(0);
  for (unsigned counter = 0; counter <= 255; ++counter) {
    input.back() = static_cast<std::uint8_t>(counter);
    crypto::Secret<32> scalar = hash_to_scalar(input, tag);
    // Zero, the only scalar that does not decode, has probability 2^-252 each time.
    if (auto secret = crypto::Scalar::decode(scalar.view())) {
      crypto::wipe(input);
      return KeyPair(std::move(*secret));
    }
  }
  crypto::wipe(input);
  return fail(ErrorKind::internal, "DeriveKeyPairError: no key comes from this seed");
}

}  // namespace parley::oprf
