#pragma once

#include "policy/rules.hpp"

namespace parley::policy {

/// The pure function behind `Policy::decide`: every rule is asked, all denials are kept, and one is enough.
Decision decide(const Policy::Rules& rules, const Question& question);

/// The off-limits rules alone; they need no audience.
void ask_off_limits(const Policy::Rules& rules, const ObjectFacts& object, std::vector<Fired>& denials);

/// The entry that holds for an audience; null when there is none. An entry with an origin holds for that peer
/// only, whatever name it has taken; one with a name alone for whoever the operator pinned under that name.
const PeerRule* find_peer_rule(const Policy::Rules& rules, const Audience& audience);
/// The entry of a caller of TAXII, by its name; null when there is none.
const PeerRule* find_caller_rule(const Policy::Rules& rules, const Audience& audience);

}  // namespace parley::policy
