#pragma once

#include <optional>
#include <string>

#include "exchange/head_guard.hpp"
#include "peer/machine.hpp"

namespace parley::exchange {

/// Two nodes tell each other the newest checkpoints that they know: each its own, and the other's as it has
/// seen it. Sequence (docs/spec/peer.md): A → B OPEN, LOG_HEADS; B → A LOG_HEADS. The asker's word counts for
/// nothing at the other side but as evidence that it was set back: only who asks is confirmed.
class HeadsInitiator final : public peer::Machine {
 public:
  /// `confirm`: whether the answer may count as a confirmation (`ledger confirm`), or only as evidence that
  /// one side was set back (before every other session).
  HeadsInitiator(Node& node, std::string peer_origin, bool confirm = true);
  Result<peer::Step> start() override;
  Result<peer::Step> on_frame(const peer::Frame& frame) override;
  peer::SessionId session() const override { return session_; }
  /// Once it is done.
  const std::optional<HeadState>& result() const { return result_; }

 private:
  Node& node_;
  std::string peer_;
  peer::SessionId session_;
  bool confirm_;
  bool asked_ = false;
  std::optional<HeadState> result_;
};

class HeadsResponder final : public peer::Machine {
 public:
  HeadsResponder(Node& node, std::string peer_origin, peer::SessionId session);
  Result<peer::Step> start() override { return peer::Step{}; }
  Result<peer::Step> on_frame(const peer::Frame& frame) override;
  peer::SessionId session() const override { return session_; }

 private:
  Node& node_;
  std::string peer_;
  peer::SessionId session_;
  bool over_ = false;
};

}  // namespace parley::exchange
