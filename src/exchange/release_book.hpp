#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/ed25519.hpp"
#include "exchange/gate.hpp"
#include "exchange/node.hpp"
#include "exchange/package.hpp"
#include "policy/policy.hpp"
#include "record/release_statement.hpp"

namespace parley::exchange {

/// proposed -> approved -> attempted -> delivered, or one of the ends: rejected (an officer said no), void
/// (something changed after the proposal), expired. From `attempted` on the package may be with the peer,
/// which nothing takes back: it never turns void, but what would void it keeps it from being sent again.
enum class ReleaseState { proposed, approved, attempted, delivered, rejected, voided, expired };
std::string_view release_state_name(ReleaseState state);

struct ReleaseQuestion {
  std::string peer;       ///< name or origin
  std::string agreement;  ///< id, hash or unique beginning of the hash
  std::string purpose;
  std::vector<std::string> objects;  ///< STIX ids, or canonical selectors "domain-name:example.org"
  std::chrono::hours valid_for{72};  ///< until the decision expires; never past the agreement
};

using ReleaseItem = PackageItem;

/// What would leave, what stays behind and why. Nothing is stored or sent.
struct ReleasePreview {
  std::string package;  ///< the exact bytes
  crypto::Hash256 package_hash{};
  std::vector<ReleaseItem> leaves;
  std::vector<Removed> removed;
  policy::Decision decision;
};

/// One officer's yes, as it is kept and delivered.
struct ReleaseApproval {
  std::string officer;  ///< id, as enrolled; stands for the person
  std::string unit;
  crypto::PublicKey key;
  Timestamp at;
  std::string jws;  ///< statement parley/approval/1, signed by the officer
};

struct Release {
  std::string id;
  ReleaseState state = ReleaseState::proposed;
  std::string why_rule;  ///< for rejected, void and expired: the rule
  std::string why;       ///< and in words
  std::string peer_origin;
  record::ReleaseTerms terms;  ///< what officers sign
  policy::Approvals needs;
  std::vector<ReleaseItem> leaves;
  std::vector<Removed> removed;
  std::vector<ReleaseApproval> approvals;
  std::string package;       ///< the exact bytes
  std::string decision_jws;  ///< recorded statement parley/decision/1
  std::string receipt_jws;   ///< the peer's, once delivered
  std::string delivery_jws;  ///< own statement of the delivery, recorded before the first byte leaves
  Timestamp created;
};

/// Builds the package and asks the gate. A refusal is an error of kind `refused` with the rules.
Result<ReleasePreview> preview_release(Node& node, const ReleaseQuestion& question);

/// The same, then stores the package and records the decision. Approved at once when the policy needs nobody.
Result<Release> propose_release(Node& node, const ReleaseQuestion& question);

/// By id. Brings the state up to date first: expired, or void because the policy, the agreement or an officer
/// changed since.
Result<Release> find_release(Node& node, std::string_view id);
/// Newest first, without their packages.
Result<std::vector<Release>> list_releases(Node& node);

}  // namespace parley::exchange
