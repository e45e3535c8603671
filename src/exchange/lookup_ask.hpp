#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/hash.hpp"
#include "peer/frame.hpp"
#include "peer/hello.hpp"
#include "peer/machine.hpp"

namespace parley::exchange {

/// The question that opens a session of look-ups, signed by the role key of whoever asks. What follows in the
/// session is bound to its hash.
struct LookupAsk {
  peer::SessionId session;
  peer::TlsExporter exporter;  ///< of this connection
  crypto::Hash256 hello{};     ///< transcript of its hello, versions and features included
  std::string initiator;       ///< origin of whoever asks
  std::string responder;       ///< origin of whoever is asked
  std::string agreement;       ///< hash
  std::string purpose;
  std::uint64_t epoch = 0;  ///< days since 1970-01-01, UTC
  std::uint64_t lookups = 0;
  bool operator==(const LookupAsk&) const = default;
};

inline constexpr std::size_t max_lookup_ask_bytes = 2048;

/// RFC 8785 bytes; bad input when a field breaks its rule.
Result<Bytes> encode_lookup_ask(const LookupAsk& ask);
/// Bad input for anything but the canonical bytes of a well-formed question.
Result<LookupAsk> parse_lookup_ask(BytesView bytes);

/// The body of the frame: 64 bytes of signature over `parley/lookup-ask/1`, a zero byte and the question;
/// then the question.
Result<peer::Frame> sign_lookup_ask(const LookupAsk& ask, const crypto::SigningKey& role_key);
struct SignedLookupAsk {
  LookupAsk ask;
  crypto::Hash256 hash{};  ///< SHA-256 of its bytes
};
Result<SignedLookupAsk> read_lookup_ask(BytesView body, const crypto::PublicKey& role_key);

}  // namespace parley::exchange
