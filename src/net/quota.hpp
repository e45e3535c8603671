#pragma once

// What one peer may use up. For the sources of `net` alone; on the IO thread.

#include <chrono>
#include <cstdint>
#include <map>

#include "crypto/ed25519.hpp"
#include "net/channel.hpp"

namespace parley::net {

/// Counts connections, sessions and bytes of each peer. Sessions and bytes are counted by the minute (a
/// fresh count each minute, so at most twice the limit in any sixty seconds).
class PeerQuotas {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  explicit PeerQuotas(const ChannelLimits& limits) : limits_(limits) {}

  /// `refused` with rule `quota.…` when the peer has used up its share.
  Result<void> connect(const crypto::PublicKey& peer, TimePoint now);
  void disconnect(const crypto::PublicKey& peer);
  Result<void> open_session(const crypto::PublicKey& peer, TimePoint now);
  Result<void> receive(const crypto::PublicKey& peer, std::uint64_t bytes, TimePoint now);

 private:
  struct Used {
    std::size_t connections = 0;
    std::int64_t minute = 0;
    std::uint64_t sessions = 0;
    std::uint64_t bytes = 0;
  };
  Used& of(const crypto::PublicKey& peer, TimePoint now);

  ChannelLimits limits_;
  std::map<crypto::PublicKey, Used> used_;  // pinned keys only, so bounded by the peer list
};

}  // namespace parley::net
