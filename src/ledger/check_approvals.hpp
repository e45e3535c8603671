#pragma once

#include "ledger/findings.hpp"
#include "record/release_statement.hpp"

namespace parley::ledger {

/// That as many officers as the decision asks for, each with an own key, approved exactly it; and that each
/// key was enrolled before, for a unit of its own, with the name sealed.
std::vector<Claim> check_approvals(const Case& the_case, const Typed<record::DecisionStatement>& decision);

}  // namespace parley::ledger
