#include <algorithm>

#include "crypto/hash.hpp"
#include "exchange/gate.hpp"
#include "exchange/head_guard.hpp"
#include "exchange/match_run.hpp"
#include "exchange/object_facts.hpp"
#include "exchange/off_limits.hpp"
#include "exchange/release_book.hpp"
#include "exchange/rule_question.hpp"
#include "ledger/opening.hpp"
#include "policy/policy.hpp"
#include "state/store.hpp"

namespace parley::exchange {

Result<void> Gate::check_opening(const MatchRun& run, const intel::Selector& item) {
  PARLEY_CHECK(check_head_confirmed(*node_, run.peer));
  PARLEY_TRY(const RuleAnswer answer,
             ask_rules(*node_, {run.peer, run.agreement, run.purpose, "match", selector_text(item)}));
  if (answer.decision.outcome != policy::Outcome::permit) return answer.decision.refusal();
  PARLEY_TRY(const auto reader, node_->store().snapshot());
  PARLEY_TRY(const OffLimits off_limits, OffLimits::find(*reader, node_->policy()));
  if (const std::string_view rule = off_limits.rule_of(item); !rule.empty())
    return refuse({std::string(rule)}, "the item is off limits");
  // Anything else of the set would tell what the run did not.
  if (std::ranges::find(run.matches, item) == run.matches.end())
    return refuse({"opening-not-matched"}, "this node did not learn in that run that both hold the item");
  return {};
}

Result<Cleared<Bytes>> Gate::clear_opening(const MatchRun& run, std::string_view file) {
  PARLEY_TRY(const ledger::OpeningStatement opened, ledger::read_opening(file));
  PARLEY_TRY(const intel::Selector item, intel::selector_from_bytes(opened.item));
  PARLEY_CHECK(check_opening(run, item));
  if (opened.run != run.id || opened.counterparty != run.peer || opened.head.node != node_->identity().origin)
    return refuse({"opening-not-matched"}, "the opening is of another run than the one that was asked about");
  return Cleared<Bytes>(to_bytes(file),
                        {run.peer, run.agreement, run.purpose, node_->policy().version(), {}});
}

Result<Cleared<Bytes>> Gate::clear_content(const Release& release) {
  if (node_->policy().is_closed())
    return refuse({"policy-not-loaded"}, "the policy does not load: nothing leaves");
  if (release.state != ReleaseState::delivered)
    return refuse({"release-state"}, "only what was delivered may lie in its evidence");
  if (crypto::sha256(as_bytes(release.package)) != release.terms.package_hash)
    return refuse({"decision-changed"}, "the package is not the one that was decided on");
  return Cleared<Bytes>(to_bytes(release.package), {release.peer_origin,
                                                    release.terms.agreement,
                                                    release.terms.purpose,
                                                    release.terms.policy_version,
                                                    {}});
}

}  // namespace parley::exchange
