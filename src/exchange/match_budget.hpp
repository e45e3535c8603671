#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/gate.hpp"
#include "peer/hello.hpp"
#include "policy/agreement.hpp"
#include "state/store.hpp"

namespace parley::exchange {

/// Whose budget: runs under one agreement with one peer in one direction on one day (UTC).
struct BudgetKey {
  std::string agreement;  ///< hash
  std::string peer;       ///< origin
  peer::Side role{};      ///< of this node
  std::uint64_t epoch = 0;
};

/// What is left of today under the agreement.
struct Budget {
  std::uint64_t runs = 0;
  std::uint64_t items = 0;  ///< that the asking side may still ask about
};

Result<Budget> budget_left(const state::Reader& reader, const policy::Agreement& agreement,
                           const BudgetKey& key);

/// Refused by `budget-runs-per-day` or `budget-items-per-day` unless one more run over `items` fits.
Result<void> check_budget(const policy::Agreement& agreement, const Budget& left, std::uint64_t items);

/// Checks and takes one run over `items` (what the asker's messages could hold), inside the transaction that
/// begins the run: two sessions at the same time cannot both take the last one. Returns what was left before.
Result<Budget> spend_budget(state::Transaction& transaction, const policy::Agreement& agreement,
                            const BudgetKey& key, std::uint64_t items);

/// What is asked of this node, whether by a run or a look-up. Charged on the side that answers, by what the
/// asker's messages could hold, and in full to each of the types: a message does not tell how many are of
/// which.
enum class ChargeKind : std::uint8_t { match, lookup };
std::string_view charge_kind_name(ChargeKind kind);
struct Charge {
  std::string peer;       ///< origin
  std::string agreement;  ///< hash
  std::vector<intel::SelectorType> types;
  ChargeKind kind = ChargeKind::match;
  std::uint64_t amount = 0;
  std::uint64_t epoch = 0;  ///< today
};

/// Whether the policy's budgets let it pass: refused by `budget-type` (this peer, over all its agreements,
/// runs and look-ups) or `budget-all-peers` (all peers together), with the type in the reason.
Result<void> check_charge(const state::Reader& reader, const policy::MatchRules& rules, const Charge& charge);
/// Checks and takes it, inside the transaction that begins the answer. It is never given back.
Result<void> spend_charge(state::Transaction& transaction, const policy::MatchRules& rules,
                          const Charge& charge);
/// What one peer, or with an empty peer all together, have used up of a type in `days` days.
Result<std::uint64_t> charged(const state::Reader& reader, std::string_view peer, intel::SelectorType type,
                              std::uint64_t epoch, std::uint32_t days);

/// What today's runs of this direction under an agreement and peer say to a question.
struct Answered {
  std::string run;    ///< empty: no type of the question was asked today
  bool same = false;  ///< that run answers the question: the same types and purpose, and it showed as much
};
/// One run an epoch, agreement, peer and direction for each type: a second one would show what changed.
Result<Answered> answered_run(const state::Reader& reader, const BudgetKey& key,
                              const MatchQuestion& question);
/// Marks every type of the question as asked today, by this run.
Result<void> store_answer(state::Transaction& transaction, const BudgetKey& key,
                          const MatchQuestion& question, std::string_view run);

/// Records of failed sessions that one peer may cause on one day; beyond it they go to the log of the process
/// only, so that nobody fills the ledger by failing.
inline constexpr std::int64_t max_recorded_aborts_per_day = 100;
/// Whether one more abort with this peer may be recorded today; takes it.
Result<bool> take_abort_quota(state::Store& store, std::string_view peer, std::uint64_t epoch);

/// Proposals that one peer may leave unaccepted on one day. Each one costs this node a whole set and its
/// commitment and tells the peer its padded size, and only an accepted one counts against the agreement.
inline constexpr std::int64_t max_unaccepted_proposals_per_day = 100;
/// Takes one, or refuses by `match-proposals-per-day`.
Result<void> take_proposal_quota(state::Store& store, std::string_view peer, std::uint64_t epoch);
/// Gives it back: the peer accepted.
Result<void> return_proposal_quota(state::Store& store, std::string_view peer, std::uint64_t epoch);

}  // namespace parley::exchange
