#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/ed25519.hpp"
#include "record/head.hpp"

namespace parley::record {

struct AgreementParty {
  std::string origin;  ///< log origin of the node: its identity
  std::string name;
  std::string kind;
  std::string jurisdiction;
  crypto::PublicKey role_key;  ///< the key that signs for it under this agreement
  std::string authority;       ///< the law or mandate that the party acts under, in words
};

/// What may be matched, how, and how often.
struct MatchPolicy {
  std::vector<std::string> types;  ///< selector types, sorted, each once
  std::string output = "items";    ///< items | size: the most that a match may show
  std::string learner = "one";  ///< one: the initiator of a run learns, the responder does not; both: a run
                                ///< may let both learn
  std::uint64_t min_set = 1;    ///< items; smaller sets are refused
  std::uint64_t max_set = 1 << 20;  ///< items; larger sets are refused
  std::uint64_t runs_per_day = 1;   ///< `budgets.per_day`: runs of each initiator in a UTC day
  std::uint64_t items_per_day =
      0;  ///< `budgets.items_per_day`: own items asked in a UTC day; 0: no limit of its own
  std::uint32_t audit_days = 30;  ///< how long seed and messages of a run are kept for an audit
};

/// Private look-ups (docs/spec/lookup.md), for an agreement that allows them. Types, `min_set`, `max_set` and
/// `audit_days` are those of matches, whose output must be `items`.
struct LookupPolicy {
  std::uint64_t per_day = 1;  ///< values that each side may ask in a UTC day
  bool labels = false;        ///< a hit shows where to ask further, and how that is marked
};

/// parley/agreement/1: two nodes agree on purposes and limits. Both role keys sign the same payload bytes;
/// `node` is the party that drafted it. Its name everywhere is `agreement_id`: SHA-256 of the canonical
/// payload.
struct AgreementStatement {
  static constexpr std::string_view schema = "parley/agreement/1";
  Head head;
  std::array<AgreementParty, 2> parties;  ///< drafter first
  std::vector<std::string> purposes;      ///< codes, sorted, each once, at least one
  MatchPolicy match_policy;
  std::optional<LookupPolicy> lookup_policy;  ///< none: no look-ups
  std::string onward = "deny";                ///< deny | ask | allow
  std::uint32_t retention_days = 365;
  Timestamp valid_from;
  Timestamp valid_to;  ///< exclusive

  Json to_json() const;
  static Result<AgreementStatement> from_json(const Json& payload);

  /// valid_from <= at < valid_to.
  bool in_force(Timestamp at) const { return valid_from <= at && at < valid_to; }
  bool allows_purpose(std::string_view code) const;
  const AgreementParty* party(std::string_view origin) const;
};

/// The agreement's name: lower-case hex of SHA-256 over the payload bytes. `bad_input` when the payload is
/// not in canonical form: a name must not depend on white space.
Result<std::string> agreement_id(const Statement& statement);

}  // namespace parley::record
