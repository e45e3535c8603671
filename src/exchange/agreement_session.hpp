#pragma once

#include <memory>
#include <optional>
#include <string>

#include "exchange/agreement_book.hpp"
#include "peer/machine.hpp"

namespace parley::exchange {

/// Carries our signature on an agreement to the peer, and the peer's back when it has signed already:
/// OPEN, STATEMENT(ours) -> STATEMENT(theirs) or STATEMENT with an empty body (not signed there yet).
/// Run it from either side: from the drafter to deliver, from the other to send back its signature.
class AgreementSender final : public peer::Machine {
 public:
  /// `agreement` is a UUID or hash; it must be signed here.
  AgreementSender(Node& node, std::string peer_origin, std::string agreement);
  Result<peer::Step> start() override;
  Result<peer::Step> on_frame(const peer::Frame& frame) override;
  peer::SessionId session() const override { return session_; }

  /// After `done`: the agreement as it stands now.
  const std::optional<AgreementEntry>& result() const { return result_; }

 private:
  Node* node_;
  std::string peer_;
  std::string agreement_;
  peer::SessionId session_;
  std::optional<AgreementEntry> result_;
  enum class Phase { fresh, waiting, over } phase_ = Phase::fresh;
};

/// The side that is called: takes a signature on an agreement, or a notice (notices.hpp). Made by the driver
/// after it has read the OPEN frame.
class AgreementReceiver final : public peer::Machine {
 public:
  AgreementReceiver(Node& node, std::string peer_origin, peer::SessionId session);
  Result<peer::Step> start() override;
  Result<peer::Step> on_frame(const peer::Frame& frame) override;
  peer::SessionId session() const override { return session_; }
  const std::optional<AgreementEntry>& result() const { return result_; }

 private:
  Node* node_;
  std::string peer_;
  peer::SessionId session_;
  std::optional<AgreementEntry> result_;
  bool over_ = false;
};

}  // namespace parley::exchange
