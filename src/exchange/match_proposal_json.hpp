#pragma once

#include "encoding/json.hpp"
#include "exchange/match_proposal.hpp"

namespace parley::exchange {

/// A proposal as the store keeps it, and back. Its secrets lie elsewhere.
encoding::Json stored_proposal(const MatchProposal& proposal);
Result<MatchProposal> read_proposal(const encoding::Json& json);

}  // namespace parley::exchange
