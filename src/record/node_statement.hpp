#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/ed25519.hpp"
#include "record/head.hpp"

namespace parley::record {

/// The three keys of a node, each for one use.
struct NodeKeys {
  crypto::PublicKey role;  ///< signs statements
  crypto::PublicKey log;   ///< signs checkpoints
  crypto::PublicKey tls;   ///< proves the node on the wire
};

/// parley/node/1: leaf 0 of every log; who runs it and with which keys.
struct NodeStatement {
  static constexpr std::string_view schema = "parley/node/1";
  Head head;
  std::string name;          ///< as people know it
  std::string kind;          ///< national_cert, isac, vendor, bank, fiu, police, …
  std::string jurisdiction;  ///< ISO 3166-1 alpha-2
  NodeKeys keys;

  Json to_json() const;
  static Result<NodeStatement> from_json(const Json& payload);
};

/// parley/peer/1: an operator pinned, suspended or resumed a peer.
struct PeerStatement {
  static constexpr std::string_view schema = "parley/peer/1";
  Head head;
  std::string peer;  ///< the peer's log origin
  std::string name;
  std::string kind;
  std::string jurisdiction;
  NodeKeys keys;
  std::string fingerprint;  ///< what the operators read aloud to each other
  std::string status;       ///< active | suspended

  Json to_json() const;
  static Result<PeerStatement> from_json(const Json& payload);
};

/// parley/officer/1: a unit's officer was enrolled with a key. The name is never plain here: it stands as a
/// salted digest in `_sd` (disclosure name "name"), opened only to a court.
struct OfficerStatement {
  static constexpr std::string_view schema = "parley/officer/1";
  Head head;
  std::string officer;  ///< UUID; stands for the person everywhere
  std::string unit;
  crypto::PublicKey key;
  std::vector<std::string> sealed;  ///< digests of `_sd`, at least one

  Json to_json() const;
  static Result<OfficerStatement> from_json(const Json& payload);
};

/// parley/officer-revocation/1: from `created` on the officer's key signs nothing.
struct OfficerRevocation {
  static constexpr std::string_view schema = "parley/officer-revocation/1";
  Head head;
  std::string officer;
  crypto::PublicKey key;
  std::string reason;  ///< left | lost_key | compromised | other

  Json to_json() const;
  static Result<OfficerRevocation> from_json(const Json& payload);
};

}  // namespace parley::record
