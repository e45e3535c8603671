#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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
  std::string head;       ///< newest checkpoint of the asker's log
  std::string peer_head;  ///< newest of the asked side's that the asker has seen; empty for none
  bool operator==(const LookupAsk&) const = default;
};

inline constexpr std::size_t max_lookup_ask_bytes = 4096;
inline constexpr std::size_t max_lookup_head_bytes = 1024;

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

/// What the asked side answers a question with: which set, and what each has seen of the other's log.
struct LookupOffer {
  crypto::Hash256 ask{};  ///< of the question
  crypto::Hash256 set{};  ///< SHA-256 of the statement of the set, as it stands beside the offer
  std::string head;       ///< newest checkpoint of the asked side's log
  std::string peer_head;  ///< newest of the asker's that the asked side has seen; empty for none
  bool operator==(const LookupOffer&) const = default;
};
/// RFC 8785 bytes; bad input when a field breaks its rule.
Result<Bytes> encode_lookup_offer(const LookupOffer& offer);
Result<LookupOffer> parse_lookup_offer(BytesView bytes);

/// The body of the frame: 64 bytes of signature over `parley/lookup-offer/1`, a zero byte and the offer; u32
/// length and the offer; then the statement of the set.
Result<peer::Frame> sign_lookup_offer(const LookupOffer& offer, std::string_view set_jws,
                                      const crypto::SigningKey& role_key);
struct SignedLookupOffer {
  LookupOffer offer;
  std::string set_jws;
};
/// `peer` unless it is signed by that key and about this question and the statement beside it.
Result<SignedLookupOffer> read_lookup_offer(BytesView body, const crypto::Hash256& ask,
                                            const crypto::PublicKey& role_key);

}  // namespace parley::exchange
