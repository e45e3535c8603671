#pragma once

#include <optional>

#include "crypto/hash.hpp"
#include "exchange/node.hpp"
#include "peer/hello.hpp"
#include "peer/machine.hpp"

namespace parley::exchange {

/// What a failed session of look-ups leaves in the own ledger: the uniform abort, and for a refusal the
/// rules, at most as many a day as other sessions. Best effort: a ledger that cannot be written refuses
/// everything else too.
void record_lookup_failure(Node& node, const peer::PeerSession& session, peer::SessionId id,
                           std::optional<crypto::Hash256> ask, const Error& reason);

}  // namespace parley::exchange
