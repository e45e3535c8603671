#include "exchange/approval.hpp"
#include "exchange/gate.hpp"
#include "exchange/recording.hpp"
#include "exchange/release_session.hpp"
#include "exchange/release_store.hpp"
#include "peer/abort.hpp"
#include "record/jws.hpp"

namespace parley::exchange {

namespace {

peer::Frame statement_frame(std::string_view jws) {
  return {peer::FrameType::statement, to_bytes(jws)};
}

Result<record::ReceiptStatement> read_receipt(Node& node, const Release& release, std::string_view jws) {
  PARLEY_TRY(const PeerRecord peer, find_peer(node, release.peer_origin));
  PARLEY_TRY(const record::Statement statement, record::verify_statement(jws, peer.role_key));
  PARLEY_TRY(record::ReceiptStatement receipt, record::read_statement<record::ReceiptStatement>(statement));
  if (statement.node != release.peer_origin || receipt.sender != node.identity().origin ||
      receipt.release != release.id || receipt.agreement != release.terms.agreement ||
      receipt.purpose != release.terms.purpose || receipt.package_hash != release.terms.package_hash ||
      receipt.package_size != release.package.size())
    return fail(ErrorKind::peer, "the peer signed a receipt for something else than what was delivered");
  return receipt;
}

}  // namespace

ReleaseSender::ReleaseSender(Node& node, std::string release_id)
    : node_(&node), release_(std::move(release_id)), session_(peer::make_session_id(node.entropy())) {}

Result<peer::Step> ReleaseSender::start() {
  if (phase_ != Phase::fresh) return fail(ErrorKind::internal, "a release session is started once");
  phase_ = Phase::over;
  PARLEY_TRY(StoredRelease stored, load_release(*node_, release_));
  const Release& release = stored.release;
  release_ = release.id;
  act_ = {policy::Act::release, release.peer_origin, release.terms.agreement, release.terms.purpose};
  Gate gate(*node_);
  PARLEY_TRY(Cleared<Bytes> cleared, gate.clear_release(release));
  package_.emplace(std::move(cleared));
  PARLEY_CHECK(announce_delivery(*node_, stored));
  announced_ = true;
  phase_ = Phase::sending;
  peer::Step step;
  step.send.push_back(peer::make_open({peer::SessionKind::release, session_}));
  step.send.push_back(statement_frame(release.decision_jws));
  for (const ReleaseApproval& given : release.approvals) step.send.push_back(statement_frame(given.jws));
  step.more = true;
  return step;
}

Result<peer::Step> ReleaseSender::resume() {
  if (phase_ != Phase::sending)
    return fail(ErrorKind::internal, "this release session has nothing to resume");
  // An agreement, a peer or the rules that are stopped now stop the rest of the package too.
  Gate gate(*node_);
  PARLEY_TRY(const policy::Question act, gate.ask(act_));
  if (const policy::Decision decision = node_->policy().decide(act);
      decision.outcome == policy::Outcome::deny)
    return decision.refusal();
  peer::Step step;
  if (std::optional<peer::Frame> frame = package_->next()) step.send.push_back(std::move(*frame));
  step.more = !package_->at_end();
  if (!step.more) phase_ = Phase::waiting;
  return step;
}

void ReleaseSender::on_abort(const Error&) {
  if (!announced_ || result_) return;
  // The peer may hold the package and withhold the receipt. Best effort, as the session has failed already.
  const peer::Abort abort{.node = peer::Origin(node_->identity().origin),
                          .counterparty = peer::Origin(act_.peer),
                          .kind = "release",
                          .session = session_,
                          .offer = std::nullopt,
                          .created = node_->clock().now()};
  if (const auto jws = peer::sign_abort(abort, node_->entropy(), node_->keys().role))
    static_cast<void>(record_signed(*node_, *jws));
}

Result<peer::Step> ReleaseSender::on_frame(const peer::Frame& frame) {
  if (phase_ != Phase::waiting || frame.type != peer::FrameType::statement)
    return fail(ErrorKind::peer, "expected the receipt, got " + std::string(peer::frame_name(frame.type)));
  phase_ = Phase::over;
  PARLEY_TRY(StoredRelease stored, load_release(*node_, release_));
  Release& release = stored.release;
  const std::string jws(as_text(frame.body));
  PARLEY_CHECK(read_receipt(*node_, release, jws));
  if (release.state == ReleaseState::delivered) {
    // Another session of the same release came first; one delivery is one statement.
    result_ = std::move(release);
    peer::Step step;
    step.done = true;
    return step;
  }
  // The bytes are with the peer now, whatever became of the release here in the meantime: that it was
  // delivered is the truth, and a state that says otherwise would let it be sent again.
  PARLEY_CHECK(record_once(*node_, jws));
  release.receipt_jws = jws;
  release.state = ReleaseState::delivered;
  PARLEY_CHECK(save_release(*node_, stored));
  result_ = std::move(release);
  peer::Step step;
  step.done = true;
  return step;
}

}  // namespace parley::exchange
