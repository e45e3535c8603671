#include "record/lookup_statement.hpp"

#include "record/field_list.hpp"

namespace parley::record {
namespace {

// The members of parley/lookup-set/1.
void set_fields(auto& s, auto& list) {
  list.text("counterparty", s.counterparty);
  list.text("agreement", s.agreement);
  list.text("purpose", s.purpose);
  list.number("epoch", s.epoch);
  list.number("sequence", s.sequence);
  list.sorted("types", s.types);
  list.text("selector_version", s.selector_version);
  list.number("items", s.items);
  list.flag("labels", s.labels);
  list.hash("public_key", s.public_key);
  list.hash("set_root", s.set_root);
  list.hash("set_hash", s.set_hash);
  list.number("set_bytes", s.set_bytes);
  list.text("policy_version", s.policy_version);
}

// The members of parley/lookup/1.
void batch_fields(auto& s, auto& list) {
  list.text("session", s.session);
  list.text("counterparty", s.counterparty);
  list.choice("role", s.role, {"initiator", "responder"});
  list.text("agreement", s.agreement);
  list.text("purpose", s.purpose);
  list.number("epoch", s.epoch);
  list.number("lookups", s.lookups);
  list.hash("set_hash", s.set_hash);
  list.hash("public_key", s.public_key);
  list.hash("ask_hash", s.ask_hash);
  list.hash("query_hash", s.query_hash);
  list.hash("transcript_hash", s.transcript_hash);
  list.number("budget_before", s.budget_before);
  list.number("budget_after", s.budget_after);
  list.text("leak_statement", s.leak_statement);
}

}  // namespace

Json LookupSetStatement::to_json() const {
  FieldWriter list(start_payload(schema, head));
  set_fields(*this, list);
  return list.take();
}

Result<LookupSetStatement> LookupSetStatement::from_json(const Json& payload) {
  LookupSetStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  FieldReader list(payload);
  set_fields(out, list);
  PARLEY_CHECK(list.result());
  return out;
}

Json LookupStatement::to_json() const {
  FieldWriter list(start_payload(schema, head));
  batch_fields(*this, list);
  return list.take();
}

Result<LookupStatement> LookupStatement::from_json(const Json& payload) {
  LookupStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  FieldReader list(payload);
  batch_fields(out, list);
  PARLEY_CHECK(list.result());
  return out;
}

}  // namespace parley::record
