#include "record/lookup_statement.hpp"

#include "record/fields.hpp"

namespace parley::record {

Json LookupSetStatement::to_json() const {
  Json out = start_payload(schema, head);
  out.set("counterparty", counterparty);
  out.set("agreement", agreement);
  out.set("purpose", purpose);
  out.set("epoch", epoch);
  out.set("sequence", sequence);
  out.set("types", texts_json(types));
  out.set("selector_version", selector_version);
  out.set("items", items);
  out.set("labels", labels);
  out.set("public_key", hex(public_key));
  out.set("set_root", hex(set_root));
  out.set("set_hash", hex(set_hash));
  out.set("set_bytes", set_bytes);
  out.set("policy_version", policy_version);
  return out;
}

Result<LookupSetStatement> LookupSetStatement::from_json(const Json& payload) {
  LookupSetStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_TRY(out.counterparty, text_member(payload, "counterparty"));
  PARLEY_TRY(out.agreement, text_member(payload, "agreement"));
  PARLEY_TRY(out.purpose, text_member(payload, "purpose"));
  PARLEY_TRY(out.epoch, payload.uint_member("epoch"));
  PARLEY_TRY(out.sequence, payload.uint_member("sequence"));
  PARLEY_TRY(out.types, sorted_member(payload, "types"));
  PARLEY_TRY(out.selector_version, text_member(payload, "selector_version"));
  PARLEY_TRY(out.items, payload.uint_member("items"));
  const Json* labels = payload.find("labels");
  if (labels == nullptr || !labels->is_bool()) return fail(ErrorKind::bad_input, "true or false", "/labels");
  out.labels = *labels->if_bool();
  PARLEY_TRY(out.public_key, hash_member(payload, "public_key"));
  PARLEY_TRY(out.set_root, hash_member(payload, "set_root"));
  PARLEY_TRY(out.set_hash, hash_member(payload, "set_hash"));
  PARLEY_TRY(out.set_bytes, payload.uint_member("set_bytes"));
  PARLEY_TRY(out.policy_version, text_member(payload, "policy_version"));
  return out;
}

Json LookupStatement::to_json() const {
  Json out = start_payload(schema, head);
  out.set("session", session);
  out.set("counterparty", counterparty);
  out.set("role", role);
  out.set("agreement", agreement);
  out.set("purpose", purpose);
  out.set("epoch", epoch);
  out.set("lookups", lookups);
  out.set("set_hash", hex(set_hash));
  out.set("public_key", hex(public_key));
  out.set("ask_hash", hex(ask_hash));
  out.set("query_hash", hex(query_hash));
  out.set("transcript_hash", hex(transcript_hash));
  out.set("budget_before", budget_before);
  out.set("budget_after", budget_after);
  out.set("leak_statement", leak_statement);
  return out;
}

Result<LookupStatement> LookupStatement::from_json(const Json& payload) {
  LookupStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_TRY(out.session, text_member(payload, "session"));
  PARLEY_TRY(out.counterparty, text_member(payload, "counterparty"));
  PARLEY_TRY(out.role, choice_member(payload, "role", {"initiator", "responder"}));
  PARLEY_TRY(out.agreement, text_member(payload, "agreement"));
  PARLEY_TRY(out.purpose, text_member(payload, "purpose"));
  PARLEY_TRY(out.epoch, payload.uint_member("epoch"));
  PARLEY_TRY(out.lookups, payload.uint_member("lookups"));
  PARLEY_TRY(out.set_hash, hash_member(payload, "set_hash"));
  PARLEY_TRY(out.public_key, hash_member(payload, "public_key"));
  PARLEY_TRY(out.ask_hash, hash_member(payload, "ask_hash"));
  PARLEY_TRY(out.query_hash, hash_member(payload, "query_hash"));
  PARLEY_TRY(out.transcript_hash, hash_member(payload, "transcript_hash"));
  PARLEY_TRY(out.budget_before, payload.uint_member("budget_before"));
  PARLEY_TRY(out.budget_after, payload.uint_member("budget_after"));
  PARLEY_TRY(out.leak_statement, text_member(payload, "leak_statement"));
  return out;
}

}  // namespace parley::record
