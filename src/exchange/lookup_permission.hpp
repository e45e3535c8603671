#pragma once

#include <string>
#include <vector>

#include "exchange/gate.hpp"
#include "exchange/node.hpp"
#include "intel/selector.hpp"
#include "policy/agreement.hpp"
#include "state/store.hpp"

namespace parley::exchange {

/// Under what look-ups are made. One set stands for it in an epoch.
struct LookupQuestion {
  std::string peer;       ///< name or origin
  std::string agreement;  ///< hash
  std::string purpose;
};

/// What the gate said, with everything by its full name.
struct LookupPermission {
  LookupQuestion question;
  policy::Agreement agreement;
  std::string policy_version;
  std::vector<intel::SelectorType> types;  ///< all of the agreement, sorted by name
  bool needs_approval = false;             ///< officers have to approve the building of a set here
  std::vector<std::string> type_names() const;
  /// What is asked of the gate about the holdings.
  MatchQuestion match_question() const;
};

/// Asks the gate for the act: that of a match which shows items, under an agreement with look-ups. `refused`
/// by the gate's rules or `agreement-lookup`. Officers approve sets, not questions: whether they have is
/// asked where a set is built.
Result<LookupPermission> check_lookup_act(Node& node, const LookupQuestion& question);

/// Look-ups left under the agreement today. `asks`: of this node at the peer; otherwise of the peer here.
Result<std::uint64_t> lookups_left(const state::Reader& reader, const LookupPermission& permission,
                                   std::uint64_t epoch, bool asks);
/// Refused by `budget-lookups-per-day` unless `count` more fit.
Result<void> check_lookups_left(const LookupPermission& permission, std::uint64_t left, std::uint64_t count);

/// Checks and takes them, inside the transaction that goes before the answer (or the question). On the asked
/// side the policy's budgets are charged too: in full to every type of the set, since a blinded value does
/// not tell its own (`budget-type`, `budget-all-peers`), within the caps of types with few values
/// (`enumerable-cap`). Never given back. Returns what was left before.
Result<std::uint64_t> spend_lookups(state::Transaction& transaction, Node& node,
                                    const LookupPermission& permission, std::uint64_t epoch, bool asks,
                                    std::uint64_t count);
/// Whether the policy's caps and budgets of the asked side would let `count` pass.
Result<void> check_lookup_charge(const state::Reader& reader, Node& node, const LookupPermission& permission,
                                 std::uint64_t epoch, std::uint64_t count);

/// Sets that one peer may make this node begin to build in a day: each costs minutes of a core at worst.
inline constexpr std::int64_t max_set_builds_per_day = 16;
/// Takes one, or refuses by `lookup-builds-per-day`.
Result<void> take_build_quota(state::Store& store, std::string_view peer, std::uint64_t epoch);

}  // namespace parley::exchange
