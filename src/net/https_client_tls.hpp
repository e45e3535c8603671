#pragma once

// For the sources of `net` alone.

#include <memory>
#include <string>

#include "net/https_client.hpp"
#include "net/openssl.hpp"
#include "net/tls.hpp"

namespace parley::net {

/// A client context and what its callbacks point to; it must outlive its connections.
struct ClientTls {
  explicit ClientTls(SSL_CTX* owned) : context(owned) {}
  boost::asio::ssl::context context;
  std::string pin;  ///< lower-case hex; empty: the chain and the name decide
};

/// TLS 1.2 with ECDHE and AEAD suites, or TLS 1.3; no tickets, no renegotiation, no early data.
Result<std::shared_ptr<ClientTls>> make_client_tls(const HttpsTrust& trust);
/// Puts the server's name into a connection: sent, unless it is a literal, and verified.
Result<void> expect_server(SSL* ssl, const std::string& host);
/// Why the certificate was refused, with the fingerprint that would pin it; empty when it was not.
std::string why_untrusted(SSL* ssl);

}  // namespace parley::net
