#pragma once

#include <optional>
#include <string>

#include "crypto/hash.hpp"
#include "exchange/release_book.hpp"
#include "peer/machine.hpp"

namespace parley::exchange {

/// The largest package that is delivered or taken in.
inline constexpr std::size_t max_package_bytes = std::size_t{16} << 20;

/// Delivers one approved release: OPEN, STATEMENT(decision), STATEMENT(approval) for each, PACKAGE chunks,
/// PACKAGE_END, and waits for STATEMENT(receipt). Everything is checked again at `start`, and the package
/// passes the gate as the bytes that it is; a release that was delivered is not sent twice.
///
/// Crash story: the receipt is recorded before the state says delivered. A sender that died in between asks
/// again; the receiver answers a release that it has with the receipt that it gave.
class ReleaseSender final : public peer::Machine {
 public:
  ReleaseSender(Node& node, std::string release_id);
  Result<peer::Step> start() override;
  Result<peer::Step> on_frame(const peer::Frame& frame) override;
  Result<peer::Step> resume() override;
  peer::SessionId session() const override { return session_; }

  /// After `done`: the delivered release with its receipt.
  const std::optional<Release>& result() const { return result_; }

 private:
  Node* node_;
  std::string release_;
  peer::SessionId session_;
  Bytes package_;  // what the gate cleared, not yet sent from sent_ on
  std::size_t sent_ = 0;
  bool all_sent_ = false;
  std::optional<Release> result_;
};

/// A release that this node received.
struct ReceivedRelease {
  std::string id;
  std::string peer_origin;
  crypto::Hash256 package_hash{};
  std::string agreement;
  std::string purpose;
  Timestamp received;
  std::uint64_t objects = 0;
  std::string decision_jws;
  std::string receipt_jws;
};

Result<std::vector<ReceivedRelease>> list_received(Node& node);
Result<ReceivedRelease> find_received(Node& node, std::string_view release_id);

/// Takes in a release: checks the decision's signature, recipient, agreement in force here, purpose, expiry
/// and clock, the package hash; stores the objects with the peer as their source, records and returns the
/// receipt. A second delivery of the same release with the same package gets the same receipt; with another
/// package it is refused.
class ReleaseReceiver final : public peer::Machine {
 public:
  ReleaseReceiver(Node& node, std::string peer_origin, peer::SessionId session);
  Result<peer::Step> start() override;
  Result<peer::Step> on_frame(const peer::Frame& frame) override;
  peer::SessionId session() const override { return session_; }
  const std::optional<ReceivedRelease>& result() const { return result_; }

 private:
  Node* node_;
  std::string peer_;
  peer::SessionId session_;
  std::string decision_jws_;
  std::vector<std::string> approvals_;
  Bytes package_;
  std::optional<ReceivedRelease> result_;
};

}  // namespace parley::exchange
