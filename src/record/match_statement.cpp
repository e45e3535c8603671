#include "record/match_statement.hpp"

#include "record/fields.hpp"

namespace parley::record {

Json MatchStatement::to_json() const {
  Json out = start_payload(schema, head);
  out.set("run", run);
  out.set("counterparty", counterparty);
  out.set("role", role);
  out.set("agreement", agreement);
  out.set("purpose", purpose);
  out.set("epoch", epoch);
  out.set("types", texts_json(types));
  out.set("selector_version", selector_version);
  out.set("output", output);
  if (learner != "initiator") out.set("learner", learner);
  out.set("protocol", protocol);
  out.set("security", security);
  out.set("set_size_padded", set_size_padded);
  out.set("peer_set_size_padded", peer_set_size_padded);
  out.set("set_commitment", hex(set_commitment));
  out.set("peer_set_commitment", hex(peer_set_commitment));
  out.set("offer_hash", hex(offer_hash));
  out.set("transcript_hash", hex(transcript_hash));
  out.set("outgoing_hash", hex(outgoing_hash));
  out.set("budget_before", budget_before);
  out.set("budget_after", budget_after);
  out.set("leak_statement", leak_statement);
  if (!sealed.empty()) out.set("_sd", texts_json(sealed));
  return out;
}

Result<MatchStatement> MatchStatement::from_json(const Json& payload) {
  MatchStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_TRY(out.run, text_member(payload, "run"));
  PARLEY_TRY(out.counterparty, text_member(payload, "counterparty"));
  PARLEY_TRY(out.role, choice_member(payload, "role", {"initiator", "responder"}));
  PARLEY_TRY(out.agreement, text_member(payload, "agreement"));
  PARLEY_TRY(out.purpose, text_member(payload, "purpose"));
  PARLEY_TRY(out.epoch, payload.uint_member("epoch"));
  PARLEY_TRY(out.types, sorted_member(payload, "types"));
  PARLEY_TRY(out.selector_version, text_member(payload, "selector_version"));
  PARLEY_TRY(out.output, choice_member(payload, "output", {"items", "size"}));
  // Only where it is not the rule.
  if (payload.contains("learner")) {
    PARLEY_TRY(out.learner, choice_member(payload, "learner", {"initiator", "both"}));
  }
  PARLEY_TRY(out.protocol, text_member(payload, "protocol"));
  PARLEY_TRY(out.security, choice_member(payload, "security", {"semi-honest", "malicious"}));
  PARLEY_TRY(out.set_size_padded, payload.uint_member("set_size_padded"));
  PARLEY_TRY(out.peer_set_size_padded, payload.uint_member("peer_set_size_padded"));
  PARLEY_TRY(out.set_commitment, hash_member(payload, "set_commitment"));
  PARLEY_TRY(out.peer_set_commitment, hash_member(payload, "peer_set_commitment"));
  PARLEY_TRY(out.offer_hash, hash_member(payload, "offer_hash"));
  PARLEY_TRY(out.transcript_hash, hash_member(payload, "transcript_hash"));
  PARLEY_TRY(out.outgoing_hash, hash_member(payload, "outgoing_hash"));
  PARLEY_TRY(out.budget_before, payload.uint_member("budget_before"));
  PARLEY_TRY(out.budget_after, payload.uint_member("budget_after"));
  PARLEY_TRY(out.leak_statement, text_member(payload, "leak_statement"));
  PARLEY_TRY(out.sealed, sealed_member(payload));
  return out;
}

Json AbortStatement::to_json() const {
  Json out = start_payload(schema, head);
  out.set("session", session);
  out.set("counterparty", counterparty);
  out.set("kind", kind);
  return out;
}

Result<AbortStatement> AbortStatement::from_json(const Json& payload) {
  AbortStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_TRY(out.session, text_member(payload, "session"));
  PARLEY_TRY(out.counterparty, text_member(payload, "counterparty"));
  PARLEY_TRY(out.kind,
             choice_member(payload, "kind", {"hello", "agreement", "match", "lookup", "release", "heads"}));
  return out;
}

Json RefusalStatement::to_json() const {
  Json out = start_payload(schema, head);
  out.set("act", act);
  out.set("subject", subject);
  out.set("counterparty", counterparty);
  out.set("rules", texts_json(rules));
  out.set("policy_version", policy_version);
  return out;
}

Result<RefusalStatement> RefusalStatement::from_json(const Json& payload) {
  RefusalStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_TRY(out.act, choice_member(payload, "act", {"match", "lookup", "release", "agreement"}));
  PARLEY_TRY(out.subject, text_member(payload, "subject"));
  PARLEY_TRY(out.counterparty, text_member(payload, "counterparty"));
  PARLEY_TRY(out.rules, texts_member(payload, "rules"));
  PARLEY_TRY(out.policy_version, text_member(payload, "policy_version"));
  return out;
}

}  // namespace parley::record
