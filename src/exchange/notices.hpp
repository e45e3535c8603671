#pragma once

#include <string>
#include <string_view>

#include "exchange/agreement_book.hpp"
#include "exchange/peers.hpp"
#include "peer/machine.hpp"

namespace parley::exchange {

/// Notices that one peer may leave in the ledger on one day.
inline constexpr std::int64_t max_notices_per_day = 100;

/// Signs and records parley/peer-suspension/1: that this node has stopped, or taken up again, everything with
/// a peer. For the peer, as a courtesy; the node's own state changes by `set_peer_status`.
Result<std::string> make_peer_notice(Node& node, const PeerRecord& peer);

/// Takes in a peer's notice: that it has suspended or resumed an agreement, or this node. Signed by its role
/// key, about what both share, and each once: one that is in the ledger already changes nothing.
/// A peer's suspension of an agreement suspends it here too; its resumption counts as its half of one.
Result<void> receive_notice(Node& node, std::string_view peer_origin, std::string_view jws);

/// Carries one signed notice to a peer: OPEN of an agreement session, STATEMENT -> STATEMENT with an empty
/// body.
class NoticeSender final : public peer::Machine {
 public:
  NoticeSender(Node& node, std::string jws);
  Result<peer::Step> start() override;
  Result<peer::Step> on_frame(const peer::Frame& frame) override;
  peer::SessionId session() const override { return session_; }

 private:
  std::string jws_;
  peer::SessionId session_;
  enum class Phase { fresh, waiting, over } phase_ = Phase::fresh;
};

}  // namespace parley::exchange
