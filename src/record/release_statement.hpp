#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/ed25519.hpp"
#include "crypto/hash.hpp"
#include "record/head.hpp"
#include "record/officer_word.hpp"

namespace parley::record {

/// What officers approve, whole: any change of any member changes the hash and voids every approval.
struct ReleaseTerms {
  std::string release;  ///< UUID
  crypto::Hash256 package_hash{};
  std::vector<std::string> recipients;  ///< log origins, sorted, each once, at least one
  std::string agreement;                ///< agreement_id
  std::string purpose;
  std::vector<std::string> authorities;
  std::string policy_version;  ///< hash of the rules that were in force
  Timestamp expiry;            ///< after this the release may not be delivered

  Json to_json() const;
  static Result<ReleaseTerms> from_json(const Json& value);
  /// SHA-256 of the canonical JSON of `to_json` (these eight members and no others): `decision_hash` of every
  /// statement about this release.
  crypto::Hash256 hash() const;
};

/// One object that leaves, and what was taken out of it.
struct ReleaseItem {
  std::string ref;                      ///< STIX id
  std::string marking;                  ///< TLP name
  std::vector<std::string> redactions;  ///< JSON pointers that were removed
  std::vector<std::string> rules_fired;
};

/// parley/decision/1: the gate's decision on a release; officers approve its `terms`.
struct DecisionStatement {
  static constexpr std::string_view schema = "parley/decision/1";
  Head head;
  std::string act = "release";
  ReleaseTerms terms;
  std::vector<ReleaseItem> items;
  std::uint64_t not_released = 0;                ///< objects held back
  std::map<std::string, std::uint64_t> reasons;  ///< why, by rule, with counts
  std::vector<std::string> rules_fired;
  std::uint32_t approvals_needed = 2;
  bool different_units = true;
  std::string verdict;  ///< permit | needs_approval

  Json to_json() const;
  static Result<DecisionStatement> from_json(const Json& payload);
};

/// parley/approval/1: an officer's own signature over the terms of a release.
struct ApprovalStatement : OfficerWord {
  static constexpr std::string_view schema = "parley/approval/1";
  Head head;
  ReleaseTerms terms;  ///< the payload's `decision_hash` is its hash; from_json checks it

  /// Whether the signature is the officer's over this verdict and these terms.
  bool officer_signed() const { return signed_over(terms.hash()); }

  Json to_json() const;
  static Result<ApprovalStatement> from_json(const Json& payload);
};

/// parley/delivery/1: the sender hands the package over. Recorded before its first byte leaves; that it has
/// arrived is what the receipt says.
struct DeliveryStatement {
  static constexpr std::string_view schema = "parley/delivery/1";
  Head head;
  std::string release;
  std::string recipient;  ///< log origin
  std::string agreement;
  std::string purpose;
  crypto::Hash256 package_hash{};
  std::uint64_t package_size = 0;
  crypto::Hash256 decision_hash{};

  Json to_json() const;
  static Result<DeliveryStatement> from_json(const Json& payload);
};

/// parley/receipt/1: signed by the receiver's role key. Proves receipt of these bytes, not that they were
/// read.
struct ReceiptStatement {
  static constexpr std::string_view schema = "parley/receipt/1";
  Head head;
  std::string release;
  std::string sender;  ///< log origin
  std::string agreement;
  std::string purpose;
  crypto::Hash256 package_hash{};
  std::uint64_t package_size = 0;
  Timestamp received_at;
  std::vector<std::string> conditions_accepted;
  std::string receiver_checkpoint;  ///< the receiver's own checkpoint at that time, may be empty

  Json to_json() const;
  static Result<ReceiptStatement> from_json(const Json& payload);
};

}  // namespace parley::record
