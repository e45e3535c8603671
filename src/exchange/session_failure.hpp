#pragma once

#include <optional>
#include <string_view>

#include "crypto/hash.hpp"
#include "exchange/node.hpp"
#include "peer/hello.hpp"
#include "peer/machine.hpp"

namespace parley::exchange {

/// A session that has come to a bad end.
struct FailedSession {
  std::string_view kind;  ///< "match" or "lookup"
  peer::SessionId id;
  std::optional<crypto::Hash256> offer;  ///< hash of what both signed, or of the question
  /// The gate let something leave, or would have: its end is recorded whatever the quota says, since budgets
  /// bound how many there are.
  bool begun = false;
};

/// What a failed session leaves in the own ledger: the uniform abort, and for a refusal the rules, at most as
/// many a day from one peer as its quota lets. Best effort: the session has failed already, and a ledger that
/// cannot be written, or must not be since it was set back, refuses everything else too.
void record_failure(Node& node, const peer::PeerSession& session, const FailedSession& failed,
                    const Error& reason);

}  // namespace parley::exchange
