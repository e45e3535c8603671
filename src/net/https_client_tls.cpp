#include "net/https_client_tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "crypto/hash.hpp"

namespace parley::net {

namespace {

// A chain of a public authority has some 5 kB.
constexpr long max_chain_bytes = 100 * 1024;
constexpr std::size_t max_certificates = 1'000;  // of one PEM file; the system's own bundle has some 150

std::unexpected<Error> failed(std::string_view what) {
  ERR_clear_error();
  return fail(ErrorKind::internal, "OpenSSL refused " + std::string(what));
}

std::string lower_hex(std::string text) {
  std::erase(text, ':');
  for (char& c : text)
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string hash_of(unsigned char* der, int size) {
  if (size <= 0 || der == nullptr) return {};
  const auto hash = crypto::sha256(BytesView(der, static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  return to_hex(hash);
}
std::string certificate_hash(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  return hash_of(der, size);
}
std::string key_hash(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  return hash_of(der, size);
}

int check_pin(X509_STORE_CTX* store, void* context) {
  X509* certificate = X509_STORE_CTX_get0_cert(store);
  const std::string& pin = static_cast<ClientTls*>(context)->pin;
  if (certificate != nullptr && (certificate_hash(certificate) == pin || key_hash(certificate) == pin)) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
  return 0;
}

Result<std::vector<X509Ptr>> read_certificates(std::string_view pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) return failed("a buffer");
  std::vector<X509Ptr> out;
  while (out.size() < max_certificates) {
    X509Ptr one(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!one) break;
    out.push_back(std::move(one));
  }
  ERR_clear_error();
  if (out.empty()) return fail(ErrorKind::usage, "there is no PEM certificate in it");
  return out;
}

Result<void> trust_authorities(SSL_CTX* context, const std::string& pem) {
  if (pem.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) return failed("the system's certificates");
    return {};
  }
  auto certificates = read_certificates(pem);
  if (!certificates) return fail(ErrorKind::usage, "the CA file: " + certificates.error().message);
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const X509Ptr& one : *certificates) X509_STORE_add_cert(store, one.get());
  // A file may name the server's own certificate, or an authority below another one.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  ERR_clear_error();
  return {};
}

Result<void> show_certificate(SSL_CTX* context, const HttpsTrust& trust) {
  if (trust.certificate_pem.empty() && trust.key_pem.empty()) return {};
  if (trust.certificate_pem.empty() || trust.key_pem.empty())
    return fail(ErrorKind::usage, "a client certificate needs both its file and its key's file");
  auto certificates = read_certificates(trust.certificate_pem);
  if (!certificates) return fail(ErrorKind::usage, "the certificate file: " + certificates.error().message);
  const BioPtr bio(BIO_new_mem_buf(trust.key_pem.data(), static_cast<int>(trust.key_pem.size())));
  const auto no_password = [](char*, int, int, void*) { return -1; };
  const PkeyPtr key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr) : nullptr);
  if (!key || SSL_CTX_use_certificate(context, certificates->front().get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    ERR_clear_error();
    return fail(ErrorKind::usage,
                "the client's key cannot be read (PEM without a password) or is not its certificate's");
  }
  for (std::size_t i = 1; i < certificates->size(); ++i)
    if (SSL_CTX_add1_chain_cert(context, (*certificates)[i].get()) != 1) return failed("the client's chain");
  return {};
}

bool is_literal(const std::string& host) {
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  return !error;
}

}  // namespace

Result<void> HttpsTrust::check() const {
  PARLEY_CHECK(make_client_tls(*this));
  return {};
}

Result<std::shared_ptr<ClientTls>> make_client_tls(const HttpsTrust& trust) {
  if (!trust.ca_pem.empty() && !trust.pin.empty())
    return fail(ErrorKind::usage, "a CA file or a pin: the pin alone decides, so name one of them");
  const std::string pin = lower_hex(trust.pin);
  if (!pin.empty() && (pin.size() != 64 || pin.find_first_not_of("0123456789abcdef") != std::string::npos))
    return fail(ErrorKind::usage, "a pin is a SHA-256: 64 hexadecimal digits");
  SSL_CTX* raw = SSL_CTX_new(TLS_client_method());
  if (raw == nullptr) return failed("a TLS context");
  auto out = std::make_shared<ClientTls>(raw);
  out->pin = pin;
  SSL_CTX_set_options(raw, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_max_cert_list(raw, max_chain_bytes);
  static constexpr unsigned char http1[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  if (SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
      SSL_CTX_set_alpn_protos(raw, http1, sizeof http1) != 0)
    return failed("the settings of the HTTPS client");
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  if (out->pin.empty()) {
    PARLEY_CHECK(trust_authorities(raw, trust.ca_pem));
  } else {
    SSL_CTX_set_cert_verify_callback(raw, check_pin, out.get());
  }
  PARLEY_CHECK(show_certificate(raw, trust));
  return out;
}

Result<void> expect_server(SSL* ssl, const std::string& host) {
  if (is_literal(host)) {
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) != 1) return failed("the address");
    return {};
  }
  // RFC 6125 section 6.4.3: a wildcard stands for a whole label.
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  // The macro that sets the name casts its argument to void*.
  if (SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(host.c_str())) != 1 ||
      SSL_set1_host(ssl, host.c_str()) != 1)
    return failed("the server's name");
  return {};
}

std::string why_untrusted(SSL* ssl) {
  const long code = SSL_get_verify_result(ssl);
  if (code == X509_V_OK) return {};
  std::string why =
      std::string("its certificate is not trusted (") + X509_verify_cert_error_string(code) + ")";
  if (code == X509_V_ERR_CERT_REJECTED) why = "its certificate is not the pinned one";
  return why;
}

}  // namespace parley::net
