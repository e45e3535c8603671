#include "record/match_terms.hpp"

#include "base/assert.hpp"
#include "encoding/canonical.hpp"
#include "record/fields.hpp"

namespace parley::record {

Json MatchTerms::to_json() const {
  return Json::object({{"match", match},
                       {"peer", peer},
                       {"role", role},
                       {"agreement", agreement},
                       {"purpose", purpose},
                       {"types", texts_json(types)},
                       {"output", output},
                       {"learner", learner},
                       {"protocols", texts_json(protocols)},
                       {"set_root", hex(set_root)},
                       {"set_size_padded", set_size_padded},
                       {"peer_size_padded", peer_size_padded},
                       {"policy_version", policy_version},
                       {"expiry", format_time(expiry)}});
}

Result<MatchTerms> MatchTerms::from_json(const Json& value) {
  constexpr std::size_t members = 14;
  MatchTerms out;
  PARLEY_TRY(out.match, text_member(value, "match"));
  PARLEY_TRY(out.peer, text_member(value, "peer"));
  PARLEY_TRY(out.role, choice_member(value, "role", {"initiator", "responder"}));
  PARLEY_TRY(out.agreement, text_member(value, "agreement"));
  PARLEY_TRY(out.purpose, text_member(value, "purpose"));
  PARLEY_TRY(out.types, sorted_member(value, "types"));
  PARLEY_TRY(out.output, choice_member(value, "output", {"items", "size"}));
  PARLEY_TRY(out.learner, choice_member(value, "learner", {"initiator", "both"}));
  PARLEY_TRY(out.protocols, sorted_member(value, "protocols"));
  PARLEY_TRY(out.set_root, hash_member(value, "set_root"));
  PARLEY_TRY(out.set_size_padded, value.uint_member("set_size_padded"));
  PARLEY_TRY(out.peer_size_padded, value.uint_member("peer_size_padded"));
  PARLEY_TRY(out.policy_version, text_member(value, "policy_version"));
  PARLEY_TRY(out.expiry, time_member(value, "expiry"));
  if (value.size() != members)  // a member that the hash would not cover
    return fail(ErrorKind::bad_input, "the terms of a match have exactly fourteen members");
  PARLEY_TRY(const std::string expiry, value.string_member("expiry"));
  if (expiry != format_time(out.expiry))
    return fail(ErrorKind::bad_input, "write the time as " + format_time(out.expiry), "/expiry");
  return out;
}

crypto::Hash256 MatchTerms::hash() const {
  const auto canonical = encoding::canonical_json(to_json());
  PARLEY_ASSERT(canonical);  // texts and numbers; they were UTF-8 when they were read or written
  return crypto::sha256(as_bytes(*canonical));
}

Json MatchApprovalStatement::to_json() const {
  Json out = start_payload(schema, head);
  write_word(out, terms.to_json(), terms.hash());
  return out;
}

Result<MatchApprovalStatement> MatchApprovalStatement::from_json(const Json& payload) {
  MatchApprovalStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_CHECK(out.read_word(payload));
  PARLEY_TRY(out.terms, read_terms<MatchTerms>(payload));
  return out;
}

Json MatchChargeStatement::to_json() const {
  Json out = start_payload(schema, head);
  out.set("kind", kind);
  out.set("subject", subject);
  out.set("counterparty", counterparty);
  out.set("agreement", agreement);
  out.set("epoch", epoch);
  out.set("types", texts_json(types));
  out.set("amount", amount);
  return out;
}

Result<MatchChargeStatement> MatchChargeStatement::from_json(const Json& payload) {
  MatchChargeStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_TRY(out.kind, choice_member(payload, "kind", {"match", "lookup"}));
  PARLEY_TRY(out.subject, text_member(payload, "subject"));
  PARLEY_TRY(out.counterparty, text_member(payload, "counterparty"));
  PARLEY_TRY(out.agreement, text_member(payload, "agreement"));
  PARLEY_TRY(out.epoch, payload.uint_member("epoch"));
  PARLEY_TRY(out.types, sorted_member(payload, "types"));
  PARLEY_TRY(out.amount, payload.uint_member("amount"));
  return out;
}

Json HeadCheckStatement::to_json() const {
  Json out = start_payload(schema, head);
  out.set("by", by);
  out.set("verdict", verdict);
  out.set("seen", seen);
  out.set("size", size);
  return out;
}

Result<HeadCheckStatement> HeadCheckStatement::from_json(const Json& payload) {
  HeadCheckStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_TRY(out.by, text_member(payload, "by"));
  PARLEY_TRY(out.verdict, choice_member(payload, "verdict", {"confirmed", "set_back"}));
  PARLEY_TRY(out.seen, payload.uint_member("seen"));
  PARLEY_TRY(out.size, payload.uint_member("size"));
  return out;
}

}  // namespace parley::record
