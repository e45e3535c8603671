#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "exchange/gate.hpp"
#include "exchange/match_preparation.hpp"
#include "exchange/match_run.hpp"
#include "exchange/node.hpp"
#include "exchange/run_store.hpp"
#include "peer/hello.hpp"
#include "peer/machine.hpp"

namespace parley::exchange {

/// What is known before a match is begun, for the person who begins it.
struct MatchPlan {
  std::uint64_t own_size = 0;
  std::uint64_t own_size_padded = 0;
  std::map<std::string, std::uint64_t> held_out;  ///< by rule
  std::string leak_statement;                     ///< what each side learns, and what cannot be checked
  /// The same question was answered in this epoch already: its result, and nothing is run again.
  std::optional<MatchRun> stored;
};

/// The stored result of this very question, if it was answered today. Brings the question into its full form.
Result<std::optional<MatchRun>> stored_answer(Node& node, MatchQuestion& question);
/// What a preparation that has reached its bounds will tell the peer.
MatchPlan plan_of(const MatchPreparation& preparation);
/// Both at once, for small sets: asks the gate and the budgets without talking to the peer. `refused` names
/// the rule.
Result<MatchPlan> plan_match(Node& node, const MatchQuestion& question);

/// The side that asks and learns. Sequence (docs/spec/peer.md):
///
///   A → B  OPEN, MATCH_PROPOSAL      A's half: padded size, set root, seed commitment
///   B → A  MATCH_OFFER               the whole offer, signed by B; or MATCH_PENDING: B's officers have to
///   agree A → B  MATCH_ACCEPT, messages    A's signature over the same bytes, then the protocol B → A
///   messages A → B  MATCH_RECORD              A's signed record, in A's ledger already B → A  MATCH_RECORD
///   B's, in B's ledger already
///
/// A reports success only after B's record is in its own ledger too.
class MatchInitiator final : public peer::Machine {
 public:
  /// Told the leak statement with both sizes, once the offer stands and before the first protocol message.
  using OnOffer = std::function<void(const MatchRun&)>;
  /// Told after each step of the protocol: name of the step, messages done, messages in all.
  using OnProgress = std::function<void(std::string_view, std::uint64_t, std::uint64_t)>;

  /// `runs` outlives the machine. Prepares the set at its start, in one turn.
  MatchInitiator(Node& node, RunStore& runs, peer::PeerSession session, MatchQuestion question,
                 OnOffer on_offer = {});
  /// With a set that was prepared before the connection, in turns.
  MatchInitiator(Node& node, RunStore& runs, peer::PeerSession session, PreparedMatch prepared,
                 OnOffer on_offer = {});
  ~MatchInitiator() override;
  void on_progress(OnProgress told);
  Result<peer::Step> start() override;
  Result<peer::Step> on_frame(const peer::Frame& frame) override;
  Result<peer::Step> resume() override;
  void on_abort(const Error& reason) override;
  peer::SessionId session() const override;
  std::optional<ByteArray<32>> offer_hash() const override;

  /// After `done`; nothing when the match waits for officers of the other side.
  const std::optional<MatchRun>& result() const;
  bool waits_for_peer() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The side that is asked. Made by the driver for an OPEN frame of kind `match`.
class MatchResponder final : public peer::Machine {
 public:
  MatchResponder(Node& node, RunStore& runs, peer::PeerSession session, peer::SessionId id);
  ~MatchResponder() override;
  Result<peer::Step> start() override;
  Result<peer::Step> on_frame(const peer::Frame& frame) override;
  Result<peer::Step> resume() override;
  void on_abort(const Error& reason) override;
  peer::SessionId session() const override;
  std::optional<ByteArray<32>> offer_hash() const override;

  /// After `done`; with a size only where both learn.
  const std::optional<MatchRun>& result() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::exchange
