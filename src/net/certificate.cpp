#include "net/certificate.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "net/openssl.hpp"

namespace parley::net {

namespace {

std::unexpected<Error> failed(std::string_view what) {
  return fail(ErrorKind::internal, "OpenSSL could not make " + std::string(what));
}

std::string read_memory(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(std::max(size, 0L))};
}

Result<std::string> certificate_pem(X509* certificate) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_X509(bio.get(), certificate) != 1) return failed("a PEM certificate");
  return read_memory(bio.get());
}

// Version 3, own issuer, common name; dates and extensions are the caller's.
Result<X509Ptr> make_self_signed(EVP_PKEY* key, std::string_view common_name, std::uint64_t serial) {
  X509Ptr out(X509_new());
  if (!out || X509_set_version(out.get(), X509_VERSION_3) != 1 ||
      ASN1_INTEGER_set_uint64(X509_get_serialNumber(out.get()), serial) != 1 ||
      X509_set_pubkey(out.get(), key) != 1)
    return failed("a certificate");
  X509_NAME* name = X509_get_subject_name(out.get());
  const std::string_view cut = common_name.substr(0, 64);
  if (X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(cut.data()),
                                 static_cast<int>(cut.size()), -1, 0) != 1 ||
      X509_set_issuer_name(out.get(), name) != 1)
    return fail(ErrorKind::usage, "the origin cannot be a certificate's common name: it is no UTF-8 text");
  return out;
}

bool add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509V3_set_ctx_nodb(&context);
  std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == ':';
  });
}

bool is_ip_literal(const std::string& name) {
  const auto freed = [](ASN1_OCTET_STRING* s) { ASN1_OCTET_STRING_free(s); };
  return std::unique_ptr<ASN1_OCTET_STRING, decltype(freed)>(a2i_IPADDRESS(name.c_str())) != nullptr;
}

Result<std::string> alternative_names(const std::vector<std::string>& names) {
  std::vector<std::string> all{"localhost", "127.0.0.1", "::1"};
  for (const std::string& name : names) {
    if (!is_plain_name(name)) return fail(ErrorKind::usage, "not a host name or address", name.substr(0, 80));
    if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(name);
  }
  std::string out;
  for (const std::string& name : all) {
    if (!out.empty()) out += ",";
    out += (is_ip_literal(name) ? "IP:" : "DNS:") + name;
  }
  return out;
}

}  // namespace

Result<PkeyPtr> ed25519_key(const crypto::SigningKey& key) {
  const auto seed = key.seed().view();
  PkeyPtr out(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  if (!out) return failed("an Ed25519 key");
  return out;
}

Result<crypto::PublicKey> ed25519_key_of(X509* certificate) {
  EVP_PKEY* key = certificate ? X509_get0_pubkey(certificate) : nullptr;
  ByteArray<32> raw{};
  std::size_t size = raw.size();
  if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key, raw.data(), &size) != 1 || size != raw.size())
    return fail(ErrorKind::bad_input, "the certificate holds no Ed25519 key");
  return crypto::PublicKey(raw);
}

Result<std::string> make_certificate(const crypto::SigningKey& key, std::string_view origin) {
  PARLEY_TRY(PkeyPtr pkey, ed25519_key(key));
  PARLEY_TRY(X509Ptr out, make_self_signed(pkey.get(), origin, 1));
  if (ASN1_TIME_set_string_X509(X509_getm_notBefore(out.get()), "20200101000000Z") != 1 ||
      ASN1_TIME_set_string_X509(X509_getm_notAfter(out.get()), "99991231235959Z") != 1)
    return failed("the dates of a certificate");
  // Ed25519 hashes inside (RFC 8032): no digest is named.
  if (X509_sign(out.get(), pkey.get(), nullptr) <= 0) return failed("the signature of a certificate");
  return certificate_pem(out.get());
}

Result<crypto::PublicKey> certificate_key(std::string_view pem) {
  PARLEY_TRY(X509Ptr certificate, read_certificate(pem));
  return ed25519_key_of(certificate.get());
}

Result<X509Ptr> read_certificate(std::string_view pem) {
  BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(std::min<std::size_t>(pem.size(), 65'536))));
  // Without a callback of ours OpenSSL would ask the terminal for the password of an encrypted PEM.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  X509Ptr out(bio ? PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr) : nullptr);
  if (!out) return fail(ErrorKind::bad_input, "not a PEM certificate");
  return out;
}

Result<HttpsCertificate> make_https_certificate(const std::vector<std::string>& names, Timestamp now) {
  PARLEY_TRY(const std::string alternatives, alternative_names(names));
  PkeyPtr key(EVP_EC_gen("P-256"));
  if (!key) return failed("a P-256 key");
  std::uint64_t serial = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return failed("a serial");
  PARLEY_TRY(X509Ptr out,
             make_self_signed(key.get(), names.empty() ? std::string_view("localhost") : names.front(),
                              (serial >> 1) | 1));
  const std::time_t start = static_cast<std::time_t>(now.seconds()) - 86'400;
  const std::time_t end = static_cast<std::time_t>(now.seconds()) + std::time_t{3'650} * 86'400;
  if (!ASN1_TIME_set(X509_getm_notBefore(out.get()), start) ||
      !ASN1_TIME_set(X509_getm_notAfter(out.get()), end) ||
      !add_extension(out.get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(out.get(), NID_key_usage, "critical,digitalSignature") ||
      !add_extension(out.get(), NID_ext_key_usage, "serverAuth") ||
      !add_extension(out.get(), NID_subject_alt_name, alternatives))
    return failed("the fields of a certificate");
  if (X509_sign(out.get(), key.get(), EVP_sha256()) <= 0) return failed("the signature of a certificate");

  HttpsCertificate result;
  PARLEY_TRY(result.certificate_pem, certificate_pem(out.get()));
  BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return failed("a PEM key");
  result.key_pem = read_memory(bio.get());
  return result;
}

}  // namespace parley::net
