#include "exchange/match_session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "exchange/head_guard.hpp"
#include "exchange/match_proposal.hpp"
#include "exchange/match_side.hpp"
#include "exchange/session_failure.hpp"
#include "match/leak_statement.hpp"

namespace parley::exchange {
namespace {

std::unexpected<Error> out_of_turn(const peer::Frame& frame) {
  return fail(ErrorKind::peer, fmt::format("the peer sent a {} frame ({} bytes) out of turn",
                                           peer::frame_name(frame.type), frame.body.size()));
}

std::unexpected<Error> is_over() {
  return fail(ErrorKind::conflict, "this match session is over");
}

}  // namespace

Result<std::optional<MatchRun>> stored_answer(Node& node, MatchQuestion& question) {
  PARLEY_TRY(const policy::Agreement agreement, check_match_act(node, question));
  Answered answered;
  {
    PARLEY_TRY(const auto reader, node.store().snapshot());
    PARLEY_TRY(answered, answered_run(*reader,
                                      {agreement.hash, question.peer, peer::Side::initiator,
                                       static_cast<std::uint64_t>(node.clock().now().day())},
                                      question));
  }
  if (!answered.same) return std::optional<MatchRun>();
  PARLEY_TRY(MatchRun run, find_run(node, answered.run));
  if (run.status != RunStatus::done)
    return refuse({"match-repeat"}, "run " + run.id +
                                        " asked this question today already and did not come to its end, so "
                                        "there is no result; the next is possible after midnight UTC");
  if (question.output == policy::MatchOutput::size) run.matches.clear();
  return std::optional<MatchRun>(std::move(run));
}

MatchPlan plan_of(const MatchPreparation& preparation) {
  MatchPlan plan;
  plan.own_size = preparation.own_size();
  const auto own = static_cast<std::uint32_t>(plan.own_size);
  plan.own_size_padded = match::padded_size(own);
  plan.held_out = preparation.held_out();
  const std::uint64_t max_set = preparation.agreement().max_set;
  const auto most = static_cast<std::uint32_t>(std::min<std::uint64_t>(max_set, match::max_padded_size));
  const MatchQuestion& question = preparation.question();
  const bool items = question.output == policy::MatchOutput::items;
  // Before the peer has spoken: the weakest protocol that may run, and the largest set that it may bring.
  const auto may_be = [&](match::Protocol protocol) {
    return std::ranges::find(preparation.protocols(), match::protocol_name(protocol)) !=
           preparation.protocols().end();
  };
  const bool dh = may_be(match::Protocol::dh);
  const bool vole = may_be(match::Protocol::vole);
  plan.leak_statement =
      match::leak_statement({.role = match::Role::receiver,
                             .output = items ? match::Output::items : match::Output::size,
                             .learner = question.learner,
                             .protocol = dh                              ? match::Protocol::dh
                                         : may_be(match::Protocol::vole) ? match::Protocol::vole
                                                                         : match::Protocol::vole_21x24,
                             .or_else = dh && vole ? std::optional(match::Protocol::vole) : std::nullopt,
                             .own_size = own,
                             .own_padded = match::padded_size(own),
                             .peer_padded = match::padded_size(most),
                             .min_set = preparation.agreement().min_set});
  return plan;
}

Result<MatchPlan> plan_match(Node& node, const MatchQuestion& question) {
  MatchQuestion asked = question;
  MatchPlan plan;
  PARLEY_TRY(plan.stored, stored_answer(node, asked));
  if (plan.stored) {
    plan.own_size = plan.stored->own_size;
    plan.own_size_padded = plan.stored->own_size_padded;
    plan.leak_statement = plan.stored->leak_statement;
    return plan;
  }
  PARLEY_TRY(MatchPreparation preparation,
             MatchPreparation::begin(node, std::move(asked), peer::Side::initiator));
  for (bool done = false; !done;) {
    PARLEY_TRY(done, preparation.step_to_bounds());
  }
  return plan_of(preparation);
}

struct MatchInitiator::State {
  enum class Stage { fresh, offered, running, recorded, over };

  State(Node& node, RunStore& runs, peer::PeerSession session, OnOffer told)
      : side(node, runs, std::move(session), peer::Side::initiator),
        on_offer(std::move(told)),
        id(peer::make_session_id(node.entropy())) {}

