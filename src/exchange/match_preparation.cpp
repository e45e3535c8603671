#include "exchange/match_preparation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "exchange/agreement_book.hpp"
#include "exchange/head_guard.hpp"
#include "exchange/match_budget.hpp"
#include "exchange/match_choice.hpp"
#include "exchange/set_clearing.hpp"
#include "match/capacity.hpp"

namespace parley::exchange {

namespace {

std::uint64_t padded_bound(std::uint64_t size) {
  return match::padded_size(
      static_cast<std::uint32_t>(std::min<std::uint64_t>(size, match::max_padded_size)));
}

/// What the messages of the largest set that an agreement allows can hold: its padded size, and a tenth more
/// for the cells of a store.
std::uint64_t most_allowed(const policy::Agreement& agreement) {
  const std::uint64_t bound = padded_bound(agreement.max_set);
  return bound + (bound + 9) / 10;
}

/// What the asker's messages over a set of `padded` items can hold.
Result<std::uint64_t> could_hold(std::string_view protocol, match::Prefer prefer, std::uint64_t padded) {
  match::Parameters parameters;
  PARLEY_TRY(parameters.protocol, match::parse_protocol(protocol));
  parameters.prefer = prefer;
  parameters.receiver_padded = static_cast<std::uint32_t>(padded);
  return match::most_items(parameters, match::Role::receiver);
}

/// The same at least, whichever of the protocols runs: what will be charged.
Result<std::uint64_t> least_charge(const policy::MatchRules& rules, const MatchQuestion& question,
                                   std::uint64_t padded) {
  PARLEY_TRY(const std::vector<std::string> names, wished_protocols(rules, question));
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  for (const std::string& name : names) {
    // With the smaller store.
    PARLEY_TRY(const std::uint64_t one, could_hold(name, match::Prefer::bytes, padded));
    least = std::min(least, one);
  }
  return least;
}

std::unexpected<Error> over_cap(intel::SelectorType type, const policy::TypeCap& cap,
                                std::string_view found) {
  return refuse(
      {"enumerable-cap"},
      fmt::format("a set may hold at most {} items of {}, {}: {}. Ask about fewer, and about that type "
                  "alone; the policy names the cap under match.cap",
                  cap.max_set, intel::type_name(type), found, cap.reason));
}

/// The own set against the agreement and the caps, in real items: dummies are none.
Result<void> check_own_set(const policy::MatchRules& rules, const policy::Agreement& agreement,
                           const SelectorSet& set) {
  const std::uint64_t size = set.selectors.size();
  if (size < agreement.min_set)
    return refuse({"set-too-small"},
                  fmt::format("the agreement asks for at least {} items in a match, {} may take part here",
                              agreement.min_set, size));
  const std::uint64_t most = std::min<std::uint64_t>(agreement.max_set, match::max_padded_size);
  if (size > most)
    return refuse(
        {"set-too-large"},
        fmt::format("the agreement allows at most {} items in a match, {} would take part here; choose "
                    "fewer types",
                    most, size));
  std::map<intel::SelectorType, std::uint64_t> counts;
  for (const intel::Selector& selector : set.selectors) ++counts[selector.type];
  for (const auto& [type, count] : counts)
    if (const auto cap = rules.cap(type); cap && count > cap->max_set)
      return over_cap(type, *cap, fmt::format("{} would take part here", count));
  return {};
}

}  // namespace

Result<policy::Agreement> check_match_act(Node& node, MatchQuestion& question) {
  // The rules first: an unknown peer or agreement is a refusal with a name, not a search that failed.
  PARLEY_TRY(const policy::Decision decision, Gate(node).check_match(question));
  if (decision.outcome == policy::Outcome::deny) return decision.refusal();
  PARLEY_TRY(const PeerRecord peer, find_peer(node, question.peer));
  PARLEY_TRY(AgreementEntry entry, find_agreement(node, question.agreement));
  question.peer = peer.origin;
  question.agreement = entry.state.agreement.hash;
  if (question.types.empty()) question.types = entry.state.agreement.types;
  std::ranges::sort(question.types, {}, intel::type_name);
  const auto twice = std::ranges::unique(question.types);
  question.types.erase(twice.begin(), twice.end());
  return std::move(entry.state.agreement);
}

Result<void> check_peer_size(const policy::MatchRules& rules, const policy::Agreement& agreement,
                             const MatchQuestion& question, std::uint64_t padded, std::uint64_t could_hold) {
  could_hold = std::max(could_hold, padded);
  if (padded < padded_bound(agreement.min_set))
    return refuse({"peer-set-too-small"},
                  fmt::format("the peer's set has at most {} items, the agreement asks for {}", padded,
                              agreement.min_set));
  if (padded > padded_bound(agreement.max_set))
    return refuse({"peer-set-too-large"},
                  fmt::format("the peer's set is padded to {} items, the agreement allows {}", padded,
                              agreement.max_set));
  if (could_hold > most_allowed(agreement))
    return refuse(
        {"peer-set-too-large"},
        fmt::format("the peer's messages could hold {} items by this protocol, the agreement allows "
                    "sets of {}: {} holds no more than the padded size",
                    could_hold, agreement.max_set, match::protocol_name(match::Protocol::dh)));
  for (const intel::SelectorType type : question.types)
    if (const auto cap = rules.cap(type); cap && could_hold > cap->max_set)
      return over_cap(type, *cap, fmt::format("the peer's messages could hold {}", could_hold));
  return {};
}

Result<std::vector<std::string>> fitting_protocols(const policy::MatchRules& rules,
                                                   const policy::Agreement& agreement,
                                                   const MatchQuestion& question, std::uint64_t padded) {
  PARLEY_TRY(std::vector<std::string> wished, wished_protocols(rules, question));
  std::uint64_t bound = most_allowed(agreement);
  for (const intel::SelectorType type : question.types)
    if (const auto cap = rules.cap(type)) bound = std::min<std::uint64_t>(bound, cap->max_set);
  std::vector<std::string> fitting;
  for (const std::string& name : wished) {
    PARLEY_TRY(const std::uint64_t most,
               could_hold(name, question.prefer.value_or(match::Prefer::time), padded));
    if (most <= bound) fitting.push_back(name);
  }
  return fitting.empty() ? std::move(wished) : std::move(fitting);
}

struct MatchPreparation::State {
  State(Node& at, peer::Side on) : node(at), side(on) {}

