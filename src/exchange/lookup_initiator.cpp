#include <fmt/format.h>

#include <algorithm>

#include "exchange/head_guard.hpp"
#include "exchange/lookup_ask.hpp"
#include "exchange/lookup_book.hpp"
#include "exchange/lookup_session.hpp"
#include "exchange/object_facts.hpp"
#include "exchange/recording.hpp"
#include "exchange/session_failure.hpp"
#include "intel/marking.hpp"
#include "ledger/ledger.hpp"
#include "lookup/leak_statement.hpp"
#include "lookup/party.hpp"
#include "lookup/wire.hpp"

namespace parley::exchange {
namespace {

std::unexpected<Error> out_of_turn(const peer::Frame& frame) {
  return fail(ErrorKind::peer, fmt::format("the peer sent a {} frame ({} bytes) out of turn",
                                           peer::frame_name(frame.type), frame.body.size()));
}

std::unexpected<Error> is_over() {
  return fail(ErrorKind::conflict, "this session of look-ups is over");
}

Result<void> same(bool equal, std::string_view where, std::string_view what) {
  if (!equal) return fail(ErrorKind::peer, fmt::format("the peer's {} names another {}", where, what));
  return {};
}

// As people write it; a number that no marking has is one that nobody may pass on.
std::string marking_text(std::uint8_t code) {
  const auto marking = static_cast<state::MarkingCode>(code);
  if (marking == state::MarkingCode::none) return "";
  if (marking > state::MarkingCode::red) return "unknown";
  return std::string(intel::tlp_name(static_cast<intel::TlpLevel>(code)));
}

}  // namespace

struct LookupInitiator::State {
  enum class Stage { fresh, asked, fetching, queried, recorded, over };

  State(Node& n, LookupStore& f, peer::PeerSession s, LookupQuestion q, std::vector<intel::Selector> v)
      : node(n),
        files(f),
        session(std::move(s)),
        question(std::move(q)),
        selectors(std::move(v)),
        id(peer::make_session_id(node.entropy())) {}

  Node& node;
  LookupStore& files;
  peer::PeerSession session;
  LookupQuestion question;
  std::vector<intel::Selector> selectors;
  peer::SessionId id;
  OnProgress on_progress;
  Stage stage = Stage::fresh;
  std::optional<LookupPermission> permission;
  LookupAsk ask;
  std::optional<crypto::Hash256> ask_hash;
  record::LookupSetStatement set;
  Bytes fetched;
  std::optional<lookup::SetFile> file;
  std::optional<lookup::Asker> asker;
  Bytes query;
  record::LookupStatement own;
  record::LookupStatement theirs;
  std::string peer_jws;
  LookupRun run;
  std::optional<LookupRun> result;
  std::vector<LookedUp> findings;
  bool waits_for_peer = false;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;

