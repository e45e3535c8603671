#include "housekeeping.hpp"

#include "exchange/heads_session.hpp"
#include "exchange/peers.hpp"

namespace parley::app {

namespace {

constexpr std::chrono::hours tidy_every{1};

}  // namespace

void Housekeeping::begin() {
  ask_heads();
  tidy();
}

void Housekeeping::ask_heads() {
  const auto peers = exchange::list_peers(service_.node());
  if (!peers) return;
  for (const exchange::PeerRecord& peer : *peers) {
    if (peer.status != exchange::PeerStatus::active) continue;
    const net::MachineFactory ask =
        [this, origin = peer.origin](const net::SessionContext&) -> Result<std::shared_ptr<peer::Machine>> {
      return std::make_shared<exchange::HeadsInitiator>(service_.node(), origin, false);
    };
    // A peer that is away says nothing; it is asked again before every act with it.
    service_.call_peer(peer, ask, [](const Result<net::Outcome>&) {});
  }
}

void Housekeeping::tidy() {
  // What fails now is tried again in an hour, and at the next start.
  static_cast<void>(service_.home().tidy());
  later_.set(tidy_every, [this] { tidy(); });
}

}  // namespace parley::app
