#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/approval.hpp"

namespace parley::exchange {

/// proposed -> approved -> run, or one of the ends: rejected (an officer said no), void (something changed),
/// expired.
enum class ProposalState { proposed, approved, run, rejected, voided, expired };
std::string_view proposal_state_name(ProposalState state);
std::optional<ProposalState> parse_proposal_state(std::string_view name);
/// Whether something can still come of it.
constexpr bool is_open(ProposalState state) {
  return state == ProposalState::proposed || state == ProposalState::approved;
}

/// What waits for this side's officers: a match, or building a set for look-ups.
template <class Terms>
struct Proposal {
  std::string id;
  ProposalState state = ProposalState::proposed;
  std::string why_rule;
  std::string why;
  Terms terms;
  policy::Approvals needs;
  std::vector<Approval> approvals;
  Timestamp created;
};

}  // namespace parley::exchange
