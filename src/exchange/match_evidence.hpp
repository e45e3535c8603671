#pragma once

#include <string_view>

#include "exchange/node.hpp"
#include "ledger/evidence.hpp"

namespace parley::exchange {

/// Collects what `evidence export` puts into a bundle for one match run: the agreement with both signatures
/// and the match records of both sides, with the proof of each under the newest checkpoint. The number of
/// hits stays sealed. `not_found` when there is no such run, `conflict` when it did not come to its end.
Result<ledger::EvidenceInput> match_evidence(Node& node, std::string_view run);

}  // namespace parley::exchange
