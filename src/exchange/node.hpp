#pragma once

#include <string>

#include "base/entropy.hpp"
#include "base/parallel.hpp"
#include "base/time.hpp"
#include "crypto/ed25519.hpp"
#include "encoding/json.hpp"

namespace parley::state {
class Store;
}
namespace parley::ledger {
class Ledger;
}
namespace parley::policy {
class Policy;
}

namespace parley::exchange {

/// Who this node is; written by `init` and never changed.
struct Identity {
  std::string name;          ///< as people know it, "CERT Alpha"
  std::string kind;          ///< national_cert, isac, vendor, bank, fiu, police, …
  std::string jurisdiction;  ///< ISO 3166-1 alpha-2
  std::string origin;        ///< origin of the node's log (C2SP tlog-checkpoint), names the node everywhere
};

/// The node's three keys, each for one use.
struct Keys {
  crypto::SigningKey role;  ///< signs statements
  crypto::SigningKey log;   ///< signs checkpoints
  crypto::SigningKey tls;   ///< proves the node on the wire
};

/// A statement that is in the ledger.
struct Recorded {
  std::string id;           ///< the payload's `id`
  std::string jws;          ///< compact JWS
  ByteArray<32> opening{};  ///< opens the leaf's commitment; destroyed to erase
  std::uint64_t index = 0;  ///< leaf index
  std::string kind;         ///< schema of the payload, "parley/match/1"
};

/// Everything that a use case needs, and nothing that touches a socket, a thread or the wall clock. One owner
/// at a time: `net` runs every command and every step of a session on one strand, so nothing here locks.
///
/// The parts are owned by whoever opened the home and outlive the node.
class Node {
 public:
  struct Parts {
    state::Store& store;
    ledger::Ledger& ledger;
    Clock& clock;
    Entropy& entropy;
    Parallel& parallel;
  };

  Node(Identity identity, Keys keys, const policy::Policy& policy, std::string home, Parts parts)
      : identity_(std::move(identity)),
        keys_(std::move(keys)),
        policy_(&policy),
        home_(std::move(home)),
        parts_(parts) {}
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const Identity& identity() const { return identity_; }
  const Keys& keys() const { return keys_; }
  /// The rules in force; a policy that failed to load is one that denies everything.
  const policy::Policy& policy() const { return *policy_; }
  /// Puts other rules in force; the caller keeps `policy` alive.
  void set_policy(const policy::Policy& policy) { policy_ = &policy; }
  /// The home directory; empty for a node that lives in memory.
  const std::string& home() const { return home_; }
  state::Store& store() { return parts_.store; }
  ledger::Ledger& ledger() { return parts_.ledger; }
  Clock& clock() { return parts_.clock; }
  Entropy& entropy() { return parts_.entropy; }
  Parallel& parallel() { return parts_.parallel; }

  /// Goes up whenever somebody defines a TAXII collection or caller anew.
  std::uint64_t definitions() const { return definitions_; }
  void note_definitions() { ++definitions_; }

  /// Members that every payload begins with: `schema`, a fresh `id`, `node` (own origin), `created` (now).
  encoding::Json new_payload(std::string schema);

 private:
  Identity identity_;
  Keys keys_;
  const policy::Policy* policy_;
  std::string home_;
  Parts parts_;
  std::uint64_t definitions_ = 0;
};

}  // namespace parley::exchange
