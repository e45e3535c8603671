#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "exchange/committed_set.hpp"
#include "exchange/match_budget.hpp"
#include "exchange/match_run.hpp"
#include "exchange/node.hpp"
#include "exchange/run_store.hpp"
#include "exchange/sealed_run.hpp"
#include "match/party.hpp"
#include "peer/machine.hpp"
#include "peer/offer.hpp"
#include "record/match_statement.hpp"

namespace parley::exchange {

/// What both sides of a match session do alike: the own half of the offer, the run once the offer stands, the
/// protocol, the records. The machines of match_session.hpp say in which order; one object a session.
class MatchSide {
 public:
  MatchSide(Node& node, RunStore& runs, peer::PeerSession session, peer::Side side)
      : node_(node), runs_(runs), session_(std::move(session)), side_(side) {}

  Node& node() { return node_; }
  const peer::PeerSession& session() const { return session_; }

  /// Gate, bounds, budget, repeat; then seed and set root.
  Result<void> prepare(MatchQuestion question);
  /// The common members of the offer, as this side would write them.
  peer::Offer draft_offer(peer::SessionId id) const;
  peer::OfferHalf own_half() const;
  /// The peer's padded size against the agreement; rules `peer-set-too-small`, `peer-set-too-large`.
  Result<void> check_peer_half(const peer::OfferHalf& half) const;
  /// This session's own view of a half: identity as the hello proved it.
  Result<void> check_peer_identity(const peer::OfferHalf& half) const;

  /// The offer is signed by both: takes the budget, stores run and key, seals seed and set, makes the party.
  /// From here on the run counts, whatever becomes of it.
  Result<void> begin(const peer::Offer& offer, Bytes offer_bytes);
  bool has_begun() const { return party_ != nullptr; }

  /// Turns the party's step into frames. Not `done`: the records come after it.
  Result<peer::Step> start_party();
  Result<peer::Step> resume_party();
  Result<peer::Step> feed_party(const peer::Frame& frame);
  match::Work work() const { return party_->work(); }
  bool party_is_done() const { return party_done_; }

  /// Signs the own match record and puts it into the ledger; what a MATCH_RECORD frame carries.
  Result<peer::Frame> record_own();
  /// Verifies the peer's record against what happened here and puts it into the ledger.
  Result<void> record_peer(const peer::Frame& frame);
  /// The run is over: result and answer in one synced transaction.
  Result<void> finish();
  /// The run failed: it stays `aborted`; without an own record in the ledger its secrets go at once.
  void abandon();

  void count_sent(const peer::Frame& frame) { sent_ += frame.body.size() + peer::frame_header_bytes; }
  void count_received(const peer::Frame& frame) { received_ += frame.body.size() + peer::frame_header_bytes; }
  const MatchRun& run() const { return run_; }
  MatchRun& mutable_run() { return run_; }
  std::optional<crypto::Hash256> offer_hash() const;
  /// Gate and rules again: what was stopped since `prepare` (agreement, peer, policy) stops the run as well.
  Result<void> check_still_allowed();
  const policy::Agreement& agreement() const { return *agreement_; }

 private:
  match::Role role() const {
    return side_ == peer::Side::initiator ? match::Role::receiver : match::Role::sender;
  }
  BudgetKey budget_key() const;
  /// Items that count against the budget: the asker's, as well as this side knows them.
  std::uint64_t asked_items(std::uint64_t peer_padded) const;
  std::string leak(std::uint32_t own_size, std::uint32_t peer_padded) const;
  Result<peer::Step> to_frames(match::Step step);
  /// Before the first tag leaves: the question counts as answered from here on, whatever becomes of the run.
  /// An asker that has its answer and breaks off would otherwise ask again with another set; so would two
  /// sessions at once.
  Result<void> take_question();
  record::MatchStatement make_statement() const;

  Node& node_;
  RunStore& runs_;
  peer::PeerSession session_;
  peer::Side side_;
  std::optional<policy::Agreement> agreement_;
  MatchQuestion question_;
  std::string policy_version_;  // of the rules that cleared the set
  std::uint64_t epoch_ = 0;
  std::optional<CommittedSet> set_;
  std::optional<peer::Offer> offer_;
  match::ItemSet items_;  // the set again once it has gone into the party, to name what matched
  crypto::Secret<32> key_;
  std::optional<SealedRunWriter> sealed_;
  std::unique_ptr<match::Party> party_;
  bool party_done_ = false;
  bool answering_ = false;  // tags have left: the asker may know a part of the answer
  MatchRun run_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

/// The parameters that an offer names besides the sizes; one spelling a protocol version.
std::string match_parameters_text();

}  // namespace parley::exchange
