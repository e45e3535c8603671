#include <fmt/format.h>

#include <algorithm>

#include "exchange/head_guard.hpp"
#include "exchange/lookup_ask.hpp"
#include "exchange/lookup_building.hpp"
#include "exchange/lookup_members.hpp"
#include "exchange/lookup_proposal.hpp"
#include "exchange/lookup_recheck.hpp"
#include "exchange/lookup_session.hpp"
#include "exchange/match_budget.hpp"
#include "exchange/recording.hpp"
#include "exchange/session_failure.hpp"
#include "ledger/ledger.hpp"
#include "lookup/leak_statement.hpp"
#include "lookup/party.hpp"
#include "lookup/wire.hpp"
#include "record/match_terms.hpp"

namespace parley::exchange {
namespace {

std::unexpected<Error> out_of_turn(const peer::Frame& frame) {
  return fail(ErrorKind::peer, fmt::format("the peer sent a {} frame ({} bytes) out of turn",
                                           peer::frame_name(frame.type), frame.body.size()));
}

std::unexpected<Error> is_over() {
  return fail(ErrorKind::conflict, "this session of look-ups is over");
}

Result<void> same(bool equal, std::string_view what) {
  if (!equal)
    return fail(ErrorKind::peer, "the peer's record of its look-ups names another " + std::string(what));
  return {};
}

}  // namespace

struct LookupResponder::State {
  enum class Stage { fresh, open, checking, building, offered, sending, recorded, checking_query, over };

  State(Node& n, LookupStore& f, peer::PeerSession s, peer::SessionId i)
      : node(n), files(f), session(std::move(s)), id(i) {}

  Node& node;
  LookupStore& files;
  peer::PeerSession session;
  peer::SessionId id;
  Stage stage = Stage::fresh;
  std::optional<SignedLookupAsk> ask;
  std::optional<LookupPermission> permission;
  std::optional<LookupBuilding> building;
  std::optional<LookupRecheck> checking;
  peer::Frame query;     // that waits while the set is looked at again
  bool pending = false;  // officers have to agree first
  std::optional<KnownSet> set;
  std::shared_ptr<const Bytes> file;
  std::size_t file_sent = 0;
  std::string asker_jws;
  record::LookupStatement asker_record;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::optional<LookupRun> result;

