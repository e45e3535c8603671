#include "crypto/md5.hpp"

#include <openssl/evp.h>

#include "base/assert.hpp"
#include "crypto/hash.hpp"

namespace parley::crypto {

ByteArray<16> md5(BytesView data) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "MD5", nullptr);
  PARLEY_ASSERT(algorithm != nullptr);
  thread_local const detail::DigestContext context(EVP_MD_CTX_new());
  ByteArray<16> out{};
  unsigned int size = 0;
  PARLEY_ASSERT(context != nullptr && EVP_DigestInit_ex(context.get(), algorithm, nullptr) == 1);
  PARLEY_ASSERT(EVP_DigestUpdate(context.get(), data.data(), data.size()) == 1);
  PARLEY_ASSERT(EVP_DigestFinal_ex(context.get(), out.data(), &size) == 1 && size == out.size());
  return out;
}

}  // namespace parley::crypto