  Node& node;
  peer::Side side;
  PreparedMatch out;
  SetSecrets secrets;
  std::optional<SetClearing> clearing;
  std::optional<Cleared<SelectorSet>> cleared;
  std::optional<SetCommitting> committing;
  std::uint64_t own_size = 0;
  std::uint64_t seen = 0;
  bool done = false;

  Result<void> check_day(std::optional<std::uint64_t> peer_padded);
  Result<void> check_own();
};

/// What was asked and used up today, before any holding is read.
Result<void> MatchPreparation::State::check_day(std::optional<std::uint64_t> peer_padded) {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  const BudgetKey key{out.agreement.hash, out.question.peer, side, out.epoch};
  PARLEY_TRY(const Budget left, budget_left(*reader, out.agreement, key));
  std::uint64_t charge = 0;
  if (peer_padded) {
    PARLEY_TRY(charge, least_charge(node.policy().match_rules(), out.question, *peer_padded));
  }
  PARLEY_CHECK(check_budget(out.agreement, left, charge));
  PARLEY_TRY(const Answered answered, answered_run(*reader, key, out.question));
  if (!answered.run.empty())
    return refuse({"match-repeat"}, fmt::format("run {} asked about a type of this question today already; "
                                                "the next is possible after midnight UTC",
                                                answered.run));
  if (side == peer::Side::initiator) return {};
  return check_charge(
      *reader, node.policy().match_rules(),
      {out.question.peer, out.agreement.hash, out.question.types, ChargeKind::match, charge, out.epoch});
}

/// Once the set is known: its bounds, and on the asking side the budget of its size.
Result<void> MatchPreparation::State::check_own() {
  const SelectorSet& set = cleared->value();
  own_size = set.selectors.size();
  out.held_out = set.held_out;
  out.policy_version = cleared->clearance().policy_version;
  PARLEY_CHECK(check_own_set(node.policy().match_rules(), out.agreement, set));
  if (side == peer::Side::responder) return {};
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(const Budget left,
             budget_left(*reader, out.agreement, {out.agreement.hash, out.question.peer, side, out.epoch}));
  PARLEY_TRY(const std::uint64_t charge,
             least_charge(node.policy().match_rules(), out.question, padded_bound(own_size)));
  const policy::MatchRules& rules = node.policy().match_rules();
  PARLEY_TRY(out.protocols, fitting_protocols(rules, out.agreement, out.question, padded_bound(own_size)));
  PARLEY_TRY(const auto wished, wished_protocols(rules, out.question));
  out.some_left_out = out.protocols.size() < wished.size();
  return check_budget(out.agreement, left, charge);
}

MatchPreparation::MatchPreparation(std::unique_ptr<State> state) : state_(std::move(state)) {}
MatchPreparation::~MatchPreparation() = default;
MatchPreparation::MatchPreparation(MatchPreparation&&) noexcept = default;
MatchPreparation& MatchPreparation::operator=(MatchPreparation&&) noexcept = default;

Result<MatchPreparation> MatchPreparation::begin(Node& node, MatchQuestion question, peer::Side side,
                                                 std::optional<std::uint64_t> peer_padded,
                                                 std::optional<SetSecrets> secrets) {
  auto state = std::make_unique<State>(node, side);
  PARLEY_TRY(state->out.agreement, check_match_act(node, question));
  PARLEY_CHECK(check_head_confirmed(node, question.peer));
  PARLEY_CHECK(wished_protocols(node.policy().match_rules(), question));
  if (peer_padded) {
    const policy::MatchRules& rules = node.policy().match_rules();
    PARLEY_TRY(const std::uint64_t could_hold, least_charge(rules, question, *peer_padded));
    PARLEY_CHECK(check_peer_size(rules, state->out.agreement, question, *peer_padded, could_hold));
  }
  state->out.question = std::move(question);
  state->out.epoch = static_cast<std::uint64_t>(node.clock().now().day());
  PARLEY_CHECK(state->check_day(peer_padded));
  state->secrets = secrets ? std::move(*secrets) : SetSecrets::draw(node.entropy());
  PARLEY_TRY(state->clearing, Gate(node).begin_match_set(state->out.question));
  return MatchPreparation(std::move(state));
}

Result<bool> MatchPreparation::step_to_bounds() {
  State& state = *state_;
  if (!state.clearing) return true;
  PARLEY_TRY(const bool all, state.clearing->step());
  state.seen = state.clearing->seen();
  if (!all) return false;
  SetClearing clearing = std::move(*state.clearing);
  state.clearing.reset();
  PARLEY_TRY(state.cleared, Gate(state.node).finish_match_set(std::move(clearing)));
  PARLEY_CHECK(state.check_own());
  return true;
}

Result<bool> MatchPreparation::step() {
  State& state = *state_;
  if (state.clearing) {
    PARLEY_CHECK(step_to_bounds());
    return false;
  }
  if (!state.committing) {
    state.committing.emplace(std::move(*state.cleared), std::move(state.secrets));
    state.cleared.reset();
  }
  PARLEY_TRY(state.done, state.committing->step());
  return state.done;
}

std::uint64_t MatchPreparation::own_size() const {
  return state_->own_size;
}
const MatchQuestion& MatchPreparation::question() const {
  return state_->out.question;
}
const policy::Agreement& MatchPreparation::agreement() const {
  return state_->out.agreement;
}
const std::vector<std::string>& MatchPreparation::protocols() const {
  return state_->out.protocols;
}
const std::map<std::string, std::uint64_t>& MatchPreparation::held_out() const {
  return state_->out.held_out;
}
std::uint64_t MatchPreparation::seen() const {
  return state_->seen;
}

PreparedMatch MatchPreparation::take() && {
  state_->out.set = std::move(*state_->committing).take();
  return std::move(state_->out);
}

}  // namespace parley::exchange
