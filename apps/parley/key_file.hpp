#pragma once

#include <string>

#include "crypto/ed25519.hpp"

namespace parley::app {

/// Ed25519 keys as files that OpenSSL reads too (RFC 8410: PKCS #8 and SubjectPublicKeyInfo in PEM):
/// `openssl genpkey -algorithm ed25519 -out officer.key` makes one that Parley takes.

/// Writes the private key with mode 0600; fails if the file exists.
Result<void> write_signing_key(const std::string& path, const crypto::SigningKey& key);
/// Fails when others may read the file, or when it holds anything but one Ed25519 private key.
Result<crypto::SigningKey> read_signing_key(const std::string& path);

std::string public_key_pem(const crypto::PublicKey& key);
/// The public key in a file: a public key, or a private key's public half.
Result<crypto::PublicKey> read_public_key(const std::string& path);

}  // namespace parley::app
