#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "state/source.hpp"

namespace parley::state {
class Transaction;
}

namespace parley::exchange {

/// The UUID of this instance, and of its organisation, among instances of MISP: made from the node's origin,
/// so that it stays the same without being kept (RFC 9562 version 8).
std::string misp_instance_uuid(std::string_view origin);

/// What became of a MISP event that came in.
enum class MispEventFate : std::uint8_t {
  added,      ///< new here
  replaced,   ///< later than what was held from there
  unchanged,  ///< the same
  older,      ///< the held one is later and stays; nothing of this one is taken
  changed,  ///< other content under the timestamp of the held one, which stays; nothing of this one is taken
  unreadable  ///< its attributes are taken, but it cannot be kept whole
};

struct MispEventOutcome {
  MispEventFate fate = MispEventFate::added;
  std::string why;  ///< for `older`, `changed` and `unreadable`
};

/// Keeps an event whole. `source` gave it; `received` when that is a peer, whose events never take the place
/// of ours. Values that only attributes held which are deleted or gone in the new version leave the holdings
/// of that source (of all our own, when it is ours), unless a case on them is open.
Result<MispEventOutcome> store_misp_event(state::Transaction& transaction, state::SourceId source,
                                          bool received, std::string_view document);

}  // namespace parley::exchange
