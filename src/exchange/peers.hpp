#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/ed25519.hpp"
#include "exchange/node.hpp"

namespace parley::exchange {

enum class PeerStatus { active, suspended };

/// A pinned peer: what its invitation said when an operator accepted it by hand.
struct PeerRecord {
  std::string name;
  std::string origin;  ///< origin of the peer's log; the peer's identity everywhere
  std::string kind;
  std::string jurisdiction;
  std::string address;  ///< host:port of its peer listener
  crypto::PublicKey role_key;
  crypto::PublicKey tls_key;
  std::string log_vkey;     ///< C2SP signed-note verifier key of its log
  std::string fingerprint;  ///< what the operators read aloud
  Bytes pairing_secret;     ///< 32 bytes, carried by hand in its invitation
  Bytes own_secret;         ///< 32 bytes, in the invitation that this node made for it; empty before
  PeerStatus status = PeerStatus::active;
  bool suspended_there = false;  ///< the peer has told that it has suspended this node
  Timestamp accepted;
};

/// Pins a peer (statement parley/peer/1 in the ledger). An origin, a name or a key that is already pinned to
/// somebody else is refused; accepting the same invitation again changes nothing.
Result<PeerRecord> pin_peer(Node& node, PeerRecord peer);

/// By name or origin.
Result<PeerRecord> find_peer(Node& node, std::string_view name_or_origin);
/// By the key that its TLS certificate must carry.
Result<PeerRecord> find_peer_by_tls_key(Node& node, const crypto::PublicKey& key);
Result<std::vector<PeerRecord>> list_peers(Node& node);

/// What the peer has told of its own side.
Result<void> note_suspended_there(Node& node, std::string_view origin, bool suspended);

/// Anyone may suspend; every act with the peer stops at the next message.
Result<PeerRecord> set_peer_status(Node& node, std::string_view name_or_origin, PeerStatus status);

}  // namespace parley::exchange
