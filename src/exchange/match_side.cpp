#include "exchange/match_side.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/assert.hpp"
#include "exchange/recording.hpp"
#include "match/dh_wire.hpp"
#include "match/leak_statement.hpp"
#include "record/disclosure.hpp"

namespace parley::exchange {
namespace {

constexpr auto protocol = match::Protocol::dh;

match::Output party_output(policy::MatchOutput output) {
  return output == policy::MatchOutput::items ? match::Output::items : match::Output::size;
}

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

std::string match_parameters_text() {
  return fmt::format("chunk={}", match::default_chunk);
}

Result<void> MatchSide::prepare(MatchQuestion question) {
  PARLEY_TRY(ClearedMatch cleared, clear_match(node_, std::move(question)));
  agreement_ = std::move(cleared.agreement);
  question_ = std::move(cleared.question);
  if (question_.peer != session_.peer_origin.value())
    return fail(ErrorKind::usage, "the match is for " + question_.peer + ", the connection leads to " +
                                      session_.peer_origin.value());
  policy_version_ = cleared.set.clearance().policy_version;
  epoch_ = static_cast<std::uint64_t>(node_.clock().now().day());
  {
    PARLEY_TRY(const auto reader, node_.store().snapshot());
    PARLEY_TRY(const auto answered, answered_run(*reader, budget_key(), question_));
    if (answered)
      return refuse({"match-repeat"}, "this question was answered today already by run " + *answered);
    PARLEY_TRY(const Budget left, budget_left(*reader, *agreement_, budget_key()));
    const std::uint64_t items = side_ == peer::Side::initiator ? cleared.set.value().selectors.size() : 0;
    PARLEY_CHECK(check_budget(*agreement_, left, items));
  }
  PARLEY_TRY(set_, commit_set(std::move(cleared.set), node_.entropy()));
  return {};
}

Result<void> MatchSide::check_still_allowed() {
  MatchQuestion question = question_;
  PARLEY_CHECK(check_match_act(node_, question));
  if (node_.policy().version() != policy_version_)
    return refuse({"policy-changed"}, "the rules changed after the set was built; ask again");
  return {};
}

peer::Offer MatchSide::draft_offer(peer::SessionId id) const {
  peer::Offer offer;
  offer.session = id;
  offer.exporter = session_.exporter;
  offer.agreement = hash_of(agreement_->hash).value_or(crypto::Hash256{});
  offer.purpose = question_.purpose;
  offer.epoch = epoch_;
  offer.selector_version = intel::selector_version;
  offer.types = type_names(question_.types);
  offer.output = policy::output_name(question_.output);
  offer.learner = "initiator";
  offer.protocol = match::protocol_name(protocol);
  offer.parameters = match_parameters_text();
  return offer;
}

peer::OfferHalf MatchSide::own_half() const {
  PARLEY_ASSERT(set_.has_value());
  return {session_.own_origin, node_.keys().role.public_key(), set_->padded, set_->set_root,
          set_->seed_commitment};
}

Result<void> MatchSide::check_peer_identity(const peer::OfferHalf& half) const {
  if (half.origin != session_.peer_origin || half.role_key != session_.peer_role_key)
    return fail(ErrorKind::peer, "the match offer names another node than the one that is connected");
  return {};
}

Result<void> MatchSide::check_peer_half(const peer::OfferHalf& half) const {
  const auto bound = [](std::uint64_t size) {
    return std::uint64_t{match::padded_size(
        static_cast<std::uint32_t>(std::min<std::uint64_t>(size, match::max_padded_size)))};
  };
  if (half.padded_size < bound(agreement_->min_set))
    return refuse({"peer-set-too-small"},
                  fmt::format("the peer's set has at most {} items, the agreement asks for {}",
                              half.padded_size, agreement_->min_set));
  if (half.padded_size > bound(agreement_->max_set))
    return refuse({"peer-set-too-large"},
                  fmt::format("the peer's set is padded to {} items, the agreement allows {}",
                              half.padded_size, agreement_->max_set));
  return {};
}

BudgetKey MatchSide::budget_key() const {
  return {agreement_->hash, session_.peer_origin.value(), side_, epoch_};
}

std::uint64_t MatchSide::asked_items(std::uint64_t peer_padded) const {
  if (side_ == peer::Side::initiator) return set_->items.size();
  // The asker's true size is hidden by padding; the least that fits it, so that rounding refuses nobody.
  return std::max<std::uint64_t>(agreement_->min_set, peer_padded / 2 + 1);
}

std::string MatchSide::leak(std::uint32_t own_size, std::uint32_t peer_padded) const {
  return match::leak_statement({.role = role(),
                                .output = party_output(question_.output),
                                .protocol = protocol,
                                .own_size = own_size,
                                .own_padded = set_->padded,
                                .peer_padded = peer_padded});
}

Result<void> MatchSide::begin(const peer::Offer& offer, Bytes offer_bytes) {
  PARLEY_ASSERT(set_ && offer.responder && !party_);
  PARLEY_CHECK(check_still_allowed());
  const bool asks = side_ == peer::Side::initiator;
  const std::uint64_t peer_padded = asks ? offer.responder->padded_size : offer.initiator.padded_size;
  offer_ = offer;
  const crypto::Hash256 hash = peer::offer_hash(offer_bytes);
  match::Parameters parameters;
  parameters.protocol = protocol;
  parameters.output = party_output(question_.output);
  parameters.receiver_padded = static_cast<std::uint32_t>(offer.initiator.padded_size);
  parameters.sender_padded = static_cast<std::uint32_t>(offer.responder->padded_size);
  parameters.offer_hash = hash;
  PARLEY_CHECK(match::check_parameters(parameters));

  run_.id = peer::session_text(offer.session);
  run_.peer = session_.peer_origin.value();
  run_.role = side_;
  run_.agreement = agreement_->hash;
  run_.purpose = question_.purpose;
  run_.epoch = epoch_;
  run_.types = question_.types;
  run_.output = question_.output;
  run_.protocol = match::protocol_name(protocol);
  run_.security = match::protocol_security(protocol);
  run_.own_size = set_->items.size();
  run_.own_size_padded = set_->padded;
  run_.peer_size_padded = peer_padded;
  run_.offer = as_text(offer_bytes);
  run_.offer_hash = to_hex(hash);
  run_.set_root = to_hex(set_->set_root);
  run_.leak_statement = leak(set_->items.size(), static_cast<std::uint32_t>(peer_padded));
  run_.begun = node_.clock().now();
  run_.ended = run_.begun;
  run_.audit_until = run_.begun + std::chrono::days(agreement_->audit_days);
  key_ = crypto::Secret<32>::generate(node_.entropy());
  const auto begin_run = [&](state::Transaction& transaction) -> Result<void> {
    PARLEY_TRY(const Budget before,
               spend_budget(transaction, *agreement_, budget_key(), asked_items(peer_padded)));
    run_.budget_before = before.runs;
    run_.budget_after = before.runs - 1;
    PARLEY_TRY(const bool used, is_known_run(transaction, run_.id));
    if (used) return fail(ErrorKind::peer, "the peer used the session id " + run_.id + " a second time");
    // Again, inside the transaction: two sessions at once must not answer one question twice.
    PARLEY_TRY(const auto answered, answered_run(transaction, budget_key(), question_));
    if (answered)
      return refuse({"match-repeat"}, "this question was answered today already by run " + *answered);
    PARLEY_CHECK(store_run_key(transaction, run_.id, key_));
    return store_run(transaction, run_);
  };
  PARLEY_CHECK(state::write(node_.store(), state::Durability::synced, begin_run));
  sealed_.emplace(runs_, run_.id, key_, node_.entropy());
  items_ = set_->items;
  PARLEY_TRY(party_, match::make_party(role(), parameters, set_->seed, set_->items, node_.parallel()));
  return sealed_->begin({role(), parameters, set_->seed.clone(), set_->opening.clone()}, items_);
}

Result<void> MatchSide::take_question() {
  if (answering_) return {};
  const auto take = [&](state::Transaction& transaction) -> Result<void> {
    PARLEY_TRY(const auto answered, answered_run(transaction, budget_key(), question_));
    if (answered)
      return refuse({"match-repeat"}, "this question was answered today already by run " + *answered);
    return store_answer(transaction, budget_key(), question_, run_.id);
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
    if (message.type == static_cast<std::uint8_t>(match::DhMessage::sender_tags))
      PARLEY_CHECK(take_question());
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
  out.leak_statement = leak(set_->padded, static_cast<std::uint32_t>(other.padded_size));
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
  PARLEY_CHECK(same(theirs.output == ours.output, "output"));
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
                        return store_answer(transaction, budget_key(), question_, run_.id);
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
  const bool recorded = !run_.statement.empty();
  // Best effort: a store that fails here has failed the node already, and the run stays `begun`, which has no
  // result either.
  const auto stored = state::write(node_.store(), state::Durability::synced,
                                   [&](state::Transaction& transaction) -> Result<void> {
                                     if (!recorded) PARLEY_CHECK(erase_run_key(transaction, run_.id));
                                     return store_run(transaction, run_);
                                   });
  if (stored && !recorded) static_cast<void>(runs_.erase(run_.id));
}

std::optional<crypto::Hash256> MatchSide::offer_hash() const {
  if (run_.offer.empty()) return std::nullopt;
  return peer::offer_hash(as_bytes(run_.offer));
}

}  // namespace parley::exchange