  MatchSide side;
  std::optional<MatchQuestion> question;  // one of these two
  std::optional<PreparedMatch> prepared;
  bool waits_for_peer = false;
  OnOffer on_offer;
  OnProgress on_progress;
  peer::SessionId id;
  peer::Offer proposal;
  Stage stage = Stage::fresh;
  std::optional<MatchRun> result;

  Result<peer::Step> begin();
  Result<peer::Step> take(const peer::Frame& frame);
  Result<peer::Step> take_offer(const peer::Frame& frame);
  Result<peer::Step> after_party(peer::Step step);
  Result<peer::Step> keep(Result<peer::Step> step);
};

/// Counts what is sent; an error ends the session for good.
Result<peer::Step> MatchInitiator::State::keep(Result<peer::Step> step) {
  if (!step)
    stage = Stage::over;
  else
    for (const peer::Frame& frame : step->send) side.count_sent(frame);
  return step;
}

Result<peer::Step> MatchInitiator::State::begin() {
  const std::vector<std::string>& features = side.session().features;
  if (std::ranges::find(features, offer_feature) == features.end())
    return fail(ErrorKind::peer, "the peer's program is older and knows no match offers of this version");
  if (question) {
    PARLEY_TRY(MatchPreparation preparation,
               MatchPreparation::begin(side.node(), std::move(*question), peer::Side::initiator));
    for (bool done = false; !done;) {
      PARLEY_TRY(done, preparation.step());
    }
    prepared = std::move(preparation).take();
  }
  PARLEY_CHECK(side.adopt(std::move(*prepared), 0));
  prepared.reset();
  proposal = side.draft_offer(id, side.prepared().question);
  PARLEY_TRY(proposal.initiator, side.own_half());
  PARLEY_TRY(Bytes bytes, peer::encode_offer(proposal));
  stage = Stage::offered;
  peer::Step step;
  step.send.push_back(peer::make_open({peer::SessionKind::match, id}));
  step.send.push_back({peer::FrameType::match_proposal, std::move(bytes)});
  return step;
}

Result<peer::Step> MatchInitiator::State::take_offer(const peer::Frame& frame) {
  PARLEY_TRY(peer::SignedOffer signed_offer, peer::read_signed_offer(frame));
  PARLEY_TRY(peer::Offer offer, peer::parse_offer(signed_offer.bytes));
  if (!offer.responder) return fail(ErrorKind::peer, "the peer signed an offer without its own half");
  const peer::OfferHalf half = *offer.responder;
  PARLEY_CHECK(side.check_peer_identity(half));
  peer::Offer common = offer;
  common.responder.reset();
  common.protocol.clear();
  common.parameters.clear();
  if (common != proposal) return fail(ErrorKind::peer, "the peer changed the proposal before it signed");
  if (!peer::verify_offer(signed_offer.bytes, peer::Side::responder, side.session().peer_role_key,
                          signed_offer.signature))
    return fail(ErrorKind::peer, "the peer's signature on the match offer is wrong");
  PARLEY_CHECK(side.take_heads(half));
  PARLEY_CHECK(side.check_peer_half(half));
  const crypto::Signature own =
      peer::sign_offer(signed_offer.bytes, peer::Side::initiator, side.node().keys().role);
  PARLEY_CHECK(side.begin(offer, std::move(signed_offer.bytes)));
  if (on_offer) on_offer(side.run());
  stage = Stage::running;
  PARLEY_TRY(peer::Step step, side.start_party());
  step.send.insert(step.send.begin(), {peer::FrameType::match_accept, to_bytes(BytesView(own.value()))});
  return after_party(std::move(step));
}

Result<peer::Step> MatchInitiator::State::after_party(peer::Step step) {
  if (on_progress) {
    const match::Work work = side.work();
    on_progress("matching", work.done, work.total);
  }
  if (!side.party_is_done()) return step;
  PARLEY_TRY(peer::Frame record, side.record_own());
  step.send.push_back(std::move(record));
  step.more = false;
  stage = Stage::recorded;
  return step;
}

Result<peer::Step> MatchInitiator::State::take(const peer::Frame& frame) {
  side.count_received(frame);
  if (stage == Stage::offered && frame.type == peer::FrameType::match_offer) return take_offer(frame);
  if (stage == Stage::offered && frame.type == peer::FrameType::match_pending) {
    waits_for_peer = true;
    stage = Stage::over;
    peer::Step step;
    step.done = true;
    return step;
  }
  if (stage == Stage::running && frame.type == peer::FrameType::match_message) {
    PARLEY_TRY(peer::Step step, side.feed_party(frame));
    return after_party(std::move(step));
  }
  if (stage == Stage::recorded && frame.type == peer::FrameType::match_record) {
    PARLEY_CHECK(side.record_peer(frame));
    PARLEY_CHECK(side.finish());
    result = side.run();
    stage = Stage::over;
    peer::Step step;
    step.done = true;
    return step;
  }
  return out_of_turn(frame);
}

MatchInitiator::MatchInitiator(Node& node, RunStore& runs, peer::PeerSession session, MatchQuestion question,
                               OnOffer on_offer)
    : state_(std::make_unique<State>(node, runs, std::move(session), std::move(on_offer))) {
  state_->question = std::move(question);
}
MatchInitiator::MatchInitiator(Node& node, RunStore& runs, peer::PeerSession session, PreparedMatch prepared,
                               OnOffer on_offer)
    : state_(std::make_unique<State>(node, runs, std::move(session), std::move(on_offer))) {
  state_->prepared = std::move(prepared);
}
MatchInitiator::~MatchInitiator() = default;

bool MatchInitiator::waits_for_peer() const {
  return state_->waits_for_peer;
}

void MatchInitiator::on_progress(OnProgress told) {
  state_->on_progress = std::move(told);
}

Result<peer::Step> MatchInitiator::start() {
  if (state_->stage != State::Stage::fresh) return is_over();
  return state_->keep(state_->begin());
}

Result<peer::Step> MatchInitiator::on_frame(const peer::Frame& frame) {
  if (state_->stage == State::Stage::over) return is_over();
  return state_->keep(state_->take(frame));
}

Result<peer::Step> MatchInitiator::resume() {
  if (state_->stage != State::Stage::running) return is_over();
  auto step = state_->side.resume_party();
  if (!step) return state_->keep(std::move(step));
  return state_->keep(state_->after_party(std::move(*step)));
}

void MatchInitiator::on_abort(const Error& reason) {
  if (state_->result || state_->waits_for_peer) return;
  const bool was_fresh = state_->side.offer_hash() == std::nullopt && state_->proposal.purpose.empty();
  state_->stage = State::Stage::over;
  state_->side.abandon();
  // A question that the own gate refused never reached the peer: there is no session to abort.
  if (!was_fresh)
    record_failure(state_->side.node(), state_->side.session(),
                   {"match", state_->id, state_->side.offer_hash(), state_->side.has_begun()}, reason);
}

peer::SessionId MatchInitiator::session() const {
  return state_->id;
}
std::optional<ByteArray<32>> MatchInitiator::offer_hash() const {
  return state_->side.offer_hash();
}
const std::optional<MatchRun>& MatchInitiator::result() const {
  return state_->result;
}

struct MatchResponder::State {
  enum class Stage { fresh, open, preparing, signed_offer, running, sent_all, over };

