#include "crypto/password.hpp"

#include <sodium.h>

#include "crypto/sodium.hpp"

namespace parley::crypto {

namespace {
std::string base64_unpadded(BytesView bytes) {
  std::string out = to_base64(bytes);
  while (out.ends_with('=')) out.pop_back();
  return out;
}
}  // namespace

Result<std::string> hash_password(std::string_view password, Entropy& entropy) {
  ensure_sodium();
  // libsodium's own string function would draw its salt from its own randomness.
  const auto salt = entropy.array<crypto_pwhash_argon2id_SALTBYTES>();
  ByteArray<32> hash{};
  if (crypto_pwhash_argon2id(hash.data(), hash.size(), password.data(), password.size(), salt.data(),
                             crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
                             crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE,
                             crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
    return fail(ErrorKind::internal, "no memory to hash a password");
  return "$argon2id$v=19$m=" + std::to_string(crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE / 1024) +
         ",t=" + std::to_string(crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE) + ",p=1$" +
         base64_unpadded(salt) + "$" + base64_unpadded(hash);
}

bool verify_password(std::string_view hash, std::string_view password) {
  ensure_sodium();
  if (hash.size() >= crypto_pwhash_argon2id_STRBYTES) return false;
  char text[crypto_pwhash_argon2id_STRBYTES] = {};
  hash.copy(text, hash.size());
  return crypto_pwhash_argon2id_str_verify(text, password.data(), password.size()) == 0;
}

}  // namespace parley::crypto
