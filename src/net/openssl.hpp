#pragma once

// Owners of OpenSSL's objects. For the sources of `net` alone.

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string_view>

#include "crypto/ed25519.hpp"

namespace parley::net {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using PkeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, FreeWith<X509_free>>;

Result<PkeyPtr> ed25519_key(const crypto::SigningKey& key);
Result<X509Ptr> read_certificate(std::string_view pem);
/// The raw key; bad input unless it is Ed25519 (RFC 8410). `certificate` may be null.
Result<crypto::PublicKey> ed25519_key_of(X509* certificate);

}  // namespace parley::net
