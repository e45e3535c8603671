#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "intel/selector.hpp"
#include "policy/question.hpp"

namespace parley::policy {

/// How many values a selector type has in use, for the types of which somebody can put every value into a few
/// sets; nothing for the others. IPv6 is none of them: 2^128 addresses are out of reach, and lists of
/// addresses that are likely to be used are guesses like those of a name. Sources: RFC 791; ISO/IEC 7812-1 (a
/// BIN of six digits); IANA's register of autonomous system numbers (under 2^17 assigned); subscribers of one
/// E.164 country code (10^8); the CVE list (under 2^19).
std::optional<std::uint64_t> enumerable_domain(intel::SelectorType type);

/// The most items of one type that a set may hold, on either side of a match: the own ones as they are
/// counted, of the peer what its messages could hold; and the most evaluations of one batch of look-ups.
struct TypeCap {
  std::uint64_t max_set = 0;
  std::string reason;
};

/// What may be asked of this node about one type, counted in what the asker's messages could hold; zero is no
/// limit.
struct TypeBudget {
  std::uint64_t per_peer = 0;   ///< by one peer, over its agreements
  std::uint64_t all_peers = 0;  ///< by all peers together: they may pool what they learn
  std::uint32_t days = 1;       ///< in that many UTC days, today included
};
inline constexpr std::uint32_t max_budget_days = 366;

/// `[match]` of policy.toml.
struct MatchRules {
  bool malicious_only = false;  ///< `least_security`
  /// Peers, by name or origin, with whom holdings that their source has not published may be matched.
  std::set<std::string, std::less<>> unpublished;
  std::map<intel::SelectorType, TypeCap> caps;
  std::map<intel::SelectorType, TypeBudget> budgets;
  std::optional<TypeBudget> every_type;  ///< the budget of type "*"

  /// What the file names, or for an enumerable type the default; nothing for a type without a cap.
  std::optional<TypeCap> cap(intel::SelectorType type) const;
  /// What the file names for the type, or for "*"; for an enumerable type by default four times the cap for a
  /// peer and sixteen times for all.
  TypeBudget budget(intel::SelectorType type) const;
  bool lets_unpublished_go_to(const Audience& audience) const {
    return unpublished.contains(audience.name) || unpublished.contains(audience.origin);
  }
};

class TomlTable;
/// The section `[match]`; its errors are noted in `file`.
Result<void> read_match_rules(TomlTable& file, MatchRules& out);

}  // namespace parley::policy