  State(Node& node, RunStore& runs, peer::PeerSession session, peer::SessionId session_id)
      : side(node, runs, std::move(session), peer::Side::responder), id(session_id) {}

  MatchSide side;
  peer::SessionId id;
  Stage stage = Stage::fresh;
  std::uint64_t proposed_on = 0;  // day whose quota the proposal took
  peer::Offer offer;
  Bytes offer_bytes;
  std::optional<MatchPreparation> preparation;
  std::optional<MatchProposal> own_proposal;  // that waits for officers here, or has their yes
  std::optional<peer::Frame> record;          // in the own ledger before the end of the answer leaves
  bool pending = false;
  std::optional<MatchRun> result;

  Result<peer::Step> take(const peer::Frame& frame);
  Result<peer::Step> prepare();
  Result<peer::Step> answer_proposal();
  Result<peer::Step> let_it_wait(const PreparedMatch& prepared);
  Result<peer::Step> take_proposal(const peer::Frame& frame);
  Result<peer::Step> take_accept(const peer::Frame& frame);
  Result<peer::Step> take_record(const peer::Frame& frame);
  Result<peer::Step> after_party(peer::Step step);
  Result<peer::Step> keep(Result<peer::Step> step);
  Result<MatchQuestion> question_of(const peer::Offer& proposal) const;
};

Result<peer::Step> MatchResponder::State::keep(Result<peer::Step> step) {
  if (!step)
    stage = Stage::over;
  else
    for (const peer::Frame& frame : step->send) side.count_sent(frame);
  return step;
}

Result<MatchQuestion> MatchResponder::State::question_of(const peer::Offer& proposal) const {
  MatchQuestion question;
  question.peer = side.session().peer_origin.value();
  question.agreement = to_hex(proposal.agreement);
  question.purpose = proposal.purpose;
  for (const std::string& name : proposal.types) {
    const auto type = intel::parse_selector_type(name);
    if (!type)
      return refuse({"selector-type-unknown"}, "the peer asks about the unknown selector type " + name);
    question.types.push_back(*type);
  }
  const auto output = policy::parse_output(proposal.output);
  if (!output) return fail(ErrorKind::bad_input, "the peer asks for an unknown output");
  question.output = *output;
  question.learner = proposal.learner == "both" ? match::Learner::both : match::Learner::receiver;
  return question;
}

Result<peer::Step> MatchResponder::State::take_proposal(const peer::Frame& frame) {
  Node& node = side.node();
  PARLEY_TRY(offer, peer::parse_offer(frame.body));
  if (offer.responder) return fail(ErrorKind::peer, "a proposal cannot hold this side's half already");
  if (offer.session != id) return fail(ErrorKind::peer, "the proposal is of another session than was opened");
  PARLEY_CHECK(side.check_peer_identity(offer.initiator));
  PARLEY_CHECK(side.take_heads(offer.initiator));
  PARLEY_TRY(MatchQuestion question, question_of(offer));
  proposed_on = static_cast<std::uint64_t>(node.clock().now().day());
  PARLEY_CHECK(take_proposal_quota(node.store(), side.session().peer_origin.value(), proposed_on));
  // Connection, epoch, versions, features: what this side would have written itself, or nothing. The
  // protocols and what is preferred are the asker's to name.
  PARLEY_CHECK(check_match_act(node, question));
  peer::Offer own = side.draft_offer(id, question);
  own.initiator = offer.initiator;
  own.protocols = offer.protocols;
  own.prefer = offer.prefer;
  if (own != offer)
    return fail(
        ErrorKind::peer,
        "the proposal differs from what this node can sign: another connection, day (check both clocks), "
        "selector version, or other features than both have announced");
  std::optional<SetSecrets> secrets;
  if (node.policy().approvals(policy::Act::match).count > 0) {
    PARLEY_TRY(own_proposal,
               find_proposal_of(node, question, peer::Side::responder, offer.initiator.padded_size));
    if (own_proposal && own_proposal->state == ProposalState::rejected)
      return refuse({"match-state"}, "officers of this side said no to this match today");
    if (own_proposal) {
      PARLEY_TRY(secrets, proposal_secrets(node, own_proposal->id));
    }
  }
  PARLEY_TRY(preparation, MatchPreparation::begin(node, std::move(question), peer::Side::responder,
                                                  offer.initiator.padded_size, std::move(secrets)));
  stage = Stage::preparing;
  peer::Step step;
  step.more = true;
  return step;
}

/// One turn of the set; then the offer, or the word that officers have to agree first.
Result<peer::Step> MatchResponder::State::prepare() {
  PARLEY_TRY(const bool ready, preparation->step());
  if (ready) return answer_proposal();
  peer::Step step;
  step.more = true;
  return step;
}

Result<peer::Step> MatchResponder::State::let_it_wait(const PreparedMatch& prepared) {
  const std::vector<std::string>& features = side.session().features;
  if (std::ranges::find(features, pending_feature) == features.end())
    return refuse({"approvals"}, "officers have to agree, and the peer's program cannot wait for them");
  // A proposal about another set than is there now is void: its officers agreed to that one.
  if (own_proposal && own_proposal->terms.set_root != prepared.set.set_root) {
    PARLEY_CHECK(void_proposal(side.node(), own_proposal->id, "set-changed", "the set changed since"));
    own_proposal.reset();
  }
  if (!own_proposal) {
    PARLEY_TRY(own_proposal,
               propose_match(side.node(), prepared, peer::Side::responder, offer.initiator.padded_size));
  }
  pending = true;
  stage = Stage::over;
  peer::Step step;
  step.send.push_back({peer::FrameType::match_pending, {}});
  step.done = true;
  return step;
}

Result<peer::Step> MatchResponder::State::answer_proposal() {
  Node& node = side.node();
  PreparedMatch prepared = std::move(*preparation).take();
  preparation.reset();
  const bool approved = own_proposal && own_proposal->state == ProposalState::approved &&
                        own_proposal->terms.set_root == prepared.set.set_root;
  if (node.policy().approvals(policy::Act::match).count > 0 && !approved) return let_it_wait(prepared);
  if (approved) prepared.proposal = own_proposal->id;
  PARLEY_CHECK(side.adopt(std::move(prepared), offer.initiator.padded_size));
  PARLEY_TRY(offer.responder, side.own_half());
  PARLEY_TRY(const ProtocolChoice choice,
             choose_protocol(offer, offer.initiator.padded_size, offer.responder->padded_size,
                             node.policy().match_rules().malicious_only));
  offer.protocol = match::protocol_name(choice.parameters.protocol);
  offer.parameters = parameters_text(choice.parameters);
  PARLEY_TRY(offer_bytes, peer::encode_offer(offer));
  const auto signature = peer::sign_offer(offer_bytes, peer::Side::responder, node.keys().role);
  stage = Stage::signed_offer;
  peer::Step step;
  step.send.push_back(peer::make_signed_offer({offer_bytes, signature}));
  return step;
}

Result<peer::Step> MatchResponder::State::take_accept(const peer::Frame& frame) {
  PARLEY_TRY(const auto signature, crypto::parse_signature(frame.body));
  if (!peer::verify_offer(offer_bytes, peer::Side::initiator, side.session().peer_role_key, signature))
    return fail(ErrorKind::peer, "the peer's signature on the match offer is wrong");
  PARLEY_CHECK(side.begin(offer, offer_bytes));
  PARLEY_CHECK(return_proposal_quota(side.node().store(), side.session().peer_origin.value(), proposed_on));
  stage = Stage::running;
  PARLEY_TRY(peer::Step step, side.start_party());
  return after_party(std::move(step));
}

Result<peer::Step> MatchResponder::State::after_party(peer::Step step) {
  if (!side.party_is_done()) return step;
  PARLEY_TRY(record, side.record_own());
  stage = Stage::sent_all;
  return step;
}

Result<peer::Step> MatchResponder::State::take_record(const peer::Frame& frame) {
  PARLEY_CHECK(side.record_peer(frame));
  peer::Step step;
  side.count_sent(*record);
  PARLEY_CHECK(side.finish());
  step.send.push_back(std::move(*record));
  result = side.run();
  stage = Stage::over;
  step.done = true;
  return step;
}

Result<peer::Step> MatchResponder::State::take(const peer::Frame& frame) {
  side.count_received(frame);
  using peer::FrameType;
  if (stage == Stage::open && frame.type == FrameType::match_proposal) return take_proposal(frame);
  if (stage == Stage::signed_offer && frame.type == FrameType::match_accept) return take_accept(frame);
  if (stage == Stage::running && frame.type == FrameType::match_message) {
    PARLEY_TRY(peer::Step step, side.feed_party(frame));
    return after_party(std::move(step));
  }
  if (stage == Stage::sent_all && frame.type == FrameType::match_record) return take_record(frame);
  return out_of_turn(frame);
}

MatchResponder::MatchResponder(Node& node, RunStore& runs, peer::PeerSession session, peer::SessionId id)
    : state_(std::make_unique<State>(node, runs, std::move(session), id)) {}
MatchResponder::~MatchResponder() = default;

Result<peer::Step> MatchResponder::start() {
  if (state_->stage != State::Stage::fresh) return is_over();
  state_->stage = State::Stage::open;
  return peer::Step{};
}

Result<peer::Step> MatchResponder::on_frame(const peer::Frame& frame) {
  if (state_->stage == State::Stage::over) return is_over();
  return state_->keep(state_->take(frame));
}

Result<peer::Step> MatchResponder::resume() {
  if (state_->stage == State::Stage::preparing) return state_->keep(state_->prepare());
  if (state_->stage != State::Stage::running) return is_over();
  auto step = state_->side.resume_party();
  if (!step) return state_->keep(std::move(step));
  return state_->keep(state_->after_party(std::move(*step)));
}

void MatchResponder::on_abort(const Error& reason) {
  if (state_->result || state_->pending) return;
  state_->stage = State::Stage::over;
  state_->side.abandon();
  record_failure(state_->side.node(), state_->side.session(),
                 {"match", state_->id, state_->side.offer_hash(), state_->side.has_begun()}, reason);
}

peer::SessionId MatchResponder::session() const {
  return state_->id;
}
std::optional<ByteArray<32>> MatchResponder::offer_hash() const {
  return state_->side.offer_hash();
}
const std::optional<MatchRun>& MatchResponder::result() const {
  return state_->result;
}

}  // namespace parley::exchange
