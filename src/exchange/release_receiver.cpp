#include "exchange/package.hpp"
#include "exchange/release_session.hpp"

namespace parley::exchange {

ReleaseReceiver::ReleaseReceiver(Node& node, std::string peer_origin, peer::SessionId session,
                                 const intel::WarninglistSet* warninglists)
    : node_(&node), peer_(std::move(peer_origin)), session_(session), warninglists_(warninglists) {}

Result<peer::Step> ReleaseReceiver::start() {
  return peer::Step{};
}

Result<peer::Step> ReleaseReceiver::on_frame(const peer::Frame& frame) {
  if (over_) return fail(ErrorKind::peer, "a frame after the end of the release session");
  switch (frame.type) {
    case peer::FrameType::statement:
      PARLEY_CHECK(take_statement(as_text(frame.body)));
      return peer::Step{};
    case peer::FrameType::package:
      if (decision_jws_.empty()) return fail(ErrorKind::peer, "a package without a decision before it");
      if (frame.body.empty()) return fail(ErrorKind::peer, "an empty piece of a package");
      if (frame.body.size() > max_package_bytes - package_.size())
        return fail(ErrorKind::peer, "the package is larger than a package may be");
      append(package_, frame.body);
      return peer::Step{};
    case peer::FrameType::package_end:
      over_ = true;
      return begin_intake(frame.body);
    default:
      over_ = true;
      return fail(ErrorKind::peer,
                  std::string(peer::frame_name(frame.type)) + " has no place in a release session");
  }
}

Result<void> ReleaseReceiver::take_statement(std::string_view jws) {
  if (jws.empty() || !package_.empty()) return fail(ErrorKind::peer, "a statement out of its place");
  if (decision_jws_.empty())
    decision_jws_ = jws;
  else if (approvals_.size() < max_delivered_approvals)
    approvals_.emplace_back(jws);
  else
    return fail(ErrorKind::peer, "more approvals than a delivery may carry");
  return {};
}

Result<peer::Step> ReleaseReceiver::begin_intake(BytesView announced_hash) {
  const crypto::Hash256 hash = crypto::sha256(package_);
  if (package_.empty() || !std::equal(hash.begin(), hash.end(), announced_hash.begin(), announced_hash.end()))
    return fail(ErrorKind::peer, "the package did not arrive as it was sent");
  PARLEY_TRY(intake_, DeliveryIntake::begin(*node_, {peer_, decision_jws_, approvals_, std::move(package_)},
                                            warninglists_ != nullptr ? *warninglists_ : no_lists_));
  peer::Step step;
  step.more = true;
  return step;
}

Result<peer::Step> ReleaseReceiver::resume() {
  if (!intake_) return fail(ErrorKind::internal, "this release session has nothing to resume");
  PARLEY_TRY(const bool all, intake_->step());
  peer::Step step;
  step.more = !all;
  if (!all) return step;
  PARLEY_TRY(result_, intake_->finish());
  intake_.reset();
  step.send.push_back({peer::FrameType::statement, to_bytes(result_->receipt_jws)});
  step.done = true;
  return step;
}

}  // namespace parley::exchange
