#pragma once

#include <memory>
#include <string_view>

#include "base/bytes.hpp"

struct evp_md_ctx_st;

namespace parley::crypto {

using Hash160 = ByteArray<20>;
using Hash256 = ByteArray<32>;
using Hash512 = ByteArray<64>;

/// SHA-256, SHA-512 and SHA-1 (FIPS 180-4) by OpenSSL, whose algorithm objects are fetched once for the
/// process: the one-shot functions of OpenSSL 3 fetch them at every call, which costs more than a short hash.
/// None of these can fail on any input. Safe to call from several threads.
Hash256 sha256(BytesView data);
Hash512 sha512(BytesView data);
/// Only for name-based UUIDs (RFC 9562 section 5.5); SHA-1 is broken for everything else.
Hash160 sha1(BytesView data);

namespace detail {
struct FreeDigestContext {
  void operator()(evp_md_ctx_st* context) const;
};
using DigestContext = std::unique_ptr<evp_md_ctx_st, FreeDigestContext>;
}  // namespace detail

/// SHA-256 of a message that comes in pieces. One thread at a time.
class Sha256 {
 public:
  Sha256();
  Sha256& update(BytesView data);
  Sha256& update(std::string_view text) { return update(as_bytes(text)); }
  /// The hash of everything so far; the object starts afresh.
  Hash256 finish();
  /// The hash of everything so far; the object goes on.
  Hash256 peek() const;

 private:
  detail::DigestContext context_;
};

/// SHA-512 of a message that comes in pieces. One thread at a time.
class Sha512 {
 public:
  Sha512();
  Sha512& update(BytesView data);
  Sha512& update(std::string_view text) { return update(as_bytes(text)); }
  /// The hash of everything so far; the object starts afresh.
  Hash512 finish();

 private:
  detail::DigestContext context_;
};

/// HMAC-SHA-256 (RFC 2104), key of any length.
Hash256 hmac_sha256(BytesView key, BytesView data);

/// HKDF-SHA-256 (RFC 5869): extract with `salt` (empty is allowed), expand with `info`.
/// `length` at most 8160 bytes (255 hashes), more is a bug of the caller. For keys use `derive_secret`.
Bytes hkdf_sha256(BytesView ikm, BytesView salt, BytesView info, std::size_t length);

}  // namespace parley::crypto
