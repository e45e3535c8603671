#include "crypto/secret.hpp"

#include <sodium.h>

#include <algorithm>

#include "base/assert.hpp"
#include "crypto/constant_time.hpp"
#include "crypto/hash.hpp"
#include "crypto/sodium.hpp"

namespace parley::crypto {

void ensure_sodium() {
  static const bool ready = sodium_init() >= 0;
  PARLEY_ASSERT(ready);
}

void wipe(std::span<std::uint8_t> bytes) {
  if (!bytes.empty()) sodium_memzero(bytes.data(), bytes.size());
}

bool equal_constant_time(BytesView a, BytesView b) {
  if (a.size() != b.size()) return false;
  return a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

Secret<32> derive_secret(BytesView ikm, std::string_view label) {
  Bytes bytes = hkdf_sha256(ikm, {}, as_bytes(label), 32);
  Secret<32> out;
  std::ranges::copy(bytes, out.mutable_view().begin());
  wipe(bytes);
  return out;
}

}  // namespace parley::crypto
