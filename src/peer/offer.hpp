#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/hash.hpp"
#include "peer/hello.hpp"
#include "peer/machine.hpp"

namespace parley::peer {

inline constexpr std::size_t max_offer_bytes = 8192;
inline constexpr std::size_t max_offer_types = 64;
inline constexpr std::size_t max_offer_text_bytes = 128;
inline constexpr std::size_t max_offer_protocols = 8;
/// A signed checkpoint with one signature: origin twice, numbers and hashes.
inline constexpr std::size_t max_offer_head_bytes = 1024;
/// The largest padded size an offer may name; agreements set far smaller ones.
inline constexpr std::uint64_t max_padded_size = 1ULL << 24;

/// What one side commits to before the first protocol message.
struct OfferHalf {
  Origin origin;
  crypto::PublicKey role_key;
  std::uint64_t padded_size = 0;  ///< a power of two
  crypto::Hash256 set_root{};
  crypto::Hash256 seed_commitment{};  ///< HMAC-SHA-256(opening, seed)
  /// This side's newest signed checkpoint, which the other remembers; empty before the first.
  std::string head;
  /// The newest checkpoint of the other side that this one has ever seen; empty for none. Whoever was set
  /// back to an older state finds its own signature under a later one here.
  std::string peer_head;
  bool operator==(const OfferHalf&) const = default;
};

/// One match offer. Both role keys sign the same canonical bytes before the first protocol message, and
/// everything after is bound to their hash. The hello's transcript and what both announced in it are inside,
/// so that a stripped feature, and with it a weaker protocol, shows in what both signed.
struct Offer {
  SessionId session;
  TlsExporter exporter;
  crypto::Hash256 agreement{};  ///< the hash that names the agreement
  std::string purpose;
  std::uint64_t epoch = 0;             ///< days since 1970-01-01, UTC
  std::string selector_version;        ///< "selector/1"
  std::vector<std::string> types;      ///< sorted, distinct
  std::string output;                  ///< "items" or "size"
  std::string learner;                 ///< "initiator" or "both"
  crypto::Hash256 hello{};             ///< transcript hash of the hello of this connection
  std::vector<std::string> features;   ///< what both announced, sorted
  std::vector<std::string> protocols;  ///< those that the initiator lets the choice be made from, sorted
  std::string prefer;                  ///< "auto", "bytes" or "time"
  std::string protocol;                ///< chosen when both sizes are known: empty in a proposal
  std::string parameters;              ///< likewise
  OfferHalf initiator;
  std::optional<OfferHalf> responder;  ///< empty in a proposal only
  bool operator==(const Offer&) const = default;
};

/// RFC 8785 bytes; bad input when a field breaks its rule.
Result<Bytes> encode_offer(const Offer& offer);
/// Bad input for anything but the canonical bytes of a well-formed offer or proposal.
Result<Offer> parse_offer(BytesView bytes);
crypto::Hash256 offer_hash(BytesView offer_bytes);

/// Over "parley/match-offer/1", a zero byte, the signer's side and the bytes.
crypto::Signature sign_offer(BytesView offer_bytes, Side side, const crypto::SigningKey& role_key);
bool verify_offer(BytesView offer_bytes, Side side, const crypto::PublicKey& role_key,
                  const crypto::Signature& signature);

/// The body of a MATCH_OFFER frame: 64 bytes signature, then the offer.
struct SignedOffer {
  Bytes bytes;
  crypto::Signature signature;
};
Frame make_signed_offer(const SignedOffer& offer);
Result<SignedOffer> read_signed_offer(const Frame& frame);

}  // namespace parley::peer
