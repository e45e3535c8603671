#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "exchange/cleared.hpp"
#include "exchange/node.hpp"
#include "exchange/run_store.hpp"

namespace parley::exchange {

/// The leaf of one item, opened: what it was and that it was committed to before the run, never that it was
/// used.
struct MatchOpening {
  std::string run;
  std::string item;     ///< "type:value"
  Cleared<Bytes> file;  ///< the opening as a file, for `parley verify` (docs/spec/evidence.md)
};

/// Opens one item that this node learned in a finished run, for the other side or an auditor: an opening says
/// more than the run did, so the rules are asked once more as they are now, and it goes into the ledger.
/// `not_found` when the item is not held or the run's secrets are destroyed; `refused` when the item may not
/// be told, officers would have to approve, or the run did not show here that both hold it.
Result<MatchOpening> open_match_item(Node& node, const RunStore& runs, std::string_view run,
                                     std::string_view selector);

}  // namespace parley::exchange
