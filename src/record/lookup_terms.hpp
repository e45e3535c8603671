#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/ed25519.hpp"
#include "crypto/hash.hpp"
#include "record/head.hpp"

namespace parley::record {

/// What officers approve before a set for look-ups is built, whole: any change of any member is another set.
struct LookupTerms {
  std::string set;   ///< UUID of the proposal, on this side alone
  std::string peer;  ///< log origin of the one that may ask
  std::string agreement;
  std::string purpose;
  std::uint64_t epoch = 0;         ///< the day that it is for: days since 1970-01-01, UTC
  std::vector<std::string> types;  ///< sorted
  bool labels = false;             ///< whether a hit shows where to ask further
  crypto::Hash256 set_root{};
  std::uint64_t set_size = 0;         ///< its items, dummies not counted
  std::uint64_t items = 0;            ///< padded: what the peer is told
  std::uint64_t lookups_per_day = 0;  ///< that the agreement allows
  std::string leak_statement;         ///< what officers have read
  std::string policy_version;
  Timestamp expiry;  ///< after this it may not be built

  Json to_json() const;
  /// Exactly the members of `to_json`.
  static Result<LookupTerms> from_json(const Json& value);
  /// SHA-256 of the canonical JSON: the `decision_hash` that an officer signs as `approval_message` says.
  crypto::Hash256 hash() const;
};

/// parley/lookup-approval/1: an officer's own signature over the terms of a set for look-ups.
struct LookupApprovalStatement {
  static constexpr std::string_view schema = "parley/lookup-approval/1";
  Head head;
  std::string officer;  ///< as enrolled
  std::string unit;
  crypto::PublicKey key;
  std::string verdict = "approve";  ///< approve | reject
  LookupTerms terms;
  crypto::Signature signature;

  bool officer_signed() const;
  Json to_json() const;
  static Result<LookupApprovalStatement> from_json(const Json& payload);
};

/// parley/lookup-set-retired/1: a set that is answered no more before its day is over; its key is erased.
struct LookupSetRetiredStatement {
  static constexpr std::string_view schema = "parley/lookup-set-retired/1";
  Head head;
  std::string counterparty;
  std::string agreement;
  std::string purpose;
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 1;
  crypto::Hash256 set_hash{};
  std::string rule;  ///< why, by the name of a rule

  Json to_json() const;
  static Result<LookupSetRetiredStatement> from_json(const Json& payload);
};

}  // namespace parley::record
