#include "exchange/match_side.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/assert.hpp"
#include "exchange/head_guard.hpp"
#include "exchange/match_proposal.hpp"
#include "exchange/recording.hpp"
#include "ledger/ledger.hpp"
#include "match/capacity.hpp"
#include "match/leak_statement.hpp"
#include "record/disclosure.hpp"
#include "record/match_terms.hpp"

namespace parley::exchange {
namespace {

std::vector<std::string> type_names(const std::vector<intel::SelectorType>& types) {
  std::vector<std::string> names;
  for (const intel::SelectorType type : types) names.emplace_back(intel::type_name(type));
  std::ranges::sort(names);
  return names;
}

Result<crypto::Hash256> hash_of(std::string_view hex) {
  PARLEY_TRY(const Bytes bytes, from_hex(hex));
  return to_array<32>(bytes);
}

Result<void> same(bool equal, std::string_view what) {
  if (!equal) return fail(ErrorKind::peer, "the peer's match record names another " + std::string(what));
  return {};
}

}  // namespace

Result<void> MatchSide::adopt(PreparedMatch prepared, std::uint64_t peer_padded) {
  if (prepared.question.peer != session_.peer_origin.value())
    return fail(ErrorKind::usage, "the match is for " + prepared.question.peer +
                                      ", the connection leads to " + session_.peer_origin.value());
  // Budgets and repeats were asked about the day of the preparation, and the offer names today.
  if (prepared.epoch != static_cast<std::uint64_t>(node_.clock().now().day()))
    return refuse({"match-expired"},
                  "the set was prepared yesterday, before midnight UTC; ask again to prepare it for today");
  PARLEY_CHECK(check_match_approved(node_, prepared, side_, peer_padded));
  prepared_ = std::move(prepared);
  approved_peer_size_ = peer_padded;
  return {};
}

Result<void> MatchSide::check_still_allowed() {
  MatchQuestion question = prepared_->question;
  PARLEY_CHECK(check_match_act(node_, question));
  if (node_.policy().version() != prepared_->policy_version)
    return refuse({"policy-changed"}, "the rules changed after the set was built; ask again");
  return {};
}

peer::Offer MatchSide::draft_offer(peer::SessionId id, const MatchQuestion& question) const {
  peer::Offer offer;
  offer.session = id;
  offer.exporter = session_.exporter;
  offer.agreement = hash_of(question.agreement).value_or(crypto::Hash256{});
  offer.purpose = question.purpose;
  offer.epoch = static_cast<std::uint64_t>(node_.clock().now().day());
  offer.selector_version = intel::selector_version;
  offer.types = type_names(question.types);
  offer.output = policy::output_name(question.output);
  offer.learner = question.learner == match::Learner::both ? "both" : "initiator";
  offer.hello = session_.transcript;
  offer.features = session_.features;
  if (side_ == peer::Side::initiator) offer.protocols = prepared_->protocols;
  offer.prefer = wished_preference(question);
  return offer;
}

Result<peer::OfferHalf> MatchSide::own_half() const {
  PARLEY_ASSERT(prepared_.has_value());
  const CommittedSet& set = prepared_->set;
  PARLEY_TRY(std::string seen, remembered_head(node_, session_.peer_origin.value()));
  return peer::OfferHalf{session_.own_origin, node_.keys().role.public_key(), set.padded,     set.set_root,
                         set.seed_commitment, node_.ledger().checkpoint(),    std::move(seen)};
}

Result<void> MatchSide::check_peer_identity(const peer::OfferHalf& half) const {
  if (half.origin != session_.peer_origin || half.role_key != session_.peer_role_key)
    return fail(ErrorKind::peer, "the match offer names another node than the one that is connected");
  return {};
}

Result<void> MatchSide::check_peer_half(const peer::OfferHalf& half) const {
  return check_peer_size(node_.policy().match_rules(), prepared_->agreement, prepared_->question,
                         half.padded_size, half.padded_size);
}

Result<void> MatchSide::take_heads(const peer::OfferHalf& half) const {
  return exchange::take_heads(node_, session_.peer_origin.value(), half.head, half.peer_head);
}

bool MatchSide::answers() const {
  return side_ == peer::Side::responder || prepared_->question.learner == match::Learner::both;
}

BudgetKey MatchSide::budget_key() const {
  return {prepared_->agreement.hash, session_.peer_origin.value(), side_, prepared_->epoch};
}

Charge MatchSide::charge() const {
  return {session_.peer_origin.value(),
          prepared_->agreement.hash,
          prepared_->question.types,
          ChargeKind::match,
          match::most_items(parameters_, peer_role()),
          prepared_->epoch};
}

std::string MatchSide::leak(std::uint32_t own_size) const {
  const bool asks = side_ == peer::Side::initiator;
  return match::leak_statement({.role = role(),
                                .output = parameters_.output,
                                .learner = parameters_.learner,
                                .protocol = parameters_.protocol,
                                .own_size = own_size,
                                .own_padded = prepared_->set.padded,
                                .peer_padded = asks ? parameters_.sender_padded : parameters_.receiver_padded,
                                .peer_most = match::most_items(parameters_, peer_role()),
                                .min_set = prepared_->agreement.min_set});
}

void MatchSide::describe_run(const peer::Offer& offer, const ProtocolChoice& choice,
                             const crypto::Hash256& hash) {
  const bool asks = side_ == peer::Side::initiator;
  const MatchQuestion& question = prepared_->question;
  run_.id = peer::session_text(offer.session);
  run_.peer = session_.peer_origin.value();
  run_.role = side_;
  run_.agreement = prepared_->agreement.hash;
  run_.purpose = question.purpose;
  run_.epoch = prepared_->epoch;
  run_.types = question.types;
  run_.output = question.output;
  run_.learner = question.learner;
  run_.protocol = match::protocol_name(parameters_.protocol);
  run_.protocol_reason = choice.reason;
  if (prepared_->some_left_out && offer.protocols.size() == 1)
    run_.protocol_reason = run_.protocol +
                           ": the messages of another could hold more items than the agreement or this "
                           "node's caps let a set have";
  run_.proposal = prepared_->proposal;
  run_.security = match::protocol_security(parameters_.protocol);
  run_.own_size = prepared_->set.items.size();
  run_.own_size_padded = prepared_->set.padded;
  run_.peer_size_padded = asks ? offer.responder->padded_size : offer.initiator.padded_size;
  run_.offer_hash = to_hex(hash);
  run_.set_root = to_hex(prepared_->set.set_root);
  run_.leak_statement = leak(prepared_->set.items.size());
  run_.charged = answers() ? charge().amount : 0;
  run_.begun = node_.clock().now();
  run_.ended = run_.begun;
  run_.audit_until = run_.begun + std::chrono::days(prepared_->agreement.audit_days);
}

Result<void> MatchSide::store_begun() {
  const auto begin_run = [&](state::Transaction& transaction) -> Result<void> {
    // Counted alike on both sides: what the asker's messages could hold.
    const std::uint64_t asked = match::most_items(parameters_, match::Role::receiver);
    PARLEY_TRY(const Budget before, spend_budget(transaction, prepared_->agreement, budget_key(), asked));
    run_.budget_before = before.runs;
    run_.budget_after = before.runs - 1;
    if (answers()) PARLEY_CHECK(spend_charge(transaction, node_.policy().match_rules(), charge()));
    PARLEY_TRY(const bool used, is_known_run(transaction, run_.id));
    if (used) return fail(ErrorKind::peer, "the peer used the session id " + run_.id + " a second time");
    // Again, inside the transaction: two sessions at once must not answer one question twice.
    PARLEY_TRY(const Answered answered, answered_run(transaction, budget_key(), prepared_->question));
    if (!answered.run.empty())
      return refuse({"match-repeat"},
                    "a type of this question was asked today already by run " + answered.run);
    PARLEY_CHECK(store_run_key(transaction, run_.id, key_));
    return store_run(transaction, run_);
  };
  return state::write(node_.store(), state::Durability::synced, begin_run);
}

Result<void> MatchSide::record_charge() {
  if (!answers()) return {};
  const Charge taken = charge();
  record::MatchChargeStatement statement;
  const Timestamp now = node_.clock().now();
  statement.head = {make_uuid7(now.microseconds(), node_.entropy()), node_.identity().origin, now};
  statement.kind = charge_kind_name(taken.kind);
  statement.subject = run_.id;
  statement.counterparty = taken.peer;
  statement.agreement = taken.agreement;
  statement.epoch = taken.epoch;
  statement.types = type_names(taken.types);
  statement.amount = taken.amount;
  PARLEY_CHECK(record(node_, statement.to_json()));
  return {};
}

Result<void> MatchSide::begin(const peer::Offer& offer, Bytes offer_bytes) {
  PARLEY_ASSERT(prepared_ && offer.responder && !party_);
  PARLEY_CHECK(check_still_allowed());
  PARLEY_TRY(const ProtocolChoice choice, check_choice(offer));
  PARLEY_CHECK(check_match_approved(node_, *prepared_, side_, approved_peer_size_, offer.protocol));
  offer_ = offer;
  const crypto::Hash256 hash = peer::offer_hash(offer_bytes);
  parameters_ = choice.parameters;
  parameters_.offer_hash = hash;
  PARLEY_CHECK(match::check_parameters(parameters_));
  // Held against the bounds by what it is charged for, now that the protocol stands.
  const bool asks = side_ == peer::Side::initiator;
  PARLEY_CHECK(check_peer_size(node_.policy().match_rules(), prepared_->agreement, prepared_->question,
                               asks ? parameters_.sender_padded : parameters_.receiver_padded,
                               match::most_items(parameters_, peer_role())));
  describe_run(offer, choice, hash);
  run_.offer = as_text(offer_bytes);
  key_ = crypto::Secret<32>::generate(node_.entropy());
  PARLEY_CHECK(store_begun());
  begun_ = true;
  PARLEY_CHECK(spend_proposal(node_, prepared_->proposal, run_.id));
  PARLEY_CHECK(record_charge());
  sealed_.emplace(runs_, run_.id, key_, node_.entropy());
  const CommittedSet& set = prepared_->set;
  items_ = set.items;
  PARLEY_TRY(party_, match::make_party(role(), parameters_, set.seed, set.items, node_.parallel()));
  return sealed_->begin({role(), parameters_, set.seed.clone(), set.opening.clone()}, items_);
}

Result<void> MatchSide::take_question() {
  if (answering_) return {};
  const auto take = [&](state::Transaction& transaction) -> Result<void> {
    PARLEY_TRY(const Answered answered, answered_run(transaction, budget_key(), prepared_->question));
    if (!answered.run.empty())
      return refuse({"match-repeat"},
                    "a type of this question was asked today already by run " + answered.run);
    return store_answer(transaction, budget_key(), prepared_->question, run_.id);
  };
  PARLEY_CHECK(state::write(node_.store(), state::Durability::synced, take));
  answering_ = true;
  return {};
}

Result<peer::Step> MatchSide::to_frames(match::Step step) {
  peer::Step out;
  out.more = step.more;
  party_done_ = step.done;
  for (match::Message& message : step.send) {
    if (match::carries_answer(parameters_, role(), message.type)) PARLEY_CHECK(take_question());
    peer::Frame frame{peer::FrameType::match_message, {}};
    frame.body.reserve(message.body.size() + 1);
    frame.body.push_back(message.type);
    append(frame.body, message.body);
    out.send.push_back(std::move(frame));
  }
  if (party_done_) PARLEY_CHECK(sealed_->end());
  return out;
}

Result<peer::Step> MatchSide::start_party() {
  PARLEY_TRY(match::Step step, party_->start());
  return to_frames(std::move(step));
}

Result<peer::Step> MatchSide::resume_party() {
  PARLEY_CHECK(check_still_allowed());
  PARLEY_TRY(match::Step step, party_->resume());
  return to_frames(std::move(step));
}

Result<peer::Step> MatchSide::feed_party(const peer::Frame& frame) {
  if (frame.body.empty()) return fail(ErrorKind::bad_input, "an empty message of the matching protocol");
  PARLEY_CHECK(check_still_allowed());
  const BytesView body = BytesView(frame.body).subspan(1);
  PARLEY_CHECK(sealed_->inbound({frame.body.front(), to_bytes(body)}));
  PARLEY_TRY(match::Step step, party_->on_message(frame.body.front(), body));
  return to_frames(std::move(step));
}

record::MatchStatement MatchSide::make_statement() const {
  const bool asks = side_ == peer::Side::initiator;
  const peer::OfferHalf& own = asks ? offer_->initiator : *offer_->responder;
  const peer::OfferHalf& other = asks ? *offer_->responder : offer_->initiator;
  record::MatchStatement out;
  const Timestamp now = node_.clock().now();
  out.head = {make_uuid7(now.microseconds(), node_.entropy()), node_.identity().origin, now};
  out.run = run_.id;
  out.counterparty = run_.peer;
  out.role = asks ? "initiator" : "responder";
  out.agreement = run_.agreement;
  out.purpose = run_.purpose;
  out.epoch = run_.epoch;
  out.types = offer_->types;
  out.selector_version = offer_->selector_version;
  out.output = offer_->output;
  out.learner = offer_->learner;
  out.protocol = run_.protocol;
  out.security = run_.security;
  out.set_size_padded = own.padded_size;
  out.peer_set_size_padded = other.padded_size;
  out.set_commitment = own.set_root;
  out.peer_set_commitment = other.set_root;
  out.offer_hash = peer::offer_hash(as_bytes(run_.offer));
  out.transcript_hash = party_->transcript_hash();
  out.outgoing_hash = party_->sent_hash();
  out.budget_before = run_.budget_before;
  out.budget_after = run_.budget_after;
  // The peer reads this record: the statement as it stands for the padded size, the exact one stays here.
  out.leak_statement = leak(prepared_->set.padded);
  return out;
}

Result<peer::Frame> MatchSide::record_own() {
  record::MatchStatement statement = make_statement();
  run_.transcript_hash = to_hex(statement.transcript_hash);
  run_.outgoing_hash = to_hex(statement.outgoing_hash);
  if (const auto& outcome = party_->outcome()) {
    run_.size = outcome->size;
    for (const std::uint32_t index : outcome->items) {
      PARLEY_TRY(intel::Selector selector, intel::selector_from_bytes(items_[index]));
      run_.matches.push_back(std::move(selector));
    }
    PARLEY_TRY(const record::Disclosure hits,
               record::make_disclosure("hits", std::uint64_t{outcome->size}, node_.entropy()));
    statement.sealed.push_back(hits.digest);
    run_.disclosures.push_back(hits.encoded);
  }
  PARLEY_TRY(const Recorded recorded, record(node_, statement.to_json()));
  run_.statement = recorded.id;
  run_.ledger_index = recorded.index;
  return peer::Frame{peer::FrameType::match_record, to_bytes(recorded.jws)};
}

Result<void> MatchSide::record_peer(const peer::Frame& frame) {
  PARLEY_TRY(const record::Statement statement,
             record::verify_statement(as_text(frame.body), session_.peer_role_key));
  PARLEY_TRY(const auto theirs, record::read_statement<record::MatchStatement>(statement));
  const record::MatchStatement ours = make_statement();
  PARLEY_CHECK(same(theirs.head.node == run_.peer, "node"));
  PARLEY_CHECK(same(theirs.counterparty == node_.identity().origin, "counterparty"));
  PARLEY_CHECK(same(theirs.role == (side_ == peer::Side::initiator ? "responder" : "initiator"), "role"));
  PARLEY_CHECK(same(theirs.run == ours.run, "run"));
  PARLEY_CHECK(same(theirs.agreement == ours.agreement, "agreement"));
  PARLEY_CHECK(same(theirs.purpose == ours.purpose, "purpose"));
  PARLEY_CHECK(same(theirs.epoch == ours.epoch, "epoch"));
  PARLEY_CHECK(same(theirs.types == ours.types, "list of types"));
  PARLEY_CHECK(same(theirs.selector_version == ours.selector_version, "selector version"));
  PARLEY_CHECK(same(theirs.output == ours.output && theirs.learner == ours.learner, "output or learner"));
  PARLEY_CHECK(same(theirs.protocol == ours.protocol && theirs.security == ours.security, "protocol"));
  PARLEY_CHECK(same(theirs.set_size_padded == ours.peer_set_size_padded &&
                        theirs.peer_set_size_padded == ours.set_size_padded,
                    "size"));
  PARLEY_CHECK(same(
      theirs.set_commitment == ours.peer_set_commitment && theirs.peer_set_commitment == ours.set_commitment,
      "set"));
  PARLEY_CHECK(same(theirs.offer_hash == ours.offer_hash, "offer"));
  PARLEY_CHECK(same(theirs.transcript_hash == ours.transcript_hash, "transcript"));
  // The peer chooses the id of its statement; one of ours would stand for both.
  PARLEY_CHECK(same(statement.id != run_.statement, "id"));
  run_.peer_statement = statement.id;
  PARLEY_CHECK(record_signed(node_, std::string(as_text(frame.body))));
  return {};
}

Result<void> MatchSide::finish() {
  run_.status = RunStatus::done;
  run_.ended = node_.clock().now();
  run_.bytes_sent = sent_;
  run_.bytes_received = received_;
  return state::write(node_.store(), state::Durability::synced,
                      [&](state::Transaction& transaction) -> Result<void> {
                        PARLEY_CHECK(store_run(transaction, run_));
                        if (answering_) return {};  // taken before the answer left
                        return store_answer(transaction, budget_key(), prepared_->question, run_.id);
                      });
}

void MatchSide::abandon() {
  if (!has_begun() || run_.status == RunStatus::done) return;
  run_.status = RunStatus::aborted;
  run_.ended = node_.clock().now();
  run_.bytes_sent = sent_;
  run_.bytes_received = received_;
  run_.size.reset();
  run_.matches.clear();
  // Who may know the answer can be asked about it, and so can this side: as long as for a whole run.
  const bool kept = !run_.statement.empty() || answering_;
  if (kept && sealed_ && !party_done_) static_cast<void>(sealed_->end());
  // Best effort: a store that fails here has failed the node already, and the run stays `begun`, which has no
  // result either.
  const auto stored = state::write(node_.store(), state::Durability::synced,
                                   [&](state::Transaction& transaction) -> Result<void> {
                                     if (!kept) PARLEY_CHECK(erase_run_key(transaction, run_.id));
                                     return store_run(transaction, run_);
                                   });
  if (stored && !kept) static_cast<void>(runs_.erase(run_.id));
}

std::optional<crypto::Hash256> MatchSide::offer_hash() const {
  if (run_.offer.empty()) return std::nullopt;
  return peer::offer_hash(as_bytes(run_.offer));
}

}  // namespace parley::exchange
