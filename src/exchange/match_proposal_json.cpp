#include "exchange/match_proposal_json.hpp"

#include "exchange/json_documents.hpp"

namespace parley::exchange {

using encoding::Json;

namespace {

constexpr ProposalState states[] = {ProposalState::proposed, ProposalState::approved, ProposalState::run,
                                    ProposalState::rejected, ProposalState::voided,   ProposalState::expired};

}  // namespace

Json stored_approvals(const std::vector<Approval>& approvals) {
  Json out = Json::array();
  for (const Approval& one : approvals)
    out.push_back(Json::object({{"officer", one.officer},
                                {"unit", one.unit},
                                {"key", to_hex(one.key.value())},
                                {"at", format_time(one.at)},
                                {"jws", one.jws}}));
  return out;
}

Result<std::vector<Approval>> read_approvals(const Json& json) {
  std::vector<Approval> out;
  PARLEY_TRY(const Json::Array* list, json.array_member("approvals"));
  for (const Json& one : *list) {
    Approval approval;
    PARLEY_TRY(approval.officer, one.string_member("officer"));
    PARLEY_TRY(approval.unit, one.string_member("unit"));
    PARLEY_TRY(approval.key, public_key_member(one, "key"));
    PARLEY_TRY(approval.at, time_member(one, "at"));
    PARLEY_TRY(approval.jws, one.string_member("jws"));
    out.push_back(std::move(approval));
  }
  return out;
}

std::optional<ProposalState> parse_proposal_state(std::string_view name) {
  for (const ProposalState one : states)
    if (proposal_state_name(one) == name) return one;
  return std::nullopt;
}

std::string_view proposal_state_name(ProposalState state) {
  switch (state) {
    case ProposalState::proposed:
      return "proposed";
    case ProposalState::approved:
      return "approved";
    case ProposalState::run:
      return "run";
    case ProposalState::rejected:
      return "rejected";
    case ProposalState::voided:
      return "void";
    case ProposalState::expired:
      break;
  }
  return "expired";
}

Json stored_proposal(const MatchProposal& proposal) {
  return Json::object({{"id", proposal.id},
                       {"state", proposal_state_name(proposal.state)},
                       {"why_rule", proposal.why_rule},
                       {"why", proposal.why},
                       {"terms", proposal.terms.to_json()},
                       {"own_size", proposal.own_size},
                       {"count", proposal.needs.count},
                       {"units", Json(Json::Array(proposal.needs.units.begin(), proposal.needs.units.end()))},
                       {"different_units", proposal.needs.different_units},
                       {"approvals", stored_approvals(proposal.approvals)},
                       {"prefer", proposal.prefer},
                       {"run", proposal.run},
                       {"created", format_time(proposal.created)}});
}

Result<MatchProposal> read_proposal(const Json& json) {
  MatchProposal out;
  PARLEY_TRY(out.id, json.string_member("id"));
  PARLEY_TRY(const std::string state, json.string_member("state"));
  out.state = parse_proposal_state(state).value_or(ProposalState::proposed);
  PARLEY_TRY(out.why_rule, json.string_member("why_rule"));
  PARLEY_TRY(out.why, json.string_member("why"));
  PARLEY_TRY(const Json* terms, json.member("terms"));
  PARLEY_TRY(out.terms, record::MatchTerms::from_json(*terms));
  PARLEY_TRY(out.own_size, json.uint_member("own_size"));
  PARLEY_TRY(const std::uint64_t count, json.uint_member("count"));
  out.needs.count = static_cast<std::uint32_t>(count);
  PARLEY_TRY(out.needs.units, json.strings_member("units"));
  PARLEY_TRY(out.needs.different_units, json.bool_member("different_units"));
  PARLEY_TRY(out.approvals, read_approvals(json));
  PARLEY_TRY(out.prefer, json.string_member("prefer"));
  PARLEY_TRY(out.run, json.string_member("run"));
  PARLEY_TRY(out.created, time_member(json, "created"));
  return out;
}

Json proposal_json(const MatchProposal& proposal) {
  const record::MatchTerms& terms = proposal.terms;
  Json given = Json::array();
  for (const Approval& one : proposal.approvals)
    given.push_back(
        Json::object({{"unit", one.unit}, {"officer", one.officer}, {"at", format_time(one.at)}}));
  const auto texts = [](const std::vector<std::string>& list) {
    return Json(Json::Array(list.begin(), list.end()));
  };
  Json out =
      Json::object({{"match", proposal.id},
                    {"state", proposal_state_name(proposal.state)},
                    {"role", terms.role},
                    {"peer", terms.peer},
                    {"agreement", terms.agreement},
                    {"purpose", terms.purpose},
                    {"types", texts(terms.types)},
                    {"output", terms.output},
                    {"learner", terms.learner},
                    {"protocols", texts(terms.protocols)},
                    {"set_root", to_hex(terms.set_root)},
                    {"own_size", proposal.own_size},
                    {"peer_size_padded", terms.peer_size_padded},
                    {"decision_hash", to_hex(terms.hash())},
                    {"policy_version", terms.policy_version},
                    {"expires", format_time(terms.expiry)},
                    {"approvals_needed", Json::object({{"count", proposal.needs.count},
                                                       {"units", texts(proposal.needs.units)},
                                                       {"different_units", proposal.needs.different_units}})},
                    {"approvals", std::move(given)}});
  if (!proposal.why.empty()) out.set("why", proposal.why);
  if (!proposal.run.empty()) out.set("run", proposal.run);
  return out;
}

}  // namespace parley::exchange
