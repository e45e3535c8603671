#pragma once

#include <cstdint>
#include <optional>
#include <string>

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

/// What is left of today.
struct Budget {
  std::uint64_t runs = 0;
  std::uint64_t items = 0;  ///< items that the asking side may still ask about
};

Result<Budget> budget_left(const state::Reader& reader, const policy::Agreement& agreement,
                           const BudgetKey& key);

/// Refused by `budget-runs-per-day` or `budget-items-per-day` unless one more run over `items` fits.
Result<void> check_budget(const policy::Agreement& agreement, const Budget& left, std::uint64_t items);

/// Checks and takes one run over `items`, inside the transaction that begins the run: two sessions at the
/// same time cannot both take the last one. Returns what was left before.
Result<Budget> spend_budget(state::Transaction& transaction, const policy::Agreement& agreement,
                            const BudgetKey& key, std::uint64_t items);

/// The finished run that answered the same question in this epoch, if any: differencing by asking again is
/// refused, the asker gets the stored result.
Result<std::optional<std::string>> answered_run(const state::Reader& reader, const BudgetKey& key,
                                                const MatchQuestion& question);
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
