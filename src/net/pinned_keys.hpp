#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "crypto/ed25519.hpp"

namespace parley::net {

/// The TLS keys that the peer listener lets through its handshake: those of the active peers. The
/// verification callback of TLS reads it on the IO thread, so it is the one piece of the peer list that lives
/// outside the node thread; whoever changes a peer's status writes it here as well. It is a first door only:
/// `ChannelSettings::admit` decides again, from the store, before every message.
///
/// Thread-safe.
class PinnedKeys {
 public:
  void replace(const std::vector<crypto::PublicKey>& keys);
  void add(const crypto::PublicKey& key);
  void remove(const crypto::PublicKey& key);
  /// Exactly these 32 bytes.
  bool contains(const crypto::PublicKey& key) const;

 private:
  mutable std::mutex mutex_;
  std::set<crypto::PublicKey> keys_;
};

}  // namespace parley::net
