#include "record/agreement_statement.hpp"

#include <algorithm>

#include "encoding/canonical.hpp"
#include "record/fields.hpp"

namespace parley::record {
namespace {

Json party_json(const AgreementParty& party) {
  return Json::object({{"origin", party.origin},
                       {"name", party.name},
                       {"kind", party.kind},
                       {"jurisdiction", party.jurisdiction},
                       {"role_key", hex(party.role_key)},
                       {"authority", party.authority}});
}

Result<AgreementParty> parse_party(const Json& object) {
  AgreementParty party;
  PARLEY_TRY(party.origin, text_member(object, "origin"));
  PARLEY_TRY(party.name, text_member(object, "name"));
  PARLEY_TRY(party.kind, text_member(object, "kind"));
  PARLEY_TRY(party.jurisdiction, text_member(object, "jurisdiction"));
  PARLEY_TRY(party.role_key, key_member(object, "role_key"));
  PARLEY_TRY(party.authority, text_member(object, "authority"));
  return party;
}

Json match_policy_json(const MatchPolicy& policy) {
  return Json::object(
      {{"types", texts_json(policy.types)},
       {"output", policy.output},
       {"learner", policy.learner},
       {"min_set", policy.min_set},
       {"max_set", policy.max_set},
       {"budgets", Json::object({{"per_day", policy.runs_per_day}, {"items_per_day", policy.items_per_day}})},
       {"audit_days", policy.audit_days}});
}

Result<std::uint32_t> days_member(const Json& object, std::string_view key) {
  PARLEY_TRY(const std::uint64_t days, object.uint_member(key));
  if (days > 36'600)
    return fail(ErrorKind::bad_input, "more than a hundred years of days", encoding::json_pointer("", key));
  return static_cast<std::uint32_t>(days);
}

Result<MatchPolicy> parse_match_policy(const Json& object) {
  MatchPolicy policy;
  PARLEY_TRY(policy.types, sorted_member(object, "types"));
  PARLEY_TRY(policy.output, choice_member(object, "output", {"items", "size"}));
  PARLEY_TRY(policy.learner, choice_member(object, "learner", {"one", "both"}));
  PARLEY_TRY(policy.min_set, object.uint_member("min_set"));
  PARLEY_TRY(policy.max_set, object.uint_member("max_set"));
  PARLEY_TRY(const Json* budgets, object.member("budgets"));
  PARLEY_TRY(policy.runs_per_day, budgets->uint_member("per_day"));
  PARLEY_TRY(policy.items_per_day, budgets->uint_member("items_per_day"));
  PARLEY_TRY(policy.audit_days, days_member(object, "audit_days"));
  return policy;
}

}  // namespace

Json AgreementStatement::to_json() const {
  Json out = start_payload(schema, head);
  out.set("parties", Json::array({party_json(parties[0]), party_json(parties[1])}));
  out.set("purposes", texts_json(purposes));
  out.set("match_policy", match_policy_json(match_policy));
  if (lookup_policy)
    out.set("lookup_policy",
            Json::object({{"per_day", lookup_policy->per_day}, {"labels", lookup_policy->labels}}));
  out.set("onward", onward);
  out.set("retention_days", retention_days);
  out.set("valid_from", format_time(valid_from));
  out.set("valid_to", format_time(valid_to));
  return out;
}

Result<AgreementStatement> AgreementStatement::from_json(const Json& payload) {
  AgreementStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_TRY(const Json::Array* parties, payload.array_member("parties"));
  if (parties->size() != 2)
    return fail(ErrorKind::bad_input, "an agreement has exactly two parties", "/parties");
  PARLEY_TRY(out.parties[0], parse_party((*parties)[0]));
  PARLEY_TRY(out.parties[1], parse_party((*parties)[1]));
  if (out.parties[0].origin == out.parties[1].origin || out.parties[0].role_key == out.parties[1].role_key)
    return fail(ErrorKind::bad_input, "the two parties must be different nodes with different keys",
                "/parties");
  if (out.party(out.head.node) == nullptr)
    return fail(ErrorKind::bad_input, "the drafting node must be a party", "/node");
  PARLEY_TRY(out.purposes, sorted_member(payload, "purposes"));
  if (out.purposes.empty()) return fail(ErrorKind::bad_input, "an agreement names a purpose", "/purposes");
  PARLEY_TRY(const Json* match_policy, payload.member("match_policy"));
  PARLEY_TRY(out.match_policy, parse_match_policy(*match_policy));
  if (const Json* lookups = payload.find("lookup_policy")) {
    LookupPolicy policy;
    PARLEY_TRY(policy.per_day, lookups->uint_member("per_day"));
    const Json* labels = lookups->find("labels");
    if (labels == nullptr || !labels->is_bool())
      return fail(ErrorKind::bad_input, "true or false", "/lookup_policy/labels");
    policy.labels = *labels->if_bool();
    out.lookup_policy = policy;
  }
  PARLEY_TRY(out.onward, choice_member(payload, "onward", {"deny", "ask", "allow"}));
  PARLEY_TRY(out.retention_days, days_member(payload, "retention_days"));
  PARLEY_TRY(out.valid_from, time_member(payload, "valid_from"));
  PARLEY_TRY(out.valid_to, time_member(payload, "valid_to"));
  if (out.valid_to <= out.valid_from)
    return fail(ErrorKind::bad_input, "the agreement ends before it begins", "/valid_to");
  return out;
}

bool AgreementStatement::allows_purpose(std::string_view code) const {
  return std::find(purposes.begin(), purposes.end(), code) != purposes.end();
}

const AgreementParty* AgreementStatement::party(std::string_view origin) const {
  for (const AgreementParty& party : parties)
    if (party.origin == origin) return &party;
  return nullptr;
}

Result<std::string> agreement_id(const Statement& statement) {
  PARLEY_TRY(const std::string canonical, encoding::canonical_json(statement.members));
  if (canonical != statement.payload)
    return fail(ErrorKind::bad_input, "the payload of an agreement must be in canonical form (RFC 8785)");
  return to_hex(payload_hash(statement));
}

}  // namespace parley::record
