#include "record/lookup_terms.hpp"

#include "base/assert.hpp"
#include "encoding/canonical.hpp"
#include "record/field_list.hpp"
#include "record/release_statement.hpp"

namespace parley::record {

namespace {

void terms_fields(auto& s, auto& list) {
  list.text("set", s.set);
  list.text("peer", s.peer);
  list.text("agreement", s.agreement);
  list.text("purpose", s.purpose);
  list.number("epoch", s.epoch);
  list.sorted("types", s.types);
  list.flag("labels", s.labels);
  list.hash("set_root", s.set_root);
  list.number("set_size", s.set_size);
  list.number("items", s.items);
  list.number("lookups_per_day", s.lookups_per_day);
  list.text("leak_statement", s.leak_statement);
  list.text("policy_version", s.policy_version);
  list.time("expiry", s.expiry);
}

void retired_fields(auto& s, auto& list) {
  list.text("counterparty", s.counterparty);
  list.text("agreement", s.agreement);
  list.text("purpose", s.purpose);
  list.number("epoch", s.epoch);
  list.number("sequence", s.sequence);
  list.hash("set_hash", s.set_hash);
  list.text("rule", s.rule);
}

}  // namespace

Json LookupTerms::to_json() const {
  FieldWriter list(Json::object({}));
  terms_fields(*this, list);
  return list.take();
}

Result<LookupTerms> LookupTerms::from_json(const Json& value) {
  LookupTerms out;
  FieldReader list(value);
  terms_fields(out, list);
  PARLEY_CHECK(list.result());
  if (value.size() != list.count())  // a member that the hash would not cover
    return fail(ErrorKind::bad_input, "the terms of a look-up set have exactly fourteen members");
  PARLEY_TRY(const std::string expiry, value.string_member("expiry"));
  if (expiry != format_time(out.expiry))
    return fail(ErrorKind::bad_input, "write the time as " + format_time(out.expiry), "/expiry");
  return out;
}

crypto::Hash256 LookupTerms::hash() const {
  const auto canonical = encoding::canonical_json(to_json());
  PARLEY_ASSERT(canonical);  // texts and numbers; they were UTF-8 when they were read or written
  return crypto::sha256(as_bytes(*canonical));
}

bool LookupApprovalStatement::officer_signed() const {
  const Bytes message =
      verdict == "approve" ? approval_message(terms.hash()) : rejection_message(terms.hash());
  return crypto::verify(key, message, signature);
}

Json LookupApprovalStatement::to_json() const {
  Json out = start_payload(schema, head);
  out.set("officer", officer);
  out.set("unit", unit);
  out.set("key", hex(key));
  out.set("verdict", verdict);
  out.set("terms", terms.to_json());
  out.set("decision_hash", hex(terms.hash()));
  out.set("signature", to_hex(signature.value()));
  return out;
}

Result<LookupApprovalStatement> LookupApprovalStatement::from_json(const Json& payload) {
  LookupApprovalStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_TRY(out.officer, text_member(payload, "officer"));
  PARLEY_TRY(out.unit, text_member(payload, "unit"));
  PARLEY_TRY(out.key, key_member(payload, "key"));
  PARLEY_TRY(out.verdict, choice_member(payload, "verdict", {"approve", "reject"}));
  PARLEY_TRY(const Json* terms, payload.member("terms"));
  PARLEY_TRY(out.terms, LookupTerms::from_json(*terms));
  PARLEY_TRY(const crypto::Hash256 hash, hash_member(payload, "decision_hash"));
  if (hash != out.terms.hash())
    return fail(ErrorKind::bad_input, "is not the hash of the terms", "/decision_hash");
  PARLEY_TRY(const Bytes signature, hex_member(payload, "signature", 64));
  PARLEY_TRY(out.signature, crypto::parse_signature(signature));
  return out;
}

Json LookupSetRetiredStatement::to_json() const {
  FieldWriter list(start_payload(schema, head));
  retired_fields(*this, list);
  return list.take();
}

Result<LookupSetRetiredStatement> LookupSetRetiredStatement::from_json(const Json& payload) {
  LookupSetRetiredStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  FieldReader list(payload);
  retired_fields(out, list);
  PARLEY_CHECK(list.result());
  return out;
}

}  // namespace parley::record
