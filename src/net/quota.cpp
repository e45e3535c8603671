#include "net/quota.hpp"

namespace parley::net {

PeerQuotas::Used& PeerQuotas::of(const crypto::PublicKey& peer, TimePoint now) {
  Used& used = used_[peer];
  const std::int64_t minute =
      std::chrono::duration_cast<std::chrono::minutes>(now.time_since_epoch()).count();
  if (used.minute != minute) {
    used.minute = minute;
    used.sessions = 0;
    used.bytes = 0;
  }
  return used;
}

Result<void> PeerQuotas::connect(const crypto::PublicKey& peer, TimePoint now) {
  Used& used = of(peer, now);
  if (used.connections >= limits_.connections_per_peer)
    return refuse({"quota.connections"}, "the peer has too many connections open");
  ++used.connections;
  return {};
}

void PeerQuotas::disconnect(const crypto::PublicKey& peer) {
  const auto found = used_.find(peer);
  if (found != used_.end() && found->second.connections > 0) --found->second.connections;
}

Result<void> PeerQuotas::open_session(const crypto::PublicKey& peer, TimePoint now) {
  Used& used = of(peer, now);
  if (used.sessions >= limits_.sessions_per_minute)
    return refuse({"quota.sessions"}, "the peer has opened too many sessions in this minute");
  ++used.sessions;
  return {};
}

Result<void> PeerQuotas::receive(const crypto::PublicKey& peer, std::uint64_t bytes, TimePoint now) {
  Used& used = of(peer, now);
  used.bytes += bytes;
  if (used.bytes > limits_.bytes_per_minute)
    return refuse({"quota.bytes"}, "the peer has sent too many bytes in this minute");
  return {};
}

}  // namespace parley::net
