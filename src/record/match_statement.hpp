#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/hash.hpp"
#include "record/head.hpp"

namespace parley::record {

/// parley/match/1: one side's record of one run. Both sides sign one each; offer and transcript hashes are
/// equal.
struct MatchStatement {
  static constexpr std::string_view schema = "parley/match/1";
  Head head;
  std::string run;           ///< UUID, the same on both sides
  std::string counterparty;  ///< origin of the other side
  std::string role;          ///< initiator | responder
  std::string agreement;     ///< agreement_id
  std::string purpose;
  std::uint64_t epoch = 0;
  std::vector<std::string> types;
  std::string selector_version;       ///< "selector/1"
  std::string output;                 ///< items | size
  std::string learner = "initiator";  ///< initiator | both
  std::string protocol;
  std::string security;  ///< semi-honest | malicious
  std::uint64_t set_size_padded = 0;
  std::uint64_t peer_set_size_padded = 0;
  crypto::Hash256 set_commitment{};       ///< own set root
  crypto::Hash256 peer_set_commitment{};  ///< the other side's
  crypto::Hash256 offer_hash{};           ///< SHA-256 of the offer that both signed
  crypto::Hash256 transcript_hash{};
  crypto::Hash256 outgoing_hash{};  ///< over own messages: what a replay recomputes
  std::uint64_t budget_before = 0;
  std::uint64_t budget_after = 0;
  std::string leak_statement;       ///< what was printed before the run
  std::vector<std::string> sealed;  ///< digests of `_sd`; the learner puts its number of hits there ("hits")

  Json to_json() const;
  static Result<MatchStatement> from_json(const Json& payload);
};

/// parley/abort/1: a session ended without a result. One uniform form: it never says why.
struct AbortStatement {
  static constexpr std::string_view schema = "parley/abort/1";
  Head head;
  std::string session;  ///< UUID or hex of the session
  std::string counterparty;
  std::string kind;  ///< hello | agreement | match | lookup | release | heads

  Json to_json() const;
  static Result<AbortStatement> from_json(const Json& payload);
};

/// parley/refusal/1: the gate said no. Rules by name; for the node's own ledger, not sent to the peer.
struct RefusalStatement {
  static constexpr std::string_view schema = "parley/refusal/1";
  Head head;
  std::string act;      ///< match | lookup | release | agreement
  std::string subject;  ///< id of the run, release or agreement
  std::string counterparty;
  std::vector<std::string> rules;
  std::string policy_version;

  Json to_json() const;
  static Result<RefusalStatement> from_json(const Json& payload);
};

}  // namespace parley::record
