#include "exchange/gate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "exchange/agreement_book.hpp"
#include "exchange/clock_guard.hpp"
#include "exchange/set_clearing_state.hpp"
#include "ledger/ledger.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

struct Act {
  policy::Act act = policy::Act::match;
  std::string_view peer;
  std::string_view agreement;
  std::string_view purpose;
};

// An unknown peer or agreement is an answer of the rules ("no such recipient"), not a failure of the store.
Result<policy::Question> make_question(Node& node, const Act& act) {
  policy::Question out;
  out.act = act.act;
  out.purpose = act.purpose;
  out.now = node.clock().now();
  PARLEY_TRY(out.recorded_until, note_time(node));
  if (!act.peer.empty()) {
    const Result<PeerRecord> peer = find_peer(node, act.peer);
    if (!peer && peer.error().kind != ErrorKind::not_found) return std::unexpected<Error>(peer.error());
    if (peer)
      out.audience = policy::Audience{peer->name, peer->origin, peer->kind, peer->jurisdiction,
                                      peer->status != PeerStatus::active};
  }
  if (!act.agreement.empty()) {
    const Result<AgreementEntry> entry = find_agreement(node, act.agreement);
    if (!entry && entry.error().kind != ErrorKind::not_found) return std::unexpected<Error>(entry.error());
    if (entry) out.agreement = entry->state;
  }
  return out;
}

void deny(policy::Decision& decision, std::string rule, std::string why) {
  if (decision.outcome != policy::Outcome::deny) decision.fired.clear();
  decision.outcome = policy::Outcome::deny;
  decision.fired.push_back({std::move(rule), std::move(why)});
}

std::vector<intel::SelectorType> types_of(const MatchQuestion& question, const policy::Agreement& agreement) {
  return question.types.empty() ? agreement.types : question.types;
}

}  // namespace

Result<policy::Question> Gate::ask(const PackageQuestion& question) {
  return make_question(*node_, {question.act, question.peer, question.agreement, question.purpose});
}

Result<policy::Decision> Gate::check_match(const MatchQuestion& question) {
  PARLEY_TRY(const policy::Question asked, make_question(*node_, {policy::Act::match, question.peer,
                                                                  question.agreement, question.purpose}));
  policy::Decision decision = node_->policy().decide(asked);
  if (!asked.agreement || node_->policy().is_closed()) return decision;
  const policy::Agreement& agreement = asked.agreement->agreement;
  for (const intel::SelectorType type : types_of(question, agreement))
    if (!agreement.allows_type(type))
      deny(decision, "agreement-type",
           fmt::format("the agreement does not cover {}", intel::type_name(type)));
  if (!agreement.allows_output(question.output))
    deny(decision, "agreement-output",
         fmt::format("the agreement lets a match show the {}, not the {}",
                     policy::output_name(agreement.output), policy::output_name(question.output)));
  if (question.learner == match::Learner::both && !agreement.both_may_learn)
    deny(decision, "agreement-learner", "the agreement lets only the side that asks learn");
  return decision;
}

Result<SetClearing> Gate::begin_match_set(const MatchQuestion& question) {
  PARLEY_TRY(const policy::Decision act, check_match(question));
  if (act.outcome == policy::Outcome::deny) return act.refusal();
  auto state = std::make_unique<SetClearing::State>(node_->policy());
  PARLEY_TRY(state->question, make_question(*node_, {policy::Act::match, question.peer, question.agreement,
                                                     question.purpose}));
  const policy::Agreement& agreement = state->question.agreement->agreement;
  state->clearance = {state->question.audience->origin, agreement.hash, question.purpose,
                      state->policy.version(), act.rules()};
  state->types = types_of(question, agreement);
  std::ranges::sort(state->types, {}, intel::type_name);
  const auto twice = std::ranges::unique(state->types);
  state->types.erase(twice.begin(), twice.end());
  PARLEY_TRY(state->reader, node_->store().snapshot());
  return SetClearing(std::move(state));
}

Result<Cleared<SelectorSet>> Gate::finish_match_set(SetClearing clearing) {
  SetClearing::State& state = *clearing.state_;
  if (state.at != state.types.size())
    return fail(ErrorKind::internal, "a set was taken before all holdings had been looked at");
  if (node_->policy().version() != state.policy.version())
    return refuse({"policy-changed"}, "the rules changed while the set was built; ask again");
  return Cleared<SelectorSet>(std::move(state.set), std::move(state.clearance));
}

Result<Cleared<SelectorSet>> Gate::clear_match_set(const MatchQuestion& question) {
  PARLEY_TRY(SetClearing clearing, begin_match_set(question));
  for (bool done = false; !done;) {
    PARLEY_TRY(done, clearing.step());
  }
  return finish_match_set(std::move(clearing));
}

}  // namespace parley::exchange
