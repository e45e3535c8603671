#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/hash.hpp"
#include "record/head.hpp"
#include "record/officer_word.hpp"

namespace parley::record {

/// What officers approve of a match, whole: any change of any member is another match.
struct MatchTerms {
  std::string match;  ///< UUID of the proposal, on this side alone
  std::string peer;   ///< log origin
  std::string role;   ///< initiator | responder
  std::string agreement;
  std::string purpose;
  std::vector<std::string> types;      ///< sorted
  std::string output;                  ///< items | size
  std::string learner;                 ///< initiator | both
  std::vector<std::string> protocols;  ///< sorted: those of which one runs
  crypto::Hash256 set_root{};          ///< of the own set
  /// Padded, since approvals go into evidence: the exact size is nobody else's, and the root binds it.
  std::uint64_t set_size_padded = 0;
  std::uint64_t peer_size_padded =
      0;  ///< the most that the peer's set holds, as proposed; 0 where it is not known
  std::string policy_version;
  Timestamp expiry;  ///< after this it may not be run

  Json to_json() const;
  /// Exactly the members of `to_json`.
  static Result<MatchTerms> from_json(const Json& value);
  /// SHA-256 of the canonical JSON: the `decision_hash` that an officer signs as `approval_message` says.
  crypto::Hash256 hash() const;
};

/// parley/match-approval/1: an officer's own signature over the terms of a match.
struct MatchApprovalStatement : OfficerWord {
  static constexpr std::string_view schema = "parley/match-approval/1";
  Head head;
  MatchTerms terms;

  bool officer_signed() const { return signed_over(terms.hash()); }
  Json to_json() const;
  static Result<MatchApprovalStatement> from_json(const Json& payload);
};

/// parley/match-charge/1: what a run, or any other question, has used up of this node's budgets. Recorded
/// before the first byte of an answer leaves.
struct MatchChargeStatement {
  static constexpr std::string_view schema = "parley/match-charge/1";
  Head head;
  std::string kind;     ///< match | lookup
  std::string subject;  ///< id of the run
  std::string counterparty;
  std::string agreement;
  std::uint64_t epoch = 0;
  std::vector<std::string> types;
  std::uint64_t amount = 0;  ///< items that the asker's messages could hold, charged to each type

  Json to_json() const;
  static Result<MatchChargeStatement> from_json(const Json& payload);
};

/// parley/head-check/1: what somebody else says of this node's log, after a restore.
struct HeadCheckStatement {
  static constexpr std::string_view schema = "parley/head-check/1";
  Head head;
  std::string by;          ///< origin of the peer or name of the witness
  std::string verdict;     ///< confirmed | set_back
  std::uint64_t seen = 0;  ///< size of the newest checkpoint of ours that it has seen
  std::uint64_t size = 0;  ///< of the log here, at that moment
  Json to_json() const;
  static Result<HeadCheckStatement> from_json(const Json& payload);
};

}  // namespace parley::record
