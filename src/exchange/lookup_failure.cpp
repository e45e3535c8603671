#include "exchange/lookup_failure.hpp"

#include "exchange/match_budget.hpp"
#include "exchange/recording.hpp"
#include "peer/abort.hpp"
#include "policy/policy.hpp"
#include "record/match_statement.hpp"

namespace parley::exchange {

void record_lookup_failure(Node& node, const peer::PeerSession& session, peer::SessionId id,
                           std::optional<crypto::Hash256> ask, const Error& reason) {
  const Timestamp now = node.clock().now();
  const auto taken =
      take_abort_quota(node.store(), session.peer_origin.value(), static_cast<std::uint64_t>(now.day()));
  if (!taken || !*taken) return;
  const peer::Abort abort{.node = session.own_origin,
                          .counterparty = session.peer_origin,
                          .kind = "lookup",
                          .session = id,
                          .offer = ask,
                          .created = now};
  if (const auto jws = peer::sign_abort(abort, node.entropy(), node.keys().role))
    static_cast<void>(record_signed(node, *jws));
  if (reason.kind != ErrorKind::refused) return;
  record::RefusalStatement refusal;
  refusal.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  refusal.act = "lookup";
  refusal.subject = peer::session_text(id);
  refusal.counterparty = session.peer_origin.value();
  refusal.rules = reason.rules;
  refusal.policy_version = node.policy().version();
  static_cast<void>(record(node, refusal.to_json()));
}

}  // namespace parley::exchange
