#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/ed25519.hpp"
#include "encoding/json.hpp"
#include "intel/selector.hpp"
#include "record/agreement_statement.hpp"

namespace parley::policy {

/// What the learner of a match gets: the items, or only how many there are.
enum class MatchOutput { items, size };
std::string_view output_name(MatchOutput output);
std::optional<MatchOutput> parse_output(std::string_view text);

/// Whether what was received may go further.
enum class Onward { deny, ask, allow };

using AgreementParty = record::AgreementParty;

/// What two nodes agreed, as both signed it (payload parley/agreement/1), read into this node's own types.
/// Immutable; whether it is in force is in `AgreementState`.
struct Agreement {
  std::string id;       ///< UUIDv7 of the draft
  std::string hash;     ///< SHA-256 of the canonical payload in hexadecimal: the name of the agreement
  std::string drafter;  ///< origin of the side that drafted it
  Timestamp created;
  std::array<AgreementParty, 2> parties;
  std::vector<std::string> purposes;       ///< codes, sorted, at least one
  std::vector<intel::SelectorType> types;  ///< selector types that may be matched, at least one
  MatchOutput output = MatchOutput::size;  ///< the most that a match may show; `items` allows `size` too
  bool both_may_learn = false;             ///< a run may let the responder learn too
  std::uint64_t min_set = 1;               ///< bounds on padded set sizes
  std::uint64_t max_set = 0;
  std::uint64_t runs_per_day = 1;   ///< budget: matches of each initiator in a UTC day
  std::uint64_t items_per_day = 0;  ///< budget: own items of each initiator in a UTC day; 0: no limit
  std::uint32_t audit_days = 30;
  std::uint64_t lookups_per_day = 0;  ///< values that each side may look up in a UTC day; 0: none
  bool lookup_labels = false;         ///< a hit shows where to ask further
  Onward onward = Onward::deny;
  std::uint32_t retention_days = 365;
  Timestamp valid_from;
  Timestamp valid_to;  ///< the first moment that is too late

  const AgreementParty* party(std::string_view origin) const;
  bool has_party(std::string_view origin) const { return party(origin) != nullptr; }
  /// The other side of `own`; null when `own` is no party.
  const AgreementParty* counterpart(std::string_view own) const;
  bool allows_purpose(std::string_view code) const;
  bool allows_type(intel::SelectorType type) const;
  bool allows_output(MatchOutput wanted) const {
    return output == MatchOutput::items || wanted == MatchOutput::size;
  }
  /// valid_from <= now < valid_to, by our clock alone.
  bool is_valid_at(Timestamp now) const { return valid_from <= now && now < valid_to; }
};

/// Bounds on what an agreement may hold.
struct AgreementLimits {
  std::size_t max_purposes = 32;
  std::size_t max_text = 512;  ///< bytes of an origin, a purpose or an authority
  std::uint64_t max_set = std::uint64_t{1} << 26;
  std::uint64_t max_runs_per_day = 100'000;
  std::uint32_t max_audit_days = 3660;
  std::chrono::days max_validity{3660};
};

/// Checks everything that makes sense of a payload: two different parties with different keys, types that are
/// known and supported, no empty list, order of the dates, bounds. `where` of the error is the JSON pointer.
/// The hash is taken over `canonical_json(payload)`.
Result<Agreement> parse_agreement(const encoding::Json& payload, const AgreementLimits& limits = {});

enum class AgreementStatus { draft, proposed, in_force, not_yet, expired, suspended };
std::string_view status_name(AgreementStatus status);

/// An agreement and how far it has come.
struct AgreementState {
  Agreement agreement;
  bool signed_by_us = false;
  bool signed_by_peer = false;
  bool suspended = false;  ///< by either side

  /// Suspension beats everything, then the end of its time, then missing signatures, then its beginning.
  /// `now` is the own clock: a peer's idea of the time never brings an agreement to life.
  AgreementStatus status(Timestamp now) const;
  bool in_force(Timestamp now) const { return status(now) == AgreementStatus::in_force; }
};

}  // namespace parley::policy
