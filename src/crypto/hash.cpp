#include "crypto/hash.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "base/assert.hpp"
#include "crypto/secret.hpp"

namespace parley::crypto {
namespace {

// Fetched once and never freed: the objects live as long as the process, and every thread reads them only.
const EVP_MD* fetched(const char* name) {
  EVP_MD* md = EVP_MD_fetch(nullptr, name, nullptr);
  PARLEY_ASSERT(md != nullptr);
  return md;
}
const EVP_MD* sha1_md() {
  static const EVP_MD* const md = fetched("SHA1");
  return md;
}
const EVP_MD* sha256_md() {
  static const EVP_MD* const md = fetched("SHA256");
  return md;
}
const EVP_MD* sha512_md() {
  static const EVP_MD* const md = fetched("SHA512");
  return md;
}

// One context a thread and algorithm for one-shot hashes: making one costs about as much as a short hash.
// It holds no message between calls (the final call of OpenSSL wipes its state).
EVP_MD_CTX* new_context(const EVP_MD* md) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  PARLEY_ASSERT(context != nullptr);
  PARLEY_ASSERT(EVP_DigestInit_ex(context, md, nullptr) == 1);
  return context;
}

template <std::size_t N>
ByteArray<N> final_and_restart(EVP_MD_CTX* context) {
  ByteArray<N> out;
  unsigned int size = 0;
  PARLEY_ASSERT(EVP_DigestFinal_ex(context, out.data(), &size) == 1 && size == N);
  PARLEY_ASSERT(EVP_DigestInit_ex(context, nullptr, nullptr) == 1);
  return out;
}

template <std::size_t N>
ByteArray<N> one_shot(EVP_MD_CTX* context, BytesView data) {
  PARLEY_ASSERT(EVP_DigestUpdate(context, data.data(), data.size()) == 1);
  return final_and_restart<N>(context);
}

}  // namespace

void detail::FreeDigestContext::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

Hash256 sha256(BytesView data) {
  thread_local const detail::DigestContext context(new_context(sha256_md()));
  return one_shot<32>(context.get(), data);
}
Hash512 sha512(BytesView data) {
  thread_local const detail::DigestContext context(new_context(sha512_md()));
  return one_shot<64>(context.get(), data);
}
Hash160 sha1(BytesView data) {
  thread_local const detail::DigestContext context(new_context(sha1_md()));
  return one_shot<20>(context.get(), data);
}

Sha256::Sha256() : context_(new_context(sha256_md())) {}
Sha256& Sha256::update(BytesView data) {
  PARLEY_ASSERT(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1);
  return *this;
}
Hash256 Sha256::finish() {
  return final_and_restart<32>(context_.get());
}
Hash256 Sha256::peek() const {
  const detail::DigestContext copy(EVP_MD_CTX_new());
  PARLEY_ASSERT(copy != nullptr && EVP_MD_CTX_copy_ex(copy.get(), context_.get()) == 1);
  return final_and_restart<32>(copy.get());
}

Sha512::Sha512() : context_(new_context(sha512_md())) {}
Sha512& Sha512::update(BytesView data) {
  PARLEY_ASSERT(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1);
  return *this;
}
Hash512 Sha512::finish() {
  return final_and_restart<64>(context_.get());
}

Hash256 hmac_sha256(BytesView key, BytesView data) {
  constexpr std::size_t block = 64;
  ByteArray<block> inner{};
  if (key.size() > block) {
    Hash256 hashed = sha256(key);
    std::ranges::copy(hashed, inner.begin());
    wipe(hashed);
  } else {
    std::ranges::copy(key, inner.begin());
  }
  ByteArray<block> outer = inner;
  for (auto& byte : inner) byte ^= 0x36;
  for (auto& byte : outer) byte ^= 0x5c;
  Sha256 hash;
  const Hash256 digest = hash.update(BytesView(inner)).update(data).finish();
  const Hash256 out = hash.update(BytesView(outer)).update(BytesView(digest)).finish();
  wipe(inner);
  wipe(outer);
  return out;
}

Bytes hkdf_sha256(BytesView ikm, BytesView salt, BytesView info, std::size_t length) {
  PARLEY_ASSERT(length <= std::size_t{255} * 32);
  // An absent salt is a string of zeros (RFC 5869 section 2.2); HMAC pads an empty key to the same.
  Hash256 prk = hmac_sha256(salt, ikm);
  Bytes out;
  out.reserve((length + 31) / 32 * 32);
  Hash256 previous{};
  Bytes message;
  for (std::uint8_t counter = 1; out.size() < length; ++counter) {
    message.clear();
    if (counter > 1) append(message, BytesView(previous));
    append(message, info);
    message.push_back(counter);
    previous = hmac_sha256(prk, message);
    append(out, BytesView(previous));
  }
  wipe(prk);
  wipe(previous);
  wipe(message);
  if (out.size() > length) wipe(std::span(out).subspan(length));
  out.resize(length);
  return out;
}

}  // namespace parley::crypto
