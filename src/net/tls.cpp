#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <cstring>

#include "net/openssl.hpp"

namespace parley::net {

namespace {

// The longest certificate message that is read from a peer: one Ed25519 certificate has some 300 bytes.
constexpr long max_certificate_bytes = 8 * 1024;
// From a client, which may send its issuers along.
constexpr long max_client_chain_bytes = 32 * 1024;

std::unexpected<Error> failed(std::string_view what) {
  ERR_clear_error();
  return fail(ErrorKind::internal, "OpenSSL refused " + std::string(what));
}

int check_key(X509_STORE_CTX* store, void* context) {
  const auto key = ed25519_key_of(X509_STORE_CTX_get0_cert(store));
  if (key && static_cast<TlsContext*>(context)->check(*key)) return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
  return 0;
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                    unsigned in_size, void*) {
  static constexpr unsigned char ours[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, ours, sizeof ours, in, in_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

// What every context of ours shares: no compression, no resumption in any form, small idle connections.
bool configure(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_max_cert_list(context, max_certificate_bytes);
  return SSL_CTX_set_num_tickets(context, 0) == 1 && SSL_CTX_set_max_early_data(context, 0) == 1 &&
         SSL_CTX_set_recv_max_early_data(context, 0) == 1;
}

}  // namespace

Result<std::shared_ptr<TlsContext>> make_peer_context(TlsRole role, const std::string& certificate_pem,
                                                      const crypto::SigningKey& key, KeyCheck check) {
  SSL_CTX* raw = SSL_CTX_new(role == TlsRole::server ? TLS_server_method() : TLS_client_method());
  if (!raw) return failed("a TLS context");
  auto out = std::make_shared<TlsContext>(raw);
  out->check = std::move(check);
  PARLEY_TRY(X509Ptr certificate, read_certificate(certificate_pem));
  PARLEY_TRY(PkeyPtr pkey, ed25519_key(key));
  if (!configure(raw) || SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(raw, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set1_sigalgs_list(raw, "ed25519") != 1 || SSL_CTX_set1_groups_list(raw, "X25519:P-256") != 1)
    return failed("the settings of the peer channel");
  if (SSL_CTX_use_certificate(raw, certificate.get()) != 1 || SSL_CTX_use_PrivateKey(raw, pkey.get()) != 1 ||
      SSL_CTX_check_private_key(raw) != 1) {
    ERR_clear_error();
    return fail(ErrorKind::bad_input, "the TLS certificate does not belong to the TLS key");
  }
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(raw, check_key, out.get());
  return out;
}

Result<std::shared_ptr<TlsContext>> make_https_context(const HttpsCertificate& certificate,
                                                       bool ask_for_certificates) {
  SSL_CTX* raw = SSL_CTX_new(TLS_server_method());
  if (!raw) return failed("a TLS context");
  auto out = std::make_shared<TlsContext>(raw);
  if (!configure(raw) || SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) != 1 ||
      // Strong enough all of them, the cheapest first.
      SSL_CTX_set_ciphersuites(
          raw, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") != 1 ||
      SSL_CTX_set_cipher_list(raw, "ECDHE+AES128+AESGCM:ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
      SSL_CTX_set1_groups_list(raw, "X25519:P-256") != 1)
    return failed("the settings of the HTTPS listener");
  SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
  // A record comes with one call to the system, not one for its head and one for the rest.
  SSL_CTX_set_read_ahead(raw, 1);
  if (ask_for_certificates) {
    SSL_CTX_set_max_cert_list(raw, max_client_chain_bytes);
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
    // Who a certificate stands for is decided later, by its hash: names, dates and issuers prove nothing
    // here.
    SSL_CTX_set_cert_verify_callback(raw, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
  }
  PARLEY_TRY(X509Ptr x509, read_certificate(certificate.certificate_pem));
  BioPtr bio(BIO_new_mem_buf(certificate.key_pem.data(), static_cast<int>(certificate.key_pem.size())));
  const auto no_password = [](char*, int, int, void*) { return -1; };
  PkeyPtr key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr) : nullptr);
  if (!key || SSL_CTX_use_certificate(raw, x509.get()) != 1 || SSL_CTX_use_PrivateKey(raw, key.get()) != 1) {
    ERR_clear_error();
    return fail(ErrorKind::bad_input, "the HTTPS key and certificate do not fit together");
  }
  return out;
}

Result<crypto::PublicKey> proven_key(SSL* ssl) {
  return ed25519_key_of(SSL_get0_peer_certificate(ssl));
}

Result<peer::TlsExporter> exporter_of(SSL* ssl) {
  ByteArray<32> out{};
  const std::string_view label = peer::tls_exporter_label;
  if (SSL_version(ssl) != TLS1_3_VERSION ||
      SSL_export_keying_material(ssl, out.data(), out.size(), label.data(), label.size(), nullptr, 0, 0) != 1)
    return failed("the exporter value of a connection");
  return peer::TlsExporter(out);
}

}  // namespace parley::net
