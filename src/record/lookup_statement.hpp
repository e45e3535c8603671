#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/hash.hpp"
#include "record/head.hpp"

namespace parley::record {

/// parley/lookup-set/1: a node built the set of one peer, agreement, purpose and epoch under a new key.
/// Whoever holds it can show that two askers, or one twice, were answered under different keys.
struct LookupSetStatement {
  static constexpr std::string_view schema = "parley/lookup-set/1";
  Head head;
  std::string counterparty;  ///< origin of the peer that may ask
  std::string agreement;     ///< agreement_id
  std::string purpose;
  std::uint64_t epoch = 0;     ///< days since 1970-01-01, UTC
  std::uint64_t sequence = 1;  ///< of this epoch; above 1 when the rules changed after a set was built
  std::vector<std::string> types;
  std::string selector_version;
  std::uint64_t items = 0;  ///< padded
  bool labels = false;
  crypto::Hash256 public_key{};  ///< of the VOPRF: 32 bytes, an encoded element
  crypto::Hash256 set_root{};    ///< commitment to the items, which officers approve and leaves are opened of
  crypto::Hash256 set_hash{};    ///< SHA-256 of the set's file
  std::uint64_t set_bytes = 0;
  std::string policy_version;  ///< the rules that let the items in

  Json to_json() const;
  static Result<LookupSetStatement> from_json(const Json& payload);
};

/// parley/lookup/1: one side's record of one batch: how many, never what. The asker signs its own before it
/// asks, the asked one before it answers.
struct LookupStatement {
  static constexpr std::string_view schema = "parley/lookup/1";
  Head head;
  std::string session;       ///< UUID, the same on both sides
  std::string counterparty;  ///< origin of the other side
  std::string role;          ///< initiator | responder
  std::string agreement;     ///< agreement_id
  std::string purpose;
  std::uint64_t epoch = 0;
  std::uint64_t lookups = 0;  ///< evaluations
  crypto::Hash256 set_hash{};
  crypto::Hash256 public_key{};
  crypto::Hash256 ask_hash{};         ///< SHA-256 of the question that opened the session
  crypto::Hash256 query_hash{};       ///< SHA-256 of the blinded elements
  crypto::Hash256 transcript_hash{};  ///< responder: over set, query and answer; zeros in the initiator's
  std::uint64_t budget_before = 0;    ///< look-ups left today under the agreement
  std::uint64_t budget_after = 0;
  std::string leak_statement;

  Json to_json() const;
  static Result<LookupStatement> from_json(const Json& payload);
};

}  // namespace parley::record
