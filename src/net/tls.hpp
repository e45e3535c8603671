#pragma once

// TLS contexts. For the sources of `net` alone.

#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "crypto/ed25519.hpp"
#include "net/certificate.hpp"
#include "peer/hello.hpp"

namespace parley::net {

/// Whether the handshake may go on with this key. Called on the IO thread, in the verification callback.
using KeyCheck = std::function<bool(const crypto::PublicKey&)>;

/// A context and what its callbacks point to; it must outlive its connections.
struct TlsContext {
  explicit TlsContext(SSL_CTX* owned) : context(owned) {}
  boost::asio::ssl::context context;
  KeyCheck check;
};

enum class TlsRole { client, server };

/// For peers: TLS 1.3 only, both certificates Ed25519, the other side's key decided by `check` and by nothing
/// else: names, dates and issuers are not looked at, because a peer is its pinned key. No tickets, no
/// resumption, no early data, no server name on the wire.
Result<std::shared_ptr<TlsContext>> make_peer_context(TlsRole role, const std::string& certificate_pem,
                                                      const crypto::SigningKey& key, KeyCheck check);

/// For `--listen`: TLS 1.2 with ECDHE and AEAD suites only, or TLS 1.3; ALPN http/1.1. With
/// `ask_for_certificates` clients are asked for a certificate, and any is taken whose key they prove to have.
Result<std::shared_ptr<TlsContext>> make_https_context(const HttpsCertificate& certificate,
                                                       bool ask_for_certificates = false);

/// The key that the other side has proven in the handshake.
Result<crypto::PublicKey> proven_key(SSL* ssl);
/// RFC 8446 section 7.5: the same 32 bytes on both ends of this connection, and nowhere else.
Result<peer::TlsExporter> exporter_of(SSL* ssl);

}  // namespace parley::net
