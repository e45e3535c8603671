#pragma once

#include "encoding/json.hpp"
#include "exchange/match_proposal.hpp"

namespace parley::exchange {

/// Approvals and states of proposals, of matches as of sets for look-ups.
encoding::Json stored_approvals(const std::vector<Approval>& approvals);
Result<std::vector<Approval>> read_approvals(const encoding::Json& json);
std::optional<ProposalState> parse_proposal_state(std::string_view name);

/// A proposal as the store keeps it, and back. Its secrets lie elsewhere.
encoding::Json stored_proposal(const MatchProposal& proposal);
Result<MatchProposal> read_proposal(const encoding::Json& json);

}  // namespace parley::exchange
