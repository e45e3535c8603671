#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/hash.hpp"
#include "exchange/package_stream.hpp"
#include "exchange/received_release.hpp"
#include "exchange/release_book.hpp"
#include "exchange/release_store.hpp"
#include "intel/warninglist.hpp"
#include "peer/machine.hpp"

namespace parley::exchange {

/// Most approvals that one delivery carries.
inline constexpr std::size_t max_delivered_approvals = 16;

/// Delivers one approved release: OPEN, STATEMENT(decision), STATEMENT(approval) for each, PACKAGE chunks,
/// PACKAGE_END, and waits for STATEMENT(receipt). Everything is checked again at `start`, and the package
/// passes the gate as the bytes that it is; a release that was delivered is not sent twice.
///
/// Crash story: the statement parley/delivery/1 is in the ledger, and the state says attempted, before the
/// first byte leaves; the receipt is recorded before the state says delivered. A sender that died in between,
/// or came back from an old backup, asks again under the same statement; the receiver answers a release that
/// it has with the receipt that it gave.
class ReleaseSender final : public peer::Machine {
 public:
  ReleaseSender(Node& node, std::string release_id);
  Result<peer::Step> start() override;
  Result<peer::Step> on_frame(const peer::Frame& frame) override;
  Result<peer::Step> resume() override;
  /// Once anything has left, a session that fails stands in the ledger as an abort.
  void on_abort(const Error& reason) override;
  peer::SessionId session() const override { return session_; }

  /// After `done`: the delivered release with its receipt.
  const std::optional<Release>& result() const { return result_; }

 private:
  enum class Phase { fresh, sending, waiting, over };

  Node* node_;
  std::string release_;
  PackageQuestion act_;
  peer::SessionId session_;
  Phase phase_ = Phase::fresh;
  bool announced_ = false;                // the ledger says that it leaves
  std::optional<PackageStream> package_;  // what the gate cleared
  std::optional<Release> result_;
};

/// Takes in a release: checks the decision's signature, recipient, agreement in force here, purpose, expiry
/// and clock, the package hash; stores the objects with the peer as their source, records and returns the
/// receipt. A second delivery of the same release with the same package gets the same receipt; with another
/// package it is refused.
class ReleaseReceiver final : public peer::Machine {
 public:
  /// `warninglists` hold known false positives back from later matches; borrowed, may be null.
  ReleaseReceiver(Node& node, std::string peer_origin, peer::SessionId session,
                  const intel::WarninglistSet* warninglists = nullptr);
  Result<peer::Step> start() override;
  Result<peer::Step> on_frame(const peer::Frame& frame) override;
  /// Stores what arrived, piece by piece.
  Result<peer::Step> resume() override;
  peer::SessionId session() const override { return session_; }

  /// After `done`.
  const std::optional<ReceivedRelease>& result() const { return result_; }

 private:
  Result<void> take_statement(std::string_view jws);
  Result<peer::Step> begin_intake(BytesView announced_hash);

  Node* node_;
  std::string peer_;
  peer::SessionId session_;
  const intel::WarninglistSet* warninglists_;
  std::string decision_jws_;
  std::vector<std::string> approvals_;
  Bytes package_;
  bool over_ = false;
  intel::WarninglistSet no_lists_;
  std::optional<DeliveryIntake> intake_;
  std::optional<ReceivedRelease> result_;
};

}  // namespace parley::exchange
