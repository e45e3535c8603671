#pragma once

#include "ledger/findings.hpp"
#include "record/match_statement.hpp"
#include "record/release_statement.hpp"

namespace parley::ledger {

/// That as many officers as the decision asks for, each with an own key, approved exactly it; and that each
/// key was enrolled before, for a unit of its own, with the name sealed.
std::vector<Claim> check_approvals(const Case& the_case, const Typed<record::DecisionStatement>& decision);

/// That each officer's approval in the bundle is of exactly this run, as the record of the officer's node has
/// it, given before it ran; and the enrolments. Without any approval there is one claim, which is not shown
/// and on which nothing depends.
std::vector<Claim> check_match_approvals(const Case& the_case,
                                         const std::vector<Typed<record::MatchStatement>>& records);

}  // namespace parley::ledger
