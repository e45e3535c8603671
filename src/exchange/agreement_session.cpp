#include "exchange/agreement_session.hpp"

#include "exchange/notices.hpp"
#include "record/agreement_statement.hpp"
#include "record/jws.hpp"

namespace parley::exchange {

namespace {

// A STATEMENT frame with an empty body says "I have not signed it".
peer::Frame statement_frame(std::string_view jws) {
  return {peer::FrameType::statement, to_bytes(jws)};
}

Result<std::string_view> read_statement_frame(const peer::Frame& frame) {
  if (frame.type != peer::FrameType::statement)
    return fail(ErrorKind::peer, "expected a statement, got " + std::string(peer::frame_name(frame.type)) +
                                     " in an agreement session");
  return as_text(frame.body);
}

}  // namespace

AgreementSender::AgreementSender(Node& node, std::string peer_origin, std::string agreement)
    : node_(&node),
      peer_(std::move(peer_origin)),
      agreement_(std::move(agreement)),
      session_(peer::make_session_id(node.entropy())) {}

Result<peer::Step> AgreementSender::start() {
  if (phase_ != Phase::fresh) return fail(ErrorKind::internal, "an agreement session is started once");
  phase_ = Phase::over;
  PARLEY_TRY(const AgreementEntry entry, find_agreement(*node_, agreement_));
  if (entry.peer_origin != peer_) return refuse({"agreement-party"}, "this agreement is with another peer");
  if (!entry.state.signed_by_us)
    return fail(ErrorKind::conflict, "sign the agreement first; only a signed one is delivered");
  agreement_ = entry.state.agreement.hash;
  phase_ = Phase::waiting;
  peer::Step step;
  step.send.push_back(peer::make_open({peer::SessionKind::agreement, session_}));
  step.send.push_back(statement_frame(entry.own_jws));
  return step;
}

Result<peer::Step> AgreementSender::on_frame(const peer::Frame& frame) {
  if (phase_ != Phase::waiting)
    return fail(ErrorKind::peer, "a frame where the agreement session expects none");
  phase_ = Phase::over;
  PARLEY_TRY(const std::string_view answer, read_statement_frame(frame));
  if (answer.empty()) {
    PARLEY_TRY(result_, find_agreement(*node_, agreement_));
  } else {
    PARLEY_TRY(AgreementEntry entry, receive_agreement(*node_, peer_, answer));
    // Recorded all the same when it is another one: it was signed by the peer and names both sides. But it is
    // no answer to this question.
    if (entry.state.agreement.hash != agreement_)
      return fail(ErrorKind::peer, "the peer answered with its signature on another agreement");
    result_ = std::move(entry);
  }
  peer::Step step;
  step.done = true;
  return step;
}

AgreementReceiver::AgreementReceiver(Node& node, std::string peer_origin, peer::SessionId session)
    : node_(&node), peer_(std::move(peer_origin)), session_(session) {}

Result<peer::Step> AgreementReceiver::start() {
  return peer::Step{};
}

Result<peer::Step> AgreementReceiver::on_frame(const peer::Frame& frame) {
  if (over_) return fail(ErrorKind::peer, "a frame after the end of the agreement session");
  over_ = true;
  PARLEY_TRY(const std::string_view jws, read_statement_frame(frame));
  PARLEY_TRY(const record::Statement said, record::peek_statement(jws));
  peer::Step step;
  if (said.schema == record::AgreementStatement::schema) {
    PARLEY_TRY(result_, receive_agreement(*node_, peer_, jws));
    step.send.push_back(statement_frame(result_->own_jws));
  } else {
    PARLEY_CHECK(receive_notice(*node_, peer_, jws));
    step.send.push_back(statement_frame(""));
  }
  step.done = true;
  return step;
}

}  // namespace parley::exchange
