#pragma once

#include <string_view>

#include "exchange/node.hpp"
#include "policy/policy.hpp"

namespace parley::exchange {

/// Says in the ledger (parley/policy/1) which rules are in force from now on and who put them there:
/// `operator` (a command) or `start` (the file in the home had changed when it was opened). Rules that were
/// recorded last are not recorded again. Called before they are used: a crash in between leaves a statement
/// too many, never rules that nothing tells of.
Result<void> record_policy(Node& node, const policy::Policy& policy, std::string_view by);

}  // namespace parley::exchange
