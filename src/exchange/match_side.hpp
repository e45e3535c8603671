#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "exchange/match_budget.hpp"
#include "exchange/match_choice.hpp"
#include "exchange/match_preparation.hpp"
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

  /// Takes over what was prepared, when officers have approved it where the policy wants them to.
  /// `peer_padded`: on the side that is asked the asker's size, else 0.
  Result<void> adopt(PreparedMatch prepared, std::uint64_t peer_padded);
  const PreparedMatch& prepared() const { return *prepared_; }

  /// The common members of a proposal, as this side would write them for a question and the asker's wishes.
  peer::Offer draft_offer(peer::SessionId id, const MatchQuestion& question) const;
  Result<peer::OfferHalf> own_half() const;
  /// The peer's padded size against the agreement and the caps.
  Result<void> check_peer_half(const peer::OfferHalf& half) const;
  /// This session's own view of a half: identity as the hello proved it.
  Result<void> check_peer_identity(const peer::OfferHalf& half) const;
  /// What a half says of both ledgers: the peer's own head is kept, what it has seen of ours is held against
  /// ours.
  Result<void> take_heads(const peer::OfferHalf& half) const;

  /// The offer is signed by both: takes the budgets, stores run and key, seals seed and set, makes the party.
  /// From here on the run counts, whatever becomes of it.
  Result<void> begin(const peer::Offer& offer, Bytes offer_bytes);
  bool has_begun() const { return begun_; }

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
  /// The run failed: it stays `aborted`. Its secrets go at once, unless the own record is in the ledger or a
  /// part of the answer has left: then they stay for the audit.
  void abandon();

  void count_sent(const peer::Frame& frame) { sent_ += frame.body.size() + peer::frame_header_bytes; }
  void count_received(const peer::Frame& frame) { received_ += frame.body.size() + peer::frame_header_bytes; }
  const MatchRun& run() const { return run_; }
  std::optional<crypto::Hash256> offer_hash() const;

 private:
  match::Role role() const {
    return side_ == peer::Side::initiator ? match::Role::receiver : match::Role::sender;
  }
  match::Role peer_role() const {
    return side_ == peer::Side::initiator ? match::Role::sender : match::Role::receiver;
  }
  /// Whether the other side learns something here.
  bool answers() const;
  BudgetKey budget_key() const;
  Charge charge() const;
  std::string leak(std::uint32_t own_size) const;
  /// Gate, rules and approvals again: what was stopped since the set was cleared stops the run as well.
  Result<void> check_still_allowed();
  Result<peer::Step> to_frames(match::Step step);
  /// Before the first part of an answer leaves: the question counts as answered from here on, whatever
  /// becomes of the run. An asker that has its answer and breaks off would otherwise ask again with another
  /// set; so would two sessions at once.
  Result<void> take_question();
  void describe_run(const peer::Offer& offer, const ProtocolChoice& choice, const crypto::Hash256& hash);
  /// What the run uses up, and the run itself, in one transaction.
  Result<void> store_begun();
  Result<void> record_charge();
  record::MatchStatement make_statement() const;

  Node& node_;
  RunStore& runs_;
  peer::PeerSession session_;
  peer::Side side_;
  std::optional<PreparedMatch> prepared_;
  std::uint64_t approved_peer_size_ = 0;
  std::optional<peer::Offer> offer_;
  match::Parameters parameters_;
  match::ItemSet items_;  // the set again once it has gone into the party, to name what matched
  crypto::Secret<32> key_;
  std::optional<SealedRunWriter> sealed_;
  std::unique_ptr<match::Party> party_;
  bool begun_ = false;  // the run is in the store, and what it uses up is taken
  bool party_done_ = false;
  bool answering_ = false;  // a part of the answer has left: the asker may know it
  MatchRun run_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace parley::exchange
