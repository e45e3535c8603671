#include "crypto/aead.hpp"

#include <sodium.h>

#include "base/assert.hpp"
#include "crypto/sodium.hpp"

namespace parley::crypto {
namespace {
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(nonce_bytes + tag_bytes == seal_overhead);
}  // namespace

Bytes seal(const Secret<32>& key, BytesView aad, BytesView plain, Entropy& entropy) {
  ensure_sodium();
  Bytes out(plain.size() + seal_overhead);
  entropy.fill(std::span(out).first(nonce_bytes));
  unsigned long long written = 0;
  PARLEY_ASSERT(crypto_aead_xchacha20poly1305_ietf_encrypt(out.data() + nonce_bytes, &written, plain.data(),
                                                           plain.size(), aad.data(), aad.size(), nullptr,
                                                           out.data(), key.view().data()) == 0);
  PARLEY_ASSERT(written == plain.size() + tag_bytes);
  return out;
}

Result<Bytes> open(const Secret<32>& key, BytesView aad, BytesView sealed) {
  ensure_sodium();
  if (sealed.size() < seal_overhead)
    return fail(ErrorKind::bad_input, "the sealed bytes are shorter than a nonce and a tag");
  Bytes out(sealed.size() - seal_overhead);
  unsigned long long written = 0;
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(out.data(), &written, nullptr, sealed.data() + nonce_bytes,
                                                 sealed.size() - nonce_bytes, aad.data(), aad.size(),
                                                 sealed.data(), key.view().data()) != 0)
    return fail(ErrorKind::bad_input, "the sealed bytes do not open: another key, or they were changed");
  PARLEY_ASSERT(written == out.size());
  return out;
}

}  // namespace parley::crypto