  Result<peer::Step> take(const peer::Frame& frame);
  Result<peer::Step> take_ask(const peer::Frame& frame);
  SetName name() const { return SetName::of(*permission, ask->ask.epoch, true); }
  Result<bool> was_under_other_rules() const;
  Result<bool> changed_since() const;
  Result<peer::Step> begin_check(Stage next);
  Result<peer::Step> check_on();
  Result<peer::Step> begin_building();
  Result<peer::Step> build_on();
  Result<peer::Step> let_it_wait();
  Result<peer::Step> offer();
  Result<peer::Step> send_chunk();
  Result<peer::Step> take_record(const peer::Frame& frame);
  Result<peer::Step> take_query(const peer::Frame& frame);
  Result<peer::Step> answer(const peer::Frame& frame);
  Result<std::string> record_own(const crypto::Hash256& transcript, std::uint64_t left);
  Result<void> check_still_allowed();
  Result<peer::Step> keep(Result<peer::Step> step);
  lookup::Leak leak(std::uint64_t left) const {
    return {false, static_cast<std::uint32_t>(set->statement.items), set->statement.labels, ask->ask.lookups,
            left};
  }
};

/// Counts what is sent; an error ends the session for good.
Result<peer::Step> LookupResponder::State::keep(Result<peer::Step> step) {
  if (!step) {
    stage = Stage::over;
    return step;
  }
  for (const peer::Frame& frame : step->send) sent += peer::frame_header_bytes + frame.body.size();
  if (step->done && result) result->bytes_sent = sent;
  return step;
}

Result<peer::Step> LookupResponder::State::take_ask(const peer::Frame& frame) {
  PARLEY_TRY(ask, read_lookup_ask(frame.body, session.peer_role_key));
  const LookupAsk& asked = ask->ask;
  // Connection, day, names: what this side knows itself, or nothing.
  if (asked.session != id || asked.exporter != session.exporter || asked.hello != session.transcript ||
      asked.initiator != session.peer_origin.value() || asked.responder != session.own_origin.value() ||
      asked.epoch != lookup_epoch(node))
    return fail(ErrorKind::peer,
                "the question is for another session, connection, node or day (check both clocks)");
  PARLEY_CHECK(erase_old_sets(node, files));
  PARLEY_CHECK(take_heads(node, asked.initiator, asked.head, asked.peer_head));
  PARLEY_CHECK(check_head_confirmed(node, asked.initiator));
  PARLEY_TRY(permission, check_lookup_act(node, {asked.initiator, asked.agreement, asked.purpose}));
  {
    PARLEY_TRY(const auto reader, node.store().snapshot());
    PARLEY_TRY(const std::uint64_t left, lookups_left(*reader, *permission, asked.epoch, false));
    PARLEY_CHECK(check_lookups_left(*permission, left, asked.lookups));
    PARLEY_CHECK(check_lookup_charge(*reader, node, *permission, asked.epoch, asked.lookups));
  }
  PARLEY_TRY(set, usable_set(node, files, *permission, asked.epoch));
  if (!set) {
    // What is there and cannot answer any more, under other rules or without its file, is done with.
    PARLEY_TRY(const bool other_rules, was_under_other_rules());
    PARLEY_CHECK(retire_set(node, files, name(), other_rules ? "policy-changed" : "lookup-set-replaced"));
    return begin_building();
  }
  PARLEY_TRY(const bool changed, changed_since());
  return changed ? begin_check(Stage::checking) : offer();
}

Result<bool> LookupResponder::State::was_under_other_rules() const {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(const auto known, find_set(*reader, name()));
  return known && known->statement.policy_version != permission->policy_version;
}

Result<bool> LookupResponder::State::changed_since() const {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  return holdings_changed(*reader, name());
}

Result<peer::Step> LookupResponder::State::begin_check(Stage next) {
  PARLEY_TRY(checking, LookupRecheck::begin(node, files, *permission, ask->ask.epoch));
  stage = next;
  peer::Step step;
  step.more = true;
  return step;
}

/// One turn of looking at the set again: nothing of it is answered that may not be told now.
Result<peer::Step> LookupResponder::State::check_on() {
  PARLEY_TRY(const LookupRecheck::Verdict verdict, checking->step());
  if (verdict == LookupRecheck::Verdict::more) {
    peer::Step step;
    step.more = true;
    return step;
  }
  checking.reset();
  const bool has_query = stage == Stage::checking_query;
  if (verdict == LookupRecheck::Verdict::stands)
    return has_query ? answer(std::exchange(query, {})) : offer();
  PARLEY_CHECK(retire_set(node, files, name(), "lookup-holdings-changed", set->statement.set_hash));
  set.reset();
  if (!has_query) return begin_building();
  return refuse({"lookup-holdings-changed"},
                "something in the set may not be told any more; ask again, and another set is built");
}

/// Where officers have to agree, only what they agreed to is built; a set that nobody proposed yet is
/// committed to and proposed.
Result<peer::Step> LookupResponder::State::begin_building() {
  SetOrder order{*permission, ask->ask.epoch, {}, false};
  if (permission->needs_approval) {
    PARLEY_TRY(const auto proposal, find_lookup_proposal_of(node, name()));
    if (proposal && proposal->state == ProposalState::rejected)
      return refuse({"lookup-state"}, "officers of this side said no to this set today");
    if (proposal && proposal->state == ProposalState::proposed) return let_it_wait();
    if (proposal) order.proposal = proposal->id;
    order.commitment_only = order.proposal.empty();
  }
  PARLEY_CHECK(take_build_quota(node.store(), ask->ask.initiator, ask->ask.epoch));
  PARLEY_TRY(building, LookupBuilding::begin(node, files, std::move(order)));
  stage = Stage::building;
  peer::Step step;
  step.more = true;
  return step;
}

Result<peer::Step> LookupResponder::State::let_it_wait() {
  pending = true;
  stage = Stage::over;
  peer::Step step;
  step.send.push_back({peer::FrameType::lookup_pending, {}});
  step.done = true;
  return step;
}

Result<peer::Step> LookupResponder::State::build_on() {
  PARLEY_TRY(const bool built, building->step());
  if (built && permission->needs_approval && !building->has_set()) {
    // Another session may have proposed the same meanwhile.
    PARLEY_TRY(const auto known, find_lookup_proposal_of(node, name()));
    if (!known)
      PARLEY_CHECK(propose_lookup_set(node, *permission, ask->ask.epoch, building->take_commitment()));
    building.reset();
    return let_it_wait();
  }
  if (built) {
    set = building->set();
    building.reset();
    return offer();
  }
  peer::Step step;
  step.more = true;
  // Only what depends on the padded size is told, and in thousandths: the rest is nobody's business.
  const auto progress = building->progress();
  if (!progress) return step;
  peer::Frame frame{peer::FrameType::lookup_progress, {}};
  constexpr std::uint64_t parts = 1000;
  append_u64(frame.body, progress->first * parts / std::max<std::uint64_t>(1, progress->second));
  append_u64(frame.body, parts);
  step.send.push_back(std::move(frame));
  return step;
}

Result<peer::Step> LookupResponder::State::offer() {
  LookupOffer out;
  out.ask = ask->hash;
  out.set = crypto::sha256(as_bytes(set->jws));
  out.head = node.ledger().checkpoint();
  PARLEY_TRY(out.peer_head, remembered_head(node, ask->ask.initiator));
  PARLEY_TRY(peer::Frame frame, sign_lookup_offer(out, set->jws, node.keys().role));
  stage = Stage::offered;
  peer::Step step;
  step.send.push_back(std::move(frame));
  return step;
}

Result<peer::Step> LookupResponder::State::send_chunk() {
  if (!file) {
    PARLEY_TRY(file, files.find(set->statement.set_hash));
    if (!file) return fail(ErrorKind::internal, "the file of the look-up set is gone or damaged");
  }
  const std::size_t size = std::min(peer::max_chunk_bytes, file->size() - file_sent);
  peer::Step step;
  step.send.push_back({peer::FrameType::lookup_chunk, to_bytes(BytesView(*file).subspan(file_sent, size))});
  file_sent += size;
  step.more = file_sent < file->size();
  stage = step.more ? Stage::sending : Stage::offered;
  if (!step.more) file.reset();
  return step;
}

Result<peer::Step> LookupResponder::State::take_record(const peer::Frame& frame) {
  PARLEY_TRY(const record::Statement statement,
             record::verify_statement(as_text(frame.body), session.peer_role_key));
  PARLEY_TRY(asker_record, record::read_statement<record::LookupStatement>(statement));
  const record::LookupStatement& theirs = asker_record;
  PARLEY_CHECK(same(theirs.head.node == ask->ask.initiator, "node"));
  PARLEY_CHECK(same(theirs.counterparty == ask->ask.responder, "counterparty"));
  PARLEY_CHECK(same(theirs.role == "initiator", "role"));
  PARLEY_CHECK(same(theirs.session == peer::session_text(id), "session"));
  PARLEY_CHECK(same(theirs.agreement == ask->ask.agreement, "agreement"));
  PARLEY_CHECK(same(theirs.purpose == ask->ask.purpose, "purpose"));
  PARLEY_CHECK(same(theirs.epoch == ask->ask.epoch, "epoch"));
  PARLEY_CHECK(same(theirs.lookups == ask->ask.lookups, "number"));
  PARLEY_CHECK(same(theirs.set_hash == set->statement.set_hash, "set"));
  PARLEY_CHECK(same(theirs.public_key == set->statement.public_key, "key"));
  PARLEY_CHECK(same(theirs.ask_hash == ask->hash, "question"));
  asker_jws = as_text(frame.body);
  stage = Stage::recorded;
  return peer::Step{};
}

Result<void> LookupResponder::State::check_still_allowed() {
  if (lookup_epoch(node) != ask->ask.epoch)
    return refuse({"lookup-epoch-over"}, "the day of this set is over; ask again");
  PARLEY_TRY(const LookupPermission now,
             check_lookup_act(node, {ask->ask.initiator, ask->ask.agreement, ask->ask.purpose}));
  if (now.policy_version != set->statement.policy_version)
    return refuse({"policy-changed"}, "the rules changed after the set was built; ask again");
  return {};
}

Result<std::string> LookupResponder::State::record_own(const crypto::Hash256& transcript,
                                                       std::uint64_t left) {
  record::LookupStatement own = asker_record;
  const Timestamp now = node.clock().now();
  own.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  own.counterparty = ask->ask.initiator;
  own.role = "responder";
  own.transcript_hash = transcript;
  own.budget_before = left;
  own.budget_after = left - ask->ask.lookups;
  own.leak_statement = lookup::leak_statement(leak(own.budget_after));
  record::MatchChargeStatement charge;
  charge.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  charge.kind = charge_kind_name(ChargeKind::lookup);
  charge.subject = own.session;
  charge.counterparty = ask->ask.initiator;
  charge.agreement = ask->ask.agreement;
  charge.epoch = ask->ask.epoch;
  charge.types = set->statement.types;
  charge.amount = ask->ask.lookups;
  PARLEY_TRY(const std::vector<Recorded> recorded, record_all(node, {charge.to_json(), own.to_json()}));
  result->budget_left = own.budget_after;
  result->leak_statement = own.leak_statement;
  result->statement = recorded.back().id;
  result->ledger_index = recorded.back().index;
  return recorded.back().jws;
}

Result<peer::Step> LookupResponder::State::take_query(const peer::Frame& frame) {
  PARLEY_CHECK(check_still_allowed());
  if (frame.body.size() != ask->ask.lookups * sizeof(crypto::EncodedPoint))
    return fail(ErrorKind::peer, "the peer asks another number of values than it had said");
  PARLEY_CHECK(same(crypto::sha256(frame.body) == asker_record.query_hash, "query"));
  PARLEY_TRY(const bool changed, changed_since());
  if (!changed) return answer(frame);
  query = frame;
  return begin_check(Stage::checking_query);
}

Result<peer::Step> LookupResponder::State::answer(const peer::Frame& frame) {
  PARLEY_CHECK(check_still_allowed());
  std::optional<oprf::KeyPair> key;
  {
    PARLEY_TRY(const auto reader, node.store().snapshot());
    PARLEY_TRY(key, find_set_key(*reader, name()));
  }
  // Another session may have put a newer set in its place; its key is not this one's.
  if (!key || key->public_key() != set->statement.public_key)
    return refuse({"lookup-set-replaced"}, "the set was replaced meanwhile; ask again");
  // Charged and synced before anything is evaluated; what fails after this stays charged.
  std::uint64_t left = 0;
  PARLEY_CHECK(state::write(
      node.store(), state::Durability::synced, [&](state::Transaction& transaction) -> Result<void> {
        PARLEY_TRY(left,
                   spend_lookups(transaction, node, *permission, ask->ask.epoch, false, ask->ask.lookups));
        return {};
      }));
  PARLEY_TRY(Bytes evaluated, lookup::answer_query(*key, frame.body, node.entropy(), node.parallel()));
  result.emplace();
  result->session = peer::session_text(id);
  result->peer = ask->ask.initiator;
  result->evaluations = ask->ask.lookups;
  result->set_items = set->statement.items;
  result->set_bytes = set->statement.set_bytes;
  result->bytes_received = received;
  // Both records stand in this ledger before the answer leaves.
  auto recorded = [&]() -> Result<std::string> {
    PARLEY_CHECK(record_signed(node, asker_jws));
    return record_own(lookup::transcript_hash(set->statement.set_hash, frame.body, evaluated), left);
  }();
  if (!recorded) {
    result.reset();
    return std::unexpected(std::move(recorded).error());
  }
  peer::Step step;
  step.send.push_back({peer::FrameType::lookup_record, to_bytes(*recorded)});
  step.send.push_back({peer::FrameType::lookup_answer, std::move(evaluated)});
  step.done = true;
  stage = Stage::over;
  return step;
}

Result<peer::Step> LookupResponder::State::take(const peer::Frame& frame) {
  received += peer::frame_header_bytes + frame.body.size();
  using peer::FrameType;
  if (stage == Stage::open && frame.type == FrameType::lookup_ask) return take_ask(frame);
  if (stage == Stage::offered && frame.type == FrameType::lookup_fetch && file_sent == 0 &&
      frame.body.empty())
    return send_chunk();
  if (stage == Stage::offered && frame.type == FrameType::lookup_record) return take_record(frame);
  if (stage == Stage::recorded && frame.type == FrameType::lookup_query) return take_query(frame);
  return out_of_turn(frame);
}

LookupResponder::LookupResponder(Node& node, LookupStore& files, peer::PeerSession session,
                                 peer::SessionId id)
    : state_(std::make_unique<State>(node, files, std::move(session), id)) {}
LookupResponder::~LookupResponder() = default;

Result<peer::Step> LookupResponder::start() {
  if (state_->stage != State::Stage::fresh) return is_over();
  state_->stage = State::Stage::open;
  return peer::Step{};
}

Result<peer::Step> LookupResponder::on_frame(const peer::Frame& frame) {
  if (state_->stage == State::Stage::over) return is_over();
  return state_->keep(state_->take(frame));
}

Result<peer::Step> LookupResponder::resume() {
  if (state_->stage == State::Stage::checking || state_->stage == State::Stage::checking_query)
    return state_->keep(state_->check_on());
  if (state_->stage == State::Stage::building) return state_->keep(state_->build_on());
  if (state_->stage == State::Stage::sending) return state_->keep(state_->send_chunk());
  return is_over();
}

void LookupResponder::on_abort(const Error& reason) {
  if (state_->result || state_->pending) return;
  state_->stage = State::Stage::over;
  record_failure(state_->node, state_->session, {"lookup", state_->id, offer_hash()}, reason);
}

peer::SessionId LookupResponder::session() const {
  return state_->id;
}
std::optional<ByteArray<32>> LookupResponder::offer_hash() const {
  if (!state_->ask) return std::nullopt;
  return state_->ask->hash;
}
const std::optional<LookupRun>& LookupResponder::run() const {
  return state_->result;
}

}  // namespace parley::exchange
