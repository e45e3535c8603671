#pragma once

#include <span>

#include "exchange/officer.hpp"
#include "exchange/release_book.hpp"
#include "policy/policy.hpp"

namespace parley::exchange {

/// One officer's yes, whatever it is about.
using Approval = ReleaseApproval;

/// Whether this officer's yes could still count beside those that were given: `officer-revoked`,
/// `unit-not-needed`, `same-person-twice`, `same-unit-twice`.
Result<void> check_officer(const policy::Approvals& needs, std::span<const Approval> given,
                           const Officer& officer);

/// Whether this officer may say no: whoever is enrolled and not revoked (`officer-revoked`), also one who
/// said yes before, or whose yes would not count. Stopping takes nobody's consent.
Result<void> check_objector(const Officer& officer);

/// An officer's answer as it comes back from the officer's own process.
enum class Verdict { approve, reject };
struct OfficerAnswer {
  std::string subject;  ///< id of what it is about
  bool of_match = false;
  bool of_lookup = false;  ///< about a set for look-ups
  std::string officer;
  Verdict verdict = Verdict::approve;
  crypto::Hash256 decision_hash{};
  crypto::Signature signature;
  Timestamp at;
};
Result<OfficerAnswer> parse_officer_answer(std::string_view text);

/// The signature against the decision that is stored and the officer who is enrolled, and both clocks:
/// `decision-changed`, `officer-signature`, `clock-skew`.
Result<void> check_answer(const OfficerAnswer& answer, const crypto::Hash256& decision_hash,
                          const Officer& officer, Timestamp created, Timestamp now);

}  // namespace parley::exchange
