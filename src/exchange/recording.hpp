#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "exchange/node.hpp"

namespace parley::exchange {

/// Signs `payload` with the role key and records it in the ledger; returns when that is durable.
///
/// Crash story: statement and opening are first stored as pending (synced), then the leaf is appended to the
/// log (one write, one sync), then the index is stored. A crash before the append leaves a pending statement
/// that was never acknowledged and is dropped by `recover_recordings`; a crash after it leaves a leaf whose
/// index `recover_recordings` finds again by its commitment.
Result<Recorded> record(Node& node, const encoding::Json& payload);

/// The same for several statements in one write and one sync, in the order given.
Result<std::vector<Recorded>> record_all(Node& node, const std::vector<encoding::Json>& payloads);

/// Records a statement that is already signed (by an own key or by a peer).
Result<Recorded> record_signed(Node& node, std::string jws);

/// The same, unless this very statement is in the ledger already: then what was recorded. For statements that
/// are signed again after a crash, or come again from a peer.
Result<Recorded> record_once(Node& node, std::string jws);

/// A recorded statement by the `id` of its payload.
Result<Recorded> find_recorded(Node& node, std::string_view statement_id);
/// This very statement, when it is recorded; two signatures over one payload (an agreement) share its id.
Result<Recorded> find_signed(Node& node, std::string_view jws);
/// A recorded statement by its leaf index.
Result<Recorded> recorded_at(Node& node, std::uint64_t index);

/// Brings the index in `state` level with the log after a crash. Called once when a home is opened.
Result<void> recover_recordings(Node& node);

}  // namespace parley::exchange
