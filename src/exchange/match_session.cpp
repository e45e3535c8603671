#include "exchange/match_session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "exchange/match_side.hpp"
#include "exchange/recording.hpp"
#include "match/leak_statement.hpp"
#include "peer/abort.hpp"

namespace parley::exchange {
namespace {

std::unexpected<Error> out_of_turn(const peer::Frame& frame) {
  return fail(ErrorKind::peer, fmt::format("the peer sent a {} frame ({} bytes) out of turn",
                                           peer::frame_name(frame.type), frame.body.size()));
}

std::unexpected<Error> is_over() {
  return fail(ErrorKind::conflict, "this match session is over");
}

/// What a failed session leaves in the own ledger: the uniform abort, and for a refusal the rules. Best
/// effort: the session has failed already, and a ledger that cannot be written refuses everything else too.
void record_failure(Node& node, const peer::PeerSession& session, peer::SessionId id,
                    std::optional<crypto::Hash256> offer, const Error& reason) {
  const Timestamp now = node.clock().now();
  const auto taken =
      take_abort_quota(node.store(), session.peer_origin.value(), static_cast<std::uint64_t>(now.day()));
  if (!taken || !*taken) return;
  const peer::Abort abort{.node = session.own_origin,
                          .counterparty = session.peer_origin,
                          .kind = "match",
                          .session = id,
                          .offer = offer,
                          .created = now};
  if (const auto jws = peer::sign_abort(abort, node.entropy(), node.keys().role))
    static_cast<void>(record_signed(node, *jws));
  if (reason.kind != ErrorKind::refused) return;
  record::RefusalStatement refusal;
  refusal.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  refusal.act = "match";
  refusal.subject = peer::session_text(id);
  refusal.counterparty = session.peer_origin.value();
  refusal.rules = reason.rules;
  refusal.policy_version = node.policy().version();
  static_cast<void>(record(node, refusal.to_json()));
}

}  // namespace

Result<MatchPlan> plan_match(Node& node, const MatchQuestion& question) {
  MatchQuestion asked = question;
  PARLEY_TRY(const policy::Agreement agreement, check_match_act(node, asked));
  const BudgetKey key{agreement.hash, asked.peer, peer::Side::initiator,
                      static_cast<std::uint64_t>(node.clock().now().day())};
  MatchPlan plan;
  std::optional<std::string> answered;
  Budget left;
  {
    PARLEY_TRY(const auto reader, node.store().snapshot());
    PARLEY_TRY(answered, answered_run(*reader, key, asked));
    PARLEY_TRY(left, budget_left(*reader, agreement, key));
  }
  if (answered) {
    PARLEY_TRY(plan.stored, find_run(node, *answered));
    plan.own_size = plan.stored->own_size;
    plan.own_size_padded = plan.stored->own_size_padded;
    plan.leak_statement = plan.stored->leak_statement;
    return plan;
  }
  PARLEY_TRY(const ClearedMatch cleared, clear_match(node, asked));
  const SelectorSet& set = cleared.set.value();
  plan.own_size = set.selectors.size();
  PARLEY_CHECK(check_budget(agreement, left, plan.own_size));
  const auto own = static_cast<std::uint32_t>(plan.own_size);
  plan.own_size_padded = match::padded_size(own);
  plan.held_out = set.held_out;
  const auto most =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(agreement.max_set, match::max_padded_size));
  plan.leak_statement = match::leak_statement(
      {.role = match::Role::receiver,
       .output = asked.output == policy::MatchOutput::items ? match::Output::items : match::Output::size,
       .protocol = match::Protocol::dh,
       .own_size = own,
       .own_padded = match::padded_size(own),
       .peer_padded = match::padded_size(most)});
  return plan;
}

struct MatchInitiator::State {
  enum class Stage { fresh, offered, running, recorded, over };

  State(Node& node, RunStore& runs, peer::PeerSession session, MatchQuestion asked, OnOffer told)
      : side(node, runs, std::move(session), peer::Side::initiator),
        question(std::move(asked)),
        on_offer(std::move(told)),
        id(peer::make_session_id(node.entropy())) {}

