#include "record/lookup_terms.hpp"

#include "base/assert.hpp"
#include "encoding/canonical.hpp"
#include "record/fields.hpp"
#include "record/release_statement.hpp"

namespace parley::record {

Json LookupTerms::to_json() const {
  return Json::object({{"set", set},
                       {"peer", peer},
                       {"agreement", agreement},
                       {"purpose", purpose},
                       {"epoch", epoch},
                       {"types", texts_json(types)},
                       {"labels", labels},
                       {"set_root", hex(set_root)},
                       {"set_size", set_size},
                       {"items", items},
                       {"lookups_per_day", lookups_per_day},
                       {"leak_statement", leak_statement},
                       {"policy_version", policy_version},
                       {"expiry", format_time(expiry)}});
}

Result<LookupTerms> LookupTerms::from_json(const Json& value) {
  constexpr std::size_t members = 14;
  LookupTerms out;
  PARLEY_TRY(out.set, text_member(value, "set"));
  PARLEY_TRY(out.peer, text_member(value, "peer"));
  PARLEY_TRY(out.agreement, text_member(value, "agreement"));
  PARLEY_TRY(out.purpose, text_member(value, "purpose"));
  PARLEY_TRY(out.epoch, value.uint_member("epoch"));
  PARLEY_TRY(out.types, sorted_member(value, "types"));
  PARLEY_TRY(out.labels, value.bool_member("labels"));
  PARLEY_TRY(out.set_root, hash_member(value, "set_root"));
  PARLEY_TRY(out.set_size, value.uint_member("set_size"));
  PARLEY_TRY(out.items, value.uint_member("items"));
  PARLEY_TRY(out.lookups_per_day, value.uint_member("lookups_per_day"));
  PARLEY_TRY(out.leak_statement, text_member(value, "leak_statement"));
  PARLEY_TRY(out.policy_version, text_member(value, "policy_version"));
  PARLEY_TRY(out.expiry, time_member(value, "expiry"));
  if (value.size() != members)  // a member that the hash would not cover
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
  Json out = start_payload(schema, head);
  out.set("counterparty", counterparty);
  out.set("agreement", agreement);
  out.set("purpose", purpose);
  out.set("epoch", epoch);
  out.set("sequence", sequence);
  out.set("set_hash", hex(set_hash));
  out.set("rule", rule);
  return out;
}

Result<LookupSetRetiredStatement> LookupSetRetiredStatement::from_json(const Json& payload) {
  LookupSetRetiredStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_TRY(out.counterparty, text_member(payload, "counterparty"));
  PARLEY_TRY(out.agreement, text_member(payload, "agreement"));
  PARLEY_TRY(out.purpose, text_member(payload, "purpose"));
  PARLEY_TRY(out.epoch, payload.uint_member("epoch"));
  PARLEY_TRY(out.sequence, payload.uint_member("sequence"));
  PARLEY_TRY(out.set_hash, hash_member(payload, "set_hash"));
  PARLEY_TRY(out.rule, text_member(payload, "rule"));
  return out;
}

}  // namespace parley::record
