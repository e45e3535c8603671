#pragma once

#include <string>
#include <vector>

#include "base/time.hpp"
#include "crypto/ed25519.hpp"

namespace parley::net {

/// The self-signed certificate of a node's TLS key: Ed25519 (RFC 8410), common name `origin` (its first 64
/// characters, the bound of RFC 5280), serial 1, valid from 2020 without a defined end (RFC 5280 section
/// 4.1.2.5: 99991231235959Z). The same key and origin always give the same bytes. PEM.
///
/// Names and dates carry no meaning between peers: a peer is its key, compared with the pinned one, and a key
/// ends by `peer suspend`, not by a date.
Result<std::string> make_certificate(const crypto::SigningKey& key, std::string_view origin);

/// The Ed25519 key inside a PEM certificate; bad input for any other kind.
Result<crypto::PublicKey> certificate_key(std::string_view pem);

struct HttpsCertificate {
  std::string key_pem;          ///< PKCS#8; the caller writes it with mode 0600
  std::string certificate_pem;  ///< self-signed
};

/// A fresh P-256 key and a self-signed certificate for `--listen` (browsers refuse Ed25519): valid ten years
/// from `now`, subject alternative names `names` (DNS names and IP literals; `localhost`, 127.0.0.1 and ::1
/// are always added). The key comes from OpenSSL's generator, seeded by the operating system.
Result<HttpsCertificate> make_https_certificate(const std::vector<std::string>& names, Timestamp now);

}  // namespace parley::net
