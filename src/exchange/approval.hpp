#pragma once

#include <string>
#include <string_view>

#include "base/entropy.hpp"
#include "base/time.hpp"
#include "crypto/ed25519.hpp"
#include "encoding/json.hpp"
#include "exchange/release_book.hpp"

namespace parley::exchange {

/// What an officer is asked to sign. The command line fetches it from the node, signs with the officer's own
/// key, which the node never sees, and hands the statement back.
struct ApprovalRequest {
  std::string node;     ///< origin of the officer's node
  std::string officer;  ///< id, as enrolled
  std::string unit;
  record::ReleaseTerms terms;

  encoding::Json to_json() const;
  static Result<ApprovalRequest> from_json(const encoding::Json& json);
};

enum class Verdict { approve, reject };

/// The request for one officer (by name) and one release. Refused with the rule when this officer's signature
/// could not count: revoked, signed already, unit not needed, release void or expired.
Result<ApprovalRequest> request_approval(Node& node, std::string_view release, std::string_view officer);

/// The officer's statement parley/approval/1: compact JWS under the officer's key. Needs no node.
Result<std::string> sign_approval(const ApprovalRequest& request, Verdict verdict,
                                  const crypto::SigningKey& officer_key, Clock& clock, Entropy& entropy);

/// Counts an officer's statement. Refused, with the rule: unknown or revoked officer, wrong signature, the
/// same person or key twice, a unit that does not count or counted already, other terms than those that are
/// stored, a clock off by more than `policy::clock_skew_limit`, and everything that voids the decision
/// (policy or agreement changed, expired). A `reject` ends the release. Recorded in the ledger.
Result<Release> submit_approval(Node& node, std::string_view approval_jws);

}  // namespace parley::exchange
