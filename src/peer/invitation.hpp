#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/secret.hpp"
#include "peer/hello.hpp"

namespace parley::peer {

/// The longest invitation file that is read, in bytes.
inline constexpr std::size_t max_invitation_bytes = 4096;
inline constexpr std::size_t max_party_name_bytes = 256;
inline constexpr std::size_t max_address_bytes = 261;

/// One node's card, carried by hand to another: who it is, where it listens, its public keys, and a secret
/// that only the two of them know. Written as one RFC 8785 JSON object, signed by the role key in it: the
/// signature proves that the card is whole, the fingerprint read aloud proves whose it is.
struct Invitation {
  std::string id;            ///< UUIDv7
  std::string address;       ///< host:port of the peer listener
  std::string name;          ///< the party's name, for people
  std::string kind;          ///< national_cert, isac, vendor, bank, fiu, police, …
  std::string jurisdiction;  ///< two capital letters, ISO 3166-1
  Origin origin;
  crypto::PublicKey role_key;
  std::string log_vkey;  ///< signed-note verifier key of the node's log; its name is the origin
  crypto::PublicKey tls_key;
  ByteArray<32> pairing_secret{};  ///< secret: whoever holds the file holds it
  Timestamp created;
  Timestamp expires;
  bool operator==(const Invitation&) const = default;
};

/// The file's text, under 2 KiB. Bad input when a field breaks its rule.
Result<std::string> write_invitation(const Invitation& invitation, const crypto::SigningKey& role_key);

/// Reads and verifies a file. Bad input: not canonical, unknown or missing members, a field out of bounds,
/// a wrong signature; refused (rule `invitation-expired`) past its expiry or made more than a day ahead of
/// `now`.
Result<Invitation> read_invitation(std::string_view text, Timestamp now);

/// What two people compare on the telephone: eight groups of five digits, 132 bits of SHA-512 over the
/// origin and the three public keys. The same for every invitation of one node.
std::string fingerprint(const Invitation& invitation);

/// The key of the second encryption layer between two nodes that accepted each other's invitations: HKDF over
/// both pairing secrets, the one of the lesser origin first, so that both sides get the same.
crypto::Secret<32> combine_pairing_secrets(const Origin& own, BytesView own_secret, const Origin& peer,
                                           BytesView peer_secret);

}  // namespace parley::peer
