#include "record/release_statement.hpp"

#include "base/assert.hpp"
#include "encoding/canonical.hpp"
#include "record/fields.hpp"

namespace parley::record {
namespace {

Json item_json(const ReleaseItem& item) {
  return Json::object({{"ref", item.ref},
                       {"marking", item.marking},
                       {"redactions", texts_json(item.redactions)},
                       {"rules_fired", texts_json(item.rules_fired)}});
}

Result<ReleaseItem> parse_item(const Json& object) {
  ReleaseItem item;
  PARLEY_TRY(item.ref, text_member(object, "ref"));
  PARLEY_TRY(item.marking, text_member(object, "marking"));
  PARLEY_TRY(item.redactions, texts_member(object, "redactions"));
  PARLEY_TRY(item.rules_fired, texts_member(object, "rules_fired"));
  return item;
}

}  // namespace

Json ReleaseTerms::to_json() const {
  return Json::object({{"release", release},
                       {"package_hash", hex(package_hash)},
                       {"recipients", texts_json(recipients)},
                       {"agreement", agreement},
                       {"purpose", purpose},
                       {"authorities", texts_json(authorities)},
                       {"policy_version", policy_version},
                       {"expiry", format_time(expiry)}});
}

Result<ReleaseTerms> ReleaseTerms::from_json(const Json& value) {
  ReleaseTerms out;
  PARLEY_TRY(out.release, text_member(value, "release"));
  PARLEY_TRY(out.package_hash, hash_member(value, "package_hash"));
  PARLEY_TRY(out.recipients, sorted_member(value, "recipients"));
  if (out.recipients.empty()) return fail(ErrorKind::bad_input, "a release has a recipient", "/recipients");
  PARLEY_TRY(out.agreement, text_member(value, "agreement"));
  PARLEY_TRY(out.purpose, text_member(value, "purpose"));
  PARLEY_TRY(out.authorities, texts_member(value, "authorities"));
  PARLEY_TRY(out.policy_version, text_member(value, "policy_version"));
  PARLEY_TRY(out.expiry, time_member(value, "expiry"));
  if (value.size() != 8)  // a member that the hash would not cover
    return fail(ErrorKind::bad_input, "terms have exactly eight members");
  // A time in another spelling would hash otherwise than it reads.
  PARLEY_TRY(const std::string expiry, value.string_member("expiry"));
  if (expiry != format_time(out.expiry))
    return fail(ErrorKind::bad_input, "write the time as " + format_time(out.expiry), "/expiry");
  return out;
}

crypto::Hash256 ReleaseTerms::hash() const {
  const auto canonical = encoding::canonical_json(to_json());
  PARLEY_ASSERT(canonical);  // texts only; they were UTF-8 when they were read or written
  return crypto::sha256(as_bytes(*canonical));
}

Json DecisionStatement::to_json() const {
  Json out = start_payload(schema, head);
  out.set("act", act);
  out.set("terms", terms.to_json());
  out.set("decision_hash", hex(terms.hash()));
  Json::Array list;
  for (const ReleaseItem& item : items) list.push_back(item_json(item));
  out.set("items", Json(std::move(list)));
  Json::Object why;
  for (const auto& [rule, count] : reasons) why.emplace_back(rule, count);
  out.set("not_released", Json::object({{"count", not_released}, {"reasons", Json(std::move(why))}}));
  out.set("rules_fired", texts_json(rules_fired));
  out.set("approvals_needed", Json::object({{"k", approvals_needed}, {"different_units", different_units}}));
  out.set("verdict", verdict);
  return out;
}

Result<DecisionStatement> DecisionStatement::from_json(const Json& payload) {
  DecisionStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_TRY(out.act, choice_member(payload, "act", {"release"}));
  PARLEY_TRY(out.terms, read_terms<ReleaseTerms>(payload));
  PARLEY_TRY(const Json::Array* items, payload.array_member("items"));
  for (const Json& item : *items) {
    PARLEY_TRY(ReleaseItem read, parse_item(item));
    out.items.push_back(std::move(read));
  }
  PARLEY_TRY(const Json* not_released, payload.member("not_released"));
  PARLEY_TRY(out.not_released, not_released->uint_member("count"));
  PARLEY_TRY(const Json::Object* reasons, not_released->object_member("reasons"));
  for (const auto& [rule, count] : *reasons) {
    const auto value = count.uint_value();
    if (!value) return fail(ErrorKind::bad_input, "a reason has a count", "/not_released/reasons");
    out.reasons.emplace(rule, *value);
  }
  PARLEY_TRY(out.rules_fired, texts_member(payload, "rules_fired"));
  PARLEY_TRY(const Json* needed, payload.member("approvals_needed"));
  PARLEY_TRY(const std::uint64_t k, needed->uint_member("k"));
  if (k > 100) return fail(ErrorKind::bad_input, "more than 100 approvals", "/approvals_needed/k");
  out.approvals_needed = static_cast<std::uint32_t>(k);
  PARLEY_TRY(out.different_units, needed->bool_member("different_units"));
  PARLEY_TRY(out.verdict, choice_member(payload, "verdict", {"permit", "needs_approval"}));
  return out;
}

Json ApprovalStatement::to_json() const {
  Json out = start_payload(schema, head);
  write_word(out, terms.to_json(), terms.hash());
  return out;
}

Result<ApprovalStatement> ApprovalStatement::from_json(const Json& payload) {
  ApprovalStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_CHECK(out.read_word(payload));
  PARLEY_TRY(out.terms, read_terms<ReleaseTerms>(payload));
  return out;
}

Json DeliveryStatement::to_json() const {
  Json out = start_payload(schema, head);
  out.set("release", release);
  out.set("recipient", recipient);
  out.set("agreement", agreement);
  out.set("purpose", purpose);
  out.set("package_hash", hex(package_hash));
  out.set("package_size", package_size);
  out.set("decision_hash", hex(decision_hash));
  return out;
}

Result<DeliveryStatement> DeliveryStatement::from_json(const Json& payload) {
  DeliveryStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_TRY(out.release, text_member(payload, "release"));
  PARLEY_TRY(out.recipient, text_member(payload, "recipient"));
  PARLEY_TRY(out.agreement, text_member(payload, "agreement"));
  PARLEY_TRY(out.purpose, text_member(payload, "purpose"));
  PARLEY_TRY(out.package_hash, hash_member(payload, "package_hash"));
  PARLEY_TRY(out.package_size, payload.uint_member("package_size"));
  PARLEY_TRY(out.decision_hash, hash_member(payload, "decision_hash"));
  return out;
}

Json ReceiptStatement::to_json() const {
  Json out = start_payload(schema, head);
  out.set("release", release);
  out.set("sender", sender);
  out.set("agreement", agreement);
  out.set("purpose", purpose);
  out.set("package_hash", hex(package_hash));
  out.set("package_size", package_size);
  out.set("received_at", format_time(received_at));
  out.set("conditions_accepted", texts_json(conditions_accepted));
  out.set("receiver_checkpoint", receiver_checkpoint);
  return out;
}

Result<ReceiptStatement> ReceiptStatement::from_json(const Json& payload) {
  ReceiptStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_TRY(out.release, text_member(payload, "release"));
  PARLEY_TRY(out.sender, text_member(payload, "sender"));
  PARLEY_TRY(out.agreement, text_member(payload, "agreement"));
  PARLEY_TRY(out.purpose, text_member(payload, "purpose"));
  PARLEY_TRY(out.package_hash, hash_member(payload, "package_hash"));
  PARLEY_TRY(out.package_size, payload.uint_member("package_size"));
  PARLEY_TRY(out.received_at, time_member(payload, "received_at"));
  PARLEY_TRY(out.conditions_accepted, texts_member(payload, "conditions_accepted"));
  PARLEY_TRY(out.receiver_checkpoint, text_member(payload, "receiver_checkpoint"));
  return out;
}

}  // namespace parley::record
