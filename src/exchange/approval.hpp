#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/entropy.hpp"
#include "base/time.hpp"
#include "crypto/ed25519.hpp"
#include "encoding/json.hpp"
#include "exchange/approval_rules.hpp"
#include "exchange/release_book.hpp"
#include "record/lookup_terms.hpp"
#include "record/match_terms.hpp"

namespace parley::exchange {

/// What an officer is asked to sign. The command line fetches it from the node, signs with the officer's own
/// key, which the node never sees, and hands the answer back.
struct ApprovalRequest {
  std::string officer;  ///< id, as enrolled
  std::string unit;
  record::ReleaseTerms terms;
  std::optional<record::MatchTerms> match;         ///< instead of `terms`, when it is about a match
  std::optional<record::LookupTerms> lookup = {};  ///< or about a set for look-ups

  /// The hash that the officer signs, and the id of what it is about.
  crypto::Hash256 decision_hash() const;
  std::string subject() const;

  encoding::Json to_json() const;
  static Result<ApprovalRequest> from_json(const encoding::Json& json);
};

/// The request for one officer (by name or id) and one release. Refused with the rule when this officer's
/// signature could not count: revoked, signed already, unit not needed, release void or expired.
Result<ApprovalRequest> request_approval(Node& node, std::string_view release, std::string_view officer);

/// The officer's answer: a signature over `record::approval_message` (or `rejection_message`) of the hash of
/// the terms, with what it belongs to, as JSON text. Needs no node.
Result<std::string> sign_approval(const ApprovalRequest& request, Verdict verdict,
                                  const crypto::SigningKey& officer_key, Clock& clock, Entropy& entropy);

/// Counts an officer's answer. Refused, with the rule: unknown or revoked officer, wrong signature, the same
/// person or key twice, a unit that does not count or counted already, other terms than those that are
/// stored, a clock off by more than `policy::clock_skew_limit`, and everything that voids the decision
/// (policy or agreement changed, expired). A `reject` ends the release. Recorded in the ledger as
/// parley/approval/1.
Result<Release> submit_approval(Node& node, std::string_view answer);

/// Whether a release may be delivered, but for its officers: state, hash, time, rules and agreement.
Result<void> check_release(Node& node, const Release& release);

/// Whether enough officers have signed, each again by signature, enrolment and unit; revoked ones do not
/// count.
Result<void> check_approvals(Node& node, const Release& release, const policy::Approvals& needs);

}  // namespace parley::exchange
