#include <fmt/format.h>

#include <set>

#include "crypto/hash.hpp"
#include "encoding/canonical.hpp"
#include "policy/agreement.hpp"

namespace parley::policy {

namespace {

std::unexpected<Error> bad(std::string message, std::string where) {
  return fail(ErrorKind::bad_input, std::move(message), std::move(where));
}

Result<void> check_text(const std::string& text, const AgreementLimits& limits, const std::string& where) {
  if (text.empty()) return bad("must not be empty", where);
  if (text.size() > limits.max_text) return bad(fmt::format("longer than {} bytes", limits.max_text), where);
  return {};
}

Result<void> check_parties(const record::AgreementStatement& said, const AgreementLimits& limits) {
  for (std::size_t i = 0; i < 2; ++i) {
    PARLEY_CHECK(check_text(said.parties[i].origin, limits, fmt::format("/parties/{}/origin", i)));
    PARLEY_CHECK(check_text(said.parties[i].authority, limits, fmt::format("/parties/{}/authority", i)));
  }
  if (said.parties[0].origin == said.parties[1].origin)
    return bad("both parties are the same node", "/parties/1/origin");
  // One key for both sides would let one side sign for the other.
  if (said.parties[0].role_key == said.parties[1].role_key)
    return bad("both parties name the same key", "/parties/1/role_key");
  if (said.head.node != said.parties[0].origin && said.head.node != said.parties[1].origin)
    return bad("was drafted by a node that is no party", "/node");
  return {};
}

Result<void> check_numbers(const record::AgreementStatement& said, const AgreementLimits& limits) {
  const record::MatchPolicy& match = said.match_policy;
  if (match.min_set == 0 || match.min_set > match.max_set)
    return bad("min_set must be at least 1 and at most max_set", "/match_policy/min_set");
  if (match.max_set > limits.max_set)
    return bad(fmt::format("at most {}", limits.max_set), "/match_policy/max_set");
  if (match.runs_per_day == 0 || match.runs_per_day > limits.max_runs_per_day)
    return bad(fmt::format("from 1 to {}", limits.max_runs_per_day), "/match_policy/budgets/per_day");
  if (match.audit_days > limits.max_audit_days)
    return bad(fmt::format("at most {}", limits.max_audit_days), "/match_policy/audit_days");
  if (said.lookup_policy &&
      (said.lookup_policy->per_day == 0 || said.lookup_policy->per_day > limits.max_set))
    return bad(fmt::format("from 1 to {}", limits.max_set), "/lookup_policy/per_day");
  if (said.valid_to <= said.valid_from) return bad("must lie after valid_from", "/valid_to");
  if (said.valid_to - said.valid_from > limits.max_validity)
    return bad(fmt::format("more than {} days after valid_from", limits.max_validity.count()), "/valid_to");
  return {};
}

Result<void> check_purposes(const record::AgreementStatement& said, const AgreementLimits& limits) {
  if (said.purposes.empty()) return bad("at least one purpose", "/purposes");
  if (said.purposes.size() > limits.max_purposes)
    return bad(fmt::format("more than {}", limits.max_purposes), "/purposes");
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < said.purposes.size(); ++i) {
    PARLEY_CHECK(check_text(said.purposes[i], limits, fmt::format("/purposes/{}", i)));
    if (!seen.insert(said.purposes[i]).second) return bad("named twice", fmt::format("/purposes/{}", i));
  }
  return {};
}

Result<std::vector<intel::SelectorType>> read_types(const std::vector<std::string>& names) {
  std::vector<intel::SelectorType> out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string where = fmt::format("/match_policy/types/{}", i);
    const std::optional<intel::SelectorType> type = intel::parse_selector_type(names[i]);
    if (!type || !intel::is_supported(*type))
      return bad("no selector type that can be matched: " + names[i], where);
    if (std::find(out.begin(), out.end(), *type) != out.end()) return bad("named twice: " + names[i], where);
    out.push_back(*type);
  }
  if (out.empty()) return bad("at least one selector type", "/match_policy/types");
  return out;
}

Result<Onward> read_onward(std::string_view text) {
  if (text == "deny") return Onward::deny;
  if (text == "ask") return Onward::ask;
  if (text == "allow") return Onward::allow;
  return bad("deny, ask or allow", "/onward");
}

}  // namespace

Result<Agreement> parse_agreement(const encoding::Json& payload, const AgreementLimits& limits) {
  PARLEY_TRY(const record::AgreementStatement said, record::AgreementStatement::from_json(payload));
  PARLEY_CHECK(check_parties(said, limits));
  PARLEY_CHECK(check_purposes(said, limits));
  PARLEY_CHECK(check_numbers(said, limits));
  PARLEY_TRY(const std::string canonical, encoding::canonical_json(payload));

  Agreement out;
  out.id = said.head.id;
  out.hash = to_hex(crypto::sha256(as_bytes(canonical)));
  out.drafter = said.head.node;
  out.created = said.head.created;
  out.parties = said.parties;
  out.purposes = said.purposes;
  PARLEY_TRY(out.types, read_types(said.match_policy.types));
  const std::optional<MatchOutput> output = parse_output(said.match_policy.output);
  if (!output) return bad("items or size", "/match_policy/output");
  out.output = *output;
  out.both_may_learn = said.match_policy.learner == "both";
  out.min_set = said.match_policy.min_set;
  out.max_set = said.match_policy.max_set;
  out.runs_per_day = said.match_policy.runs_per_day;
  out.items_per_day = said.match_policy.items_per_day;
  out.audit_days = said.match_policy.audit_days;
  if (said.lookup_policy) {
    out.lookups_per_day = said.lookup_policy->per_day;
    out.lookup_labels = said.lookup_policy->labels;
  }
  PARLEY_TRY(out.onward, read_onward(said.onward));
  out.retention_days = said.retention_days;
  out.valid_from = said.valid_from;
  out.valid_to = said.valid_to;
  return out;
}

}  // namespace parley::policy
