#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exchange/committed_set.hpp"
#include "exchange/gate.hpp"
#include "peer/hello.hpp"
#include "policy/agreement.hpp"

namespace parley::exchange {

/// The act alone: peer, agreement, purpose, types, output, learner. Brings the question into its full form
/// (peer by origin, agreement by hash, types named and sorted).
Result<policy::Agreement> check_match_act(Node& node, MatchQuestion& question);

/// The peer's padded size against the agreement, and what its messages could hold (`match::most_items`: what
/// it is charged for) against the agreement and the caps of types with few values: `peer-set-too-small`,
/// `peer-set-too-large`, `enumerable-cap`. Before the protocol is chosen `could_hold` is the least of those
/// that may run, afterwards that of the one that does.
Result<void> check_peer_size(const policy::MatchRules& rules, const policy::Agreement& agreement,
                             const MatchQuestion& question, std::uint64_t padded, std::uint64_t could_hold);

/// Those of `wished_protocols` under which the messages over a set of `padded` items could hold no more than
/// the agreement and this node's caps let pass; all of them where that would leave none, because the other
/// side has rules of its own. The asking side leaves the others out of what it signs, so the choice falls
/// back by its own rules and never by what the other side says of its.
Result<std::vector<std::string>> fitting_protocols(const policy::MatchRules& rules,
                                                   const policy::Agreement& agreement,
                                                   const MatchQuestion& question, std::uint64_t padded);

/// What one side holds ready before an offer stands.
struct PreparedMatch {
  policy::Agreement agreement;
  MatchQuestion question;
  std::string policy_version;  ///< of the rules that cleared the set
  std::uint64_t epoch = 0;
  CommittedSet set;
  std::map<std::string, std::uint64_t> held_out;
  std::string proposal;  ///< id of the proposal that officers approved; empty where nobody has to
  /// From which the choice may be made, on the side that asks (`fitting_protocols`), and whether some were
  /// left out for what their messages could hold.
  std::vector<std::string> protocols;
  bool some_left_out = false;
};

/// One side's work before a run, in turns of the node thread: the rules, then what is left of the day, and
/// only when those let it pass the pass over the holdings, the bounds, and the commitment.
class MatchPreparation {
 public:
  /// What is asked before a set is touched: the ledger's head, the gate's rules for the act, the repeat, the
  /// budgets. `peer_padded` is the asker's size on the side that is asked. With `secrets` the set is
  /// committed under those, as it was when officers approved it.
  static Result<MatchPreparation> begin(Node& node, MatchQuestion question, peer::Side side,
                                        std::optional<std::uint64_t> peer_padded = {},
                                        std::optional<SetSecrets> secrets = {});
  ~MatchPreparation();
  MatchPreparation(MatchPreparation&&) noexcept;
  MatchPreparation& operator=(MatchPreparation&&) noexcept;

  /// One turn; true when everything is ready.
  Result<bool> step();
  /// One turn up to the bounds, without the commitment: for a plan.
  Result<bool> step_to_bounds();
  /// Once the bounds were held against it.
  std::uint64_t own_size() const;
  const MatchQuestion& question() const;
  const policy::Agreement& agreement() const;
  const std::vector<std::string>& protocols() const;
  const std::map<std::string, std::uint64_t>& held_out() const;
  /// Selectors that were looked at so far.
  std::uint64_t seen() const;
  /// Once `step` has said true.
  PreparedMatch take() &&;

 private:
  struct State;
  explicit MatchPreparation(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::exchange
