#include "policy/agreement.hpp"

#include <algorithm>

namespace parley::policy {

std::string_view output_name(MatchOutput output) {
  return output == MatchOutput::items ? "items" : "size";
}

std::optional<MatchOutput> parse_output(std::string_view text) {
  if (text == "items") return MatchOutput::items;
  if (text == "size") return MatchOutput::size;
  return std::nullopt;
}

std::string_view status_name(AgreementStatus status) {
  switch (status) {
    case AgreementStatus::draft:
      return "draft";
    case AgreementStatus::proposed:
      return "proposed";
    case AgreementStatus::in_force:
      return "in_force";
    case AgreementStatus::not_yet:
      return "not_yet";
    case AgreementStatus::expired:
      return "expired";
    case AgreementStatus::suspended:
      break;
  }
  return "suspended";
}

const AgreementParty* Agreement::party(std::string_view origin) const {
  for (const AgreementParty& party : parties)
    if (party.origin == origin) return &party;
  return nullptr;
}

const AgreementParty* Agreement::counterpart(std::string_view own) const {
  if (parties[0].origin == own) return &parties[1];
  if (parties[1].origin == own) return &parties[0];
  return nullptr;
}

bool Agreement::allows_purpose(std::string_view code) const {
  return !code.empty() && std::find(purposes.begin(), purposes.end(), code) != purposes.end();
}

bool Agreement::allows_type(intel::SelectorType type) const {
  return std::find(types.begin(), types.end(), type) != types.end();
}

AgreementStatus AgreementState::status(Timestamp now) const {
  if (suspended) return AgreementStatus::suspended;
  if (now >= agreement.valid_to) return AgreementStatus::expired;
  if (!signed_by_us && !signed_by_peer) return AgreementStatus::draft;
  if (!signed_by_us || !signed_by_peer) return AgreementStatus::proposed;
  if (now < agreement.valid_from) return AgreementStatus::not_yet;
  return AgreementStatus::in_force;
}

}  // namespace parley::policy
