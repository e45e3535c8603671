#include "exchange/session_failure.hpp"

#include "exchange/head_guard.hpp"
#include "exchange/match_budget.hpp"
#include "exchange/recording.hpp"
#include "peer/abort.hpp"
#include "policy/policy.hpp"
#include "record/match_statement.hpp"

namespace parley::exchange {

void record_failure(Node& node, const peer::PeerSession& session, const FailedSession& failed,
                    const Error& reason) {
  const Timestamp now = node.clock().now();
  // A log that was cut is not appended to: that would be a second history.
  if (const auto guard = head_guard(node); guard && guard->state == HeadState::set_back) return;
  const auto taken =
      take_abort_quota(node.store(), session.peer_origin.value(), static_cast<std::uint64_t>(now.day()));
  if (!failed.begun && (!taken || !*taken)) return;
  const peer::Abort abort{.node = session.own_origin,
                          .counterparty = session.peer_origin,
                          .kind = std::string(failed.kind),
                          .session = failed.id,
                          .offer = failed.offer,
                          .created = now};
  if (const auto jws = peer::sign_abort(abort, node.entropy(), node.keys().role))
    static_cast<void>(record_signed(node, *jws));
  if (reason.kind != ErrorKind::refused) return;
  record::RefusalStatement refusal;
  refusal.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  refusal.act = failed.kind;
  refusal.subject = peer::session_text(failed.id);
  refusal.counterparty = session.peer_origin.value();
  refusal.rules = reason.rules;
  refusal.policy_version = node.policy().version();
  static_cast<void>(record(node, refusal.to_json()));
}

}  // namespace parley::exchange