  Result<peer::Step> begin();
  Result<void> check_selectors() const;
  Result<peer::Step> take(const peer::Frame& frame);
  Result<peer::Step> take_progress(const peer::Frame& frame);
  Result<peer::Step> take_set(const peer::Frame& frame);
  Result<void> check_set(const record::Statement& statement) const;
  Result<peer::Step> take_chunk(const peer::Frame& frame);
  Result<void> open_file(std::shared_ptr<const Bytes> bytes);
  Result<peer::Step> ask_batch();
  Result<peer::Step> take_record(const peer::Frame& frame);
  Result<peer::Step> take_answer(const peer::Frame& frame);
  Result<peer::Step> keep(Result<peer::Step> step);
  void told(std::string_view step, std::uint64_t done, std::uint64_t total) const {
    if (on_progress) on_progress(step, done, total);
  }
};

Result<peer::Step> LookupInitiator::State::keep(Result<peer::Step> step) {
  if (!step) {
    stage = Stage::over;
    return step;
  }
  for (const peer::Frame& frame : step->send) sent += peer::frame_header_bytes + frame.body.size();
  return step;
}

Result<void> LookupInitiator::State::check_selectors() const {
  if (selectors.empty() || selectors.size() > lookup::max_batch)
    return fail(ErrorKind::usage, fmt::format("name 1 to {} values to look up", lookup::max_batch));
  for (const intel::Selector& selector : selectors)
    if (!permission->agreement.allows_type(selector.type))
      return refuse({"agreement-type"},
                    fmt::format("the agreement does not cover {}", intel::type_name(selector.type)));
  return {};
}

Result<peer::Step> LookupInitiator::State::begin() {
  PARLEY_TRY(permission, check_lookup_act(node, question));
  if (permission->question.peer != session.peer_origin.value())
    return fail(ErrorKind::usage, "the look-up is for " + permission->question.peer +
                                      ", the connection leads to " + session.peer_origin.value());
  if (std::ranges::find(session.features, lookup_feature) == session.features.end())
    return fail(ErrorKind::peer, "the peer runs a version that does not answer look-ups");
  PARLEY_CHECK(check_selectors());
  PARLEY_CHECK(check_head_confirmed(node, permission->question.peer));
  PARLEY_CHECK(erase_old_sets(node, files));
  const std::uint64_t epoch = lookup_epoch(node);
  {
    PARLEY_TRY(const auto reader, node.store().snapshot());
    PARLEY_TRY(const std::uint64_t left, lookups_left(*reader, *permission, epoch, true));
    PARLEY_CHECK(check_lookups_left(*permission, left, selectors.size()));
  }
  ask.session = id;
  ask.exporter = session.exporter;
  ask.hello = session.transcript;
  ask.initiator = session.own_origin.value();
  ask.responder = session.peer_origin.value();
  ask.agreement = permission->question.agreement;
  ask.purpose = permission->question.purpose;
  ask.epoch = epoch;
  ask.lookups = selectors.size();
  ask.head = node.ledger().checkpoint();
  PARLEY_TRY(ask.peer_head, remembered_head(node, ask.responder));
  PARLEY_TRY(const Bytes bytes, encode_lookup_ask(ask));
  PARLEY_TRY(peer::Frame frame, sign_lookup_ask(ask, node.keys().role));
  ask_hash = crypto::sha256(bytes);
  stage = Stage::asked;
  peer::Step step;
  step.send.push_back(peer::make_open({peer::SessionKind::lookup, id}));
  step.send.push_back(std::move(frame));
  return step;
}

Result<peer::Step> LookupInitiator::State::take_progress(const peer::Frame& frame) {
  ByteReader reader(frame.body);
  PARLEY_TRY(const std::uint64_t done, reader.u64());
  PARLEY_TRY(const std::uint64_t total, reader.u64());
  PARLEY_CHECK(reader.expect_end());
  if (done > total) return fail(ErrorKind::bad_input, "the peer has built more of its set than there is");
  told("the other side builds its set", done, total);
  return peer::Step{};
}

Result<void> LookupInitiator::State::check_set(const record::Statement& statement) const {
  const auto equal = [](bool is, std::string_view what) { return same(is, "statement of its set", what); };
  PARLEY_CHECK(equal(statement.node == ask.responder, "node"));
  PARLEY_CHECK(equal(set.counterparty == ask.initiator, "counterparty"));
  PARLEY_CHECK(equal(set.agreement == ask.agreement, "agreement"));
  PARLEY_CHECK(equal(set.purpose == ask.purpose, "purpose"));
  PARLEY_CHECK(equal(set.epoch == ask.epoch, "epoch"));
  PARLEY_CHECK(equal(set.types == permission->type_names(), "list of types"));
  PARLEY_CHECK(equal(set.selector_version == intel::selector_version, "selector version"));
  PARLEY_CHECK(equal(set.labels == permission->agreement.lookup_labels, "form of hits"));
  PARLEY_CHECK(
      equal(set.items <= lookup::max_items && lookup::is_padded_items(static_cast<std::uint32_t>(set.items)),
            "size"));
  PARLEY_CHECK(equal(set.set_bytes <= lookup::max_set_file_bytes(), "length"));
  if (!crypto::Point::decode(set.public_key))
    return fail(ErrorKind::peer, "the peer announces a key that is none");
  return {};
}

Result<peer::Step> LookupInitiator::State::take_set(const peer::Frame& frame) {
  PARLEY_TRY(const SignedLookupOffer answer, read_lookup_offer(frame.body, *ask_hash, session.peer_role_key));
  // Before anything of it is kept: what the peer has seen of this log.
  PARLEY_CHECK(take_heads(node, ask.responder, answer.offer.head, answer.offer.peer_head));
  const std::string& jws = answer.set_jws;
  PARLEY_TRY(const record::Statement statement, record::verify_statement(jws, session.peer_role_key));
  PARLEY_TRY(set, record::read_statement<record::LookupSetStatement>(statement));
  PARLEY_CHECK(check_set(statement));
  // First the ledger: if the peer later answers under another key, both statements stand here.
  PARLEY_CHECK(record_once(node, jws));
  const SetName name = SetName::of(*permission, ask.epoch, false);
  PARLEY_CHECK(state::write(node.store(), state::Durability::synced, [&](state::Transaction& transaction) {
    return store_set(transaction, name, {set, jws});
  }));
  run.set_items = set.items;
  run.set_bytes = set.set_bytes;
  PARLEY_TRY(std::shared_ptr<const Bytes> cached, files.find(set.set_hash));
  if (cached) {
    PARLEY_CHECK(open_file(std::move(cached)));
    return ask_batch();
  }
  run.downloaded = true;
  stage = Stage::fetching;
  peer::Step step;
  step.send.push_back({peer::FrameType::lookup_fetch, {}});
  return step;
}

Result<peer::Step> LookupInitiator::State::take_chunk(const peer::Frame& frame) {
  if (frame.body.empty() || frame.body.size() > set.set_bytes - fetched.size())
    return fail(ErrorKind::peer, "the peer sends another set than it announced");
  append(fetched, frame.body);
  told("fetching the set", fetched.size(), set.set_bytes);
  if (fetched.size() < set.set_bytes) return peer::Step{};
  if (crypto::sha256(fetched) != set.set_hash)
    return fail(ErrorKind::peer, "the peer sends another set than it announced");
  PARLEY_CHECK(files.put(set.set_hash, std::exchange(fetched, {})));
  PARLEY_TRY(std::shared_ptr<const Bytes> bytes, files.find(set.set_hash));
  if (!bytes) return fail(ErrorKind::internal, "the set that was just written cannot be read");
  PARLEY_CHECK(open_file(std::move(bytes)));
  return ask_batch();
}

Result<void> LookupInitiator::State::open_file(std::shared_ptr<const Bytes> bytes) {
  PARLEY_TRY(file, lookup::SetFile::open(std::move(bytes)));
  PARLEY_CHECK(same(file->header().items == set.items && file->header().has_labels == set.labels,
                    "statement of its set", "size or form than the set has"));
  return {};
}

Result<peer::Step> LookupInitiator::State::ask_batch() {
  // The rules may have changed while the set came.
  PARLEY_TRY(permission, check_lookup_act(node, question));
  std::vector<Bytes> items;
  items.reserve(selectors.size());
  for (const intel::Selector& selector : selectors) items.push_back(intel::selector_bytes(selector));
  asker.emplace(*file, set.public_key);
  PARLEY_TRY(query, asker->ask(std::move(items), node.entropy(), node.parallel()));
  std::uint64_t left = 0;
  PARLEY_CHECK(state::write(
      node.store(), state::Durability::synced, [&](state::Transaction& transaction) -> Result<void> {
        PARLEY_TRY(left, spend_lookups(transaction, node, *permission, ask.epoch, true, ask.lookups));
        return {};
      }));
  const Timestamp now = node.clock().now();
  own.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  own.session = peer::session_text(id);
  own.counterparty = ask.responder;
  own.role = "initiator";
  own.agreement = ask.agreement;
  own.purpose = ask.purpose;
  own.epoch = ask.epoch;
  own.lookups = ask.lookups;
  own.set_hash = set.set_hash;
  own.public_key = set.public_key;
  own.ask_hash = *ask_hash;
  own.query_hash = crypto::sha256(query);
  own.budget_before = left;
  own.budget_after = left - ask.lookups;
  own.leak_statement = lookup::leak_statement(
      {true, static_cast<std::uint32_t>(set.items), set.labels, ask.lookups, own.budget_after});
  PARLEY_TRY(const Recorded recorded, record(node, own.to_json()));
  run.statement = recorded.id;
  run.ledger_index = recorded.index;
  run.leak_statement = own.leak_statement;
  stage = Stage::queried;
  peer::Step step;
  step.send.push_back({peer::FrameType::lookup_record, to_bytes(recorded.jws)});
  step.send.push_back({peer::FrameType::lookup_query, query});
  return step;
}

Result<peer::Step> LookupInitiator::State::take_record(const peer::Frame& frame) {
  PARLEY_TRY(const record::Statement statement,
             record::verify_statement(as_text(frame.body), session.peer_role_key));
  PARLEY_TRY(theirs, record::read_statement<record::LookupStatement>(statement));
  const auto equal = [](bool is, std::string_view what) { return same(is, "record of this session", what); };
  PARLEY_CHECK(equal(theirs.head.node == ask.responder, "node"));
  PARLEY_CHECK(equal(theirs.counterparty == ask.initiator, "counterparty"));
  PARLEY_CHECK(equal(theirs.role == "responder", "role"));
  PARLEY_CHECK(equal(theirs.session == own.session, "session"));
  PARLEY_CHECK(equal(theirs.agreement == own.agreement, "agreement"));
  PARLEY_CHECK(equal(theirs.purpose == own.purpose, "purpose"));
  PARLEY_CHECK(equal(theirs.epoch == own.epoch, "epoch"));
  PARLEY_CHECK(equal(theirs.lookups == own.lookups, "number"));
  PARLEY_CHECK(equal(theirs.set_hash == own.set_hash, "set"));
  PARLEY_CHECK(equal(theirs.public_key == own.public_key, "key"));
  PARLEY_CHECK(equal(theirs.ask_hash == own.ask_hash, "question"));
  PARLEY_CHECK(equal(theirs.query_hash == own.query_hash, "query"));
  PARLEY_CHECK(equal(theirs.budget_after <= theirs.budget_before &&
                         theirs.budget_before - theirs.budget_after == own.lookups,
                     "budget"));
  // The peer chooses the id of its statement; one of ours would stand for both.
  PARLEY_CHECK(equal(statement.id != run.statement, "id"));
  peer_jws = as_text(frame.body);
  stage = Stage::recorded;
  return peer::Step{};
}

Result<peer::Step> LookupInitiator::State::take_answer(const peer::Frame& frame) {
  PARLEY_CHECK(same(theirs.transcript_hash == lookup::transcript_hash(set.set_hash, query, frame.body),
                    "record of this session", "answer"));
  PARLEY_TRY(const std::vector<lookup::Finding> found, asker->take(frame.body, node.parallel()));
  PARLEY_CHECK(record_signed(node, peer_jws));
  for (std::size_t i = 0; i < found.size(); ++i) {
    LookedUp one{selectors[i], found[i].hit, {}, {}};
    if (found[i].label) {
      one.pointer = found[i].label->pointer;
      one.marking = marking_text(found[i].label->marking);
    }
    findings.push_back(std::move(one));
  }
  run.session = own.session;
  run.peer = ask.responder;
  run.evaluations = own.lookups;
  run.budget_left = std::min(theirs.budget_after, own.budget_after);
  run.bytes_sent = sent;
  run.bytes_received = received;
  result = run;
  stage = Stage::over;
  peer::Step step;
  step.done = true;
  return step;
}

Result<peer::Step> LookupInitiator::State::take(const peer::Frame& frame) {
  received += peer::frame_header_bytes + frame.body.size();
  using peer::FrameType;
  if (stage == Stage::asked && frame.type == FrameType::lookup_progress) return take_progress(frame);
  if (stage == Stage::asked && frame.type == FrameType::lookup_set) return take_set(frame);
  if (stage == Stage::asked && frame.type == FrameType::lookup_pending) {
    waits_for_peer = true;
    stage = Stage::over;
    peer::Step step;
    step.done = true;
    return step;
  }
  if (stage == Stage::fetching && frame.type == FrameType::lookup_chunk) return take_chunk(frame);
  if (stage == Stage::queried && frame.type == FrameType::lookup_record) return take_record(frame);
  if (stage == Stage::recorded && frame.type == FrameType::lookup_answer) return take_answer(frame);
  return out_of_turn(frame);
}

LookupInitiator::LookupInitiator(Node& node, LookupStore& files, peer::PeerSession session,
                                 LookupQuestion question, std::vector<intel::Selector> selectors)
    : state_(std::make_unique<State>(node, files, std::move(session), std::move(question),
                                     std::move(selectors))) {}
LookupInitiator::~LookupInitiator() = default;

void LookupInitiator::on_progress(OnProgress told) {
  state_->on_progress = std::move(told);
}

Result<peer::Step> LookupInitiator::start() {
  if (state_->stage != State::Stage::fresh) return is_over();
  return state_->keep(state_->begin());
}

Result<peer::Step> LookupInitiator::on_frame(const peer::Frame& frame) {
  if (state_->stage == State::Stage::over) return is_over();
  return state_->keep(state_->take(frame));
}

Result<peer::Step> LookupInitiator::resume() {
  return is_over();
}

void LookupInitiator::on_abort(const Error& reason) {
  if (state_->result || state_->waits_for_peer) return;
  state_->stage = State::Stage::over;
  state_->findings.clear();
  // A question that the own gate refused never reached the peer: there is no session to abort.
  if (state_->ask_hash)
    record_failure(state_->node, state_->session, {"lookup", state_->id, state_->ask_hash}, reason);
}

peer::SessionId LookupInitiator::session() const {
  return state_->id;
}
std::optional<ByteArray<32>> LookupInitiator::offer_hash() const {
  return state_->ask_hash;
}
const std::optional<LookupRun>& LookupInitiator::run() const {
  return state_->result;
}
bool LookupInitiator::waits_for_peer() const {
  return state_->waits_for_peer;
}
const std::vector<LookedUp>& LookupInitiator::findings() const {
  return state_->findings;
}

}  // namespace parley::exchange
