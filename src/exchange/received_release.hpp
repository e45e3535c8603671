#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/hash.hpp"
#include "exchange/node.hpp"
#include "intel/warninglist.hpp"

namespace parley::exchange {

/// A release that this node received.
struct ReceivedRelease {
  std::string id;
  std::string peer_origin;
  crypto::Hash256 package_hash{};
  std::string agreement;
  std::string purpose;
  Timestamp received;
  std::uint64_t objects = 0;   ///< items of the package
  std::uint64_t rejected = 0;  ///< of these, what could not be stored
  std::string decision_jws;
  std::vector<std::string> approvals;
  std::string receipt_jws;
};

/// Newest first.
Result<std::vector<ReceivedRelease>> list_received(Node& node);
Result<ReceivedRelease> find_received(Node& node, std::string_view release_id);

/// What a delivery consists of.
struct Delivery {
  std::string peer_origin;
  std::string decision_jws;
  std::vector<std::string> approvals;
  Bytes package;
};

/// Takes a delivery in, in turns: `begin`, `step` until it says so, `finish`.
///
/// `begin` checks a delivery against what this node knows (decision signed by the peer for this node,
/// agreement in force here, purpose, expiry and clock, package hash, the approvals that the decision calls
/// for), stores the objects, records and returns the receipt. The same delivery again returns the same
/// receipt and stores nothing; another package under the same release id is refused.
///
/// Crash story: objects first, then the receipt in the ledger, then the note that it was received. A crash in
/// between makes the sender ask again, which changes nothing about the objects and gives a fresh receipt.
class DeliveryIntake {
 public:
  /// `warninglists` is borrowed.
  static Result<DeliveryIntake> begin(Node& node, Delivery delivery,
                                      const intel::WarninglistSet& warninglists);
  DeliveryIntake(DeliveryIntake&&) noexcept;
  DeliveryIntake& operator=(DeliveryIntake&&) noexcept;
  ~DeliveryIntake();

  /// Stores one more piece of the package, some 100 ms of work; true when nothing is left.
  Result<bool> step();
  Result<ReceivedRelease> finish();

 private:
  struct State;
  explicit DeliveryIntake(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::exchange