  MatchSide side;
  MatchQuestion question;
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
  PARLEY_CHECK(side.prepare(question));
  proposal = side.draft_offer(id);
  proposal.initiator = side.own_half();
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
  if (common != proposal) return fail(ErrorKind::peer, "the peer changed the proposal before it signed");
  if (!peer::verify_offer(signed_offer.bytes, peer::Side::responder, side.session().peer_role_key,
                          signed_offer.signature))
    return fail(ErrorKind::peer, "the peer's signature on the match offer is wrong");
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
    : state_(std::make_unique<State>(node, runs, std::move(session), std::move(question),
                                     std::move(on_offer))) {}
MatchInitiator::~MatchInitiator() = default;

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
  if (state_->result) return;
  const bool was_fresh = state_->side.offer_hash() == std::nullopt && state_->proposal.purpose.empty();
  state_->stage = State::Stage::over;
  state_->side.abandon();
  // A question that the own gate refused never reached the peer: there is no session to abort.
  if (!was_fresh)
    record_failure(state_->side.node(), state_->side.session(), state_->id, state_->side.offer_hash(),
                   reason);
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
  enum class Stage { fresh, open, signed_offer, running, sent_all, over };

  State(Node& node, RunStore& runs, peer::PeerSession session, peer::SessionId session_id)
      : side(node, runs, std::move(session), peer::Side::responder), id(session_id) {}

  MatchSide side;
  peer::SessionId id;
  Stage stage = Stage::fresh;
  std::uint64_t proposed_on = 0;  // day whose quota the proposal took
  peer::Offer offer;
  Bytes offer_bytes;
  std::optional<MatchRun> result;

  Result<peer::Step> take(const peer::Frame& frame);
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
  return question;
}

Result<peer::Step> MatchResponder::State::take_proposal(const peer::Frame& frame) {
  PARLEY_TRY(offer, peer::parse_offer(frame.body));
  if (offer.responder) return fail(ErrorKind::peer, "a proposal cannot hold this side's half already");
  if (offer.session != id) return fail(ErrorKind::peer, "the proposal is of another session than was opened");
  PARLEY_CHECK(side.check_peer_identity(offer.initiator));
  PARLEY_TRY(MatchQuestion question, question_of(offer));
  proposed_on = static_cast<std::uint64_t>(side.node().clock().now().day());
  PARLEY_CHECK(take_proposal_quota(side.node().store(), side.session().peer_origin.value(), proposed_on));
  PARLEY_CHECK(side.prepare(std::move(question)));
  PARLEY_CHECK(side.check_peer_half(offer.initiator));
  // Connection, epoch, versions, protocol: what this side would have written itself, or nothing.
  peer::Offer own = side.draft_offer(id);
  own.initiator = offer.initiator;
  if (own != offer)
    return fail(ErrorKind::peer,
                "the proposal differs from what this node can sign: another connection, day (check "
                "both clocks), selector version or protocol");
  offer.responder = side.own_half();
  PARLEY_TRY(offer_bytes, peer::encode_offer(offer));
  const auto signature = peer::sign_offer(offer_bytes, peer::Side::responder, side.node().keys().role);
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
  if (side.party_is_done()) stage = Stage::sent_all;
  return step;
}

Result<peer::Step> MatchResponder::State::take_record(const peer::Frame& frame) {
  PARLEY_CHECK(side.record_peer(frame));
  peer::Step step;
  PARLEY_TRY(peer::Frame record, side.record_own());
  side.count_sent(record);
  PARLEY_CHECK(side.finish());
  step.send.push_back(std::move(record));
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
  if (state_->stage != State::Stage::running) return is_over();
  auto step = state_->side.resume_party();
  if (!step) return state_->keep(std::move(step));
  return state_->keep(state_->after_party(std::move(*step)));
}

void MatchResponder::on_abort(const Error& reason) {
  if (state_->result) return;
  state_->stage = State::Stage::over;
  state_->side.abandon();
  record_failure(state_->side.node(), state_->side.session(), state_->id, state_->side.offer_hash(), reason);
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
