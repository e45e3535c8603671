#include "exchange/notices.hpp"

#include <fmt/format.h>

#include "exchange/recording.hpp"
#include "policy/question.hpp"
#include "record/jws.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::string_view peer_schema = "parley/peer-suspension/1";

Result<void> take_quota(Node& node, std::string_view peer) {
  const std::string name = fmt::format("notices/{}/{}", node.clock().now().day(), peer);
  bool taken = false;
  PARLEY_CHECK(
      state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
        PARLEY_TRY(const std::int64_t used, t.counter(name));
        taken = used < max_notices_per_day;
        if (taken) PARLEY_CHECK(t.add_counter(name, 1));
        return {};
      }));
  if (taken) return {};
  return refuse({"too-many-proposals"}, "the peer has sent more notices today than this node keeps");
}

}  // namespace

Result<std::string> make_peer_notice(Node& node, const PeerRecord& peer) {
  Json payload = node.new_payload(std::string(peer_schema));
  payload.set("peer", peer.origin);
  payload.set("status", peer.status == PeerStatus::active ? "active" : "suspended");
  PARLEY_TRY(Recorded recorded, record(node, payload));
  return std::move(recorded.jws);
}

Result<void> receive_notice(Node& node, std::string_view peer_origin, std::string_view jws) {
  PARLEY_TRY(const PeerRecord peer, find_peer(node, peer_origin));
  PARLEY_TRY(const record::Statement statement, record::verify_statement(jws, peer.role_key));
  if (statement.node != peer.origin) return fail(ErrorKind::peer, "the notice is another node's");
  if (node.clock().now() + policy::clock_skew_limit < statement.created)
    return refuse({"clock-skew"}, "the notice was made in the future; compare the clocks of both nodes");
  const Result<Recorded> known = find_signed(node, jws);
  if (known) return {};
  if (known.error().kind != ErrorKind::not_found) return std::unexpected<Error>(known.error());
  if (statement.schema == peer_schema) {
    PARLEY_TRY(const std::string about, statement.members.string_member("peer"));
    PARLEY_TRY(const std::string status, statement.members.string_member("status"));
    if (about != node.identity().origin || (status != "active" && status != "suspended"))
      return fail(ErrorKind::peer, "the notice is about another node, or says nothing");
    PARLEY_CHECK(take_quota(node, peer.origin));
    PARLEY_CHECK(record_signed(node, std::string(jws)));
    return note_suspended_there(node, peer.origin, status == "suspended");
  }
  const bool stops = statement.schema == agreement_suspension_schema;
  if (!stops && statement.schema != agreement_resumption_schema)
    return fail(ErrorKind::peer, "a statement of kind " + statement.schema + " is no notice");
  PARLEY_TRY(const std::string hash, statement.members.string_member("agreement"));
  PARLEY_TRY(const AgreementEntry entry, find_agreement(node, hash));
  if (entry.peer_origin != peer.origin || entry.state.agreement.hash != hash)
    return refuse({"agreement-party"}, "the notice is about an agreement with somebody else");
  PARLEY_CHECK(take_quota(node, peer.origin));
  PARLEY_CHECK(record_signed(node, std::string(jws)));
  return take_agreement_notice(node, hash, stops, statement.created);
}

NoticeSender::NoticeSender(Node& node, std::string jws)
    : jws_(std::move(jws)), session_(peer::make_session_id(node.entropy())) {}

Result<peer::Step> NoticeSender::start() {
  if (phase_ != Phase::fresh) return fail(ErrorKind::internal, "a notice is sent once");
  phase_ = Phase::waiting;
  peer::Step step;
  step.send.push_back(peer::make_open({peer::SessionKind::agreement, session_}));
  step.send.push_back({peer::FrameType::statement, to_bytes(jws_)});
  return step;
}

Result<peer::Step> NoticeSender::on_frame(const peer::Frame& frame) {
  if (phase_ != Phase::waiting || frame.type != peer::FrameType::statement || !frame.body.empty())
    return fail(ErrorKind::peer, "expected an empty statement in answer to a notice");
  phase_ = Phase::over;
  peer::Step step;
  step.done = true;
  return step;
}

}  // namespace parley::exchange
