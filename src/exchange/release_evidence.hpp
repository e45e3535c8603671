#pragma once

#include <string_view>

#include "exchange/node.hpp"
#include "ledger/evidence.hpp"

namespace parley::exchange {

/// Collects what `evidence export` puts into a bundle for one release: the agreement with both signatures,
/// the officers' enrolments, the decision, the approvals, the delivery, the receipt, and the proof of each
/// own leaf under the newest checkpoint. With the content itself when that is asked for and the gate clears
/// it.
Result<ledger::EvidenceInput> release_evidence(Node& node, std::string_view release_id, bool with_content);

}  // namespace parley::exchange
