#include "exchange/kept_proposal.hpp"

namespace parley::exchange {

using encoding::Json;

namespace {

constexpr ProposalState states[] = {ProposalState::proposed, ProposalState::approved, ProposalState::run,
                                    ProposalState::rejected, ProposalState::voided,   ProposalState::expired};

Json texts(const std::vector<std::string>& list) {
  return Json(Json::Array(list.begin(), list.end()));
}

}  // namespace

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

namespace kept {

Json write_members(const Json& terms, const policy::Approvals& needs,
                   const std::vector<Approval>& approvals) {
  Json given = Json::array();
  for (const Approval& one : approvals)
    given.push_back(Json::object({{"officer", one.officer},
                                  {"unit", one.unit},
                                  {"key", to_hex(one.key.value())},
                                  {"at", format_time(one.at)},
                                  {"jws", one.jws}}));
  return Json::object({{"terms", terms},
                       {"count", needs.count},
                       {"units", texts(needs.units)},
                       {"different_units", needs.different_units},
                       {"approvals", std::move(given)}});
}

Result<policy::Approvals> read_needs(const Json& json) {
  policy::Approvals out;
  PARLEY_TRY(const std::uint64_t count, json.uint_member("count"));
  out.count = static_cast<std::uint32_t>(count);
  PARLEY_TRY(out.units, json.strings_member("units"));
  PARLEY_TRY(out.different_units, json.bool_member("different_units"));
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

void tell_approvals(Json& out, const policy::Approvals& needs, const std::vector<Approval>& approvals) {
  Json given = Json::array();
  for (const Approval& one : approvals)
    given.push_back(
        Json::object({{"unit", one.unit}, {"officer", one.officer}, {"at", format_time(one.at)}}));
  out.set("approvals_needed", Json::object({{"count", needs.count},
                                            {"units", texts(needs.units)},
                                            {"different_units", needs.different_units}}));
  out.set("approvals", std::move(given));
}

}  // namespace kept
}  // namespace parley::exchange
