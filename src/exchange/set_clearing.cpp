#include "exchange/set_clearing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "base/assert.hpp"
#include "exchange/object_facts.hpp"
#include "exchange/set_clearing_state.hpp"

namespace parley::exchange {

namespace {

bool is_received(const std::vector<std::string>& labels) {
  return std::any_of(labels.begin(), labels.end(), is_received_label);
}

/// The origin that a selector is known from alone; empty when a holding is our own.
Result<std::string> only_from(const SetClearing::State& state, const state::SelectorSummary& summary) {
  if (!is_received(summary.labels)) return std::string();
  PARLEY_TRY(const std::vector<state::StoredHolding> holdings, state.reader->find_holdings(summary.selector));
  const bool own = std::any_of(holdings.begin(), holdings.end(), [](const state::StoredHolding& holding) {
    return !is_received(holding.labels);
  });
  return own ? std::string() : received_from(summary.labels, state.question.audience->origin);
}

// The rule that holds a selector out; empty when it may take part. Thousands of them share marking, labels
// and case, so answers are remembered by those.
const std::string& decide(SetClearing::State& state, const state::SelectorSummary& summary,
                          const std::string& from) {
  std::string& key = state.key;
  key = fmt::format("{}|{}|{}|{}|{}|{}", static_cast<int>(summary.selector.type),
                    static_cast<int>(summary.marking), summary.pap ? static_cast<int>(*summary.pap) : -1,
                    summary.open_case, summary.unpublished, from);
  for (const std::string& label : summary.labels) key.append(1, '\0').append(label);
  const auto known = state.answers.find(key);
  if (known != state.answers.end()) return known->second;
  policy::ObjectFacts& object = state.question.object.emplace();
  object.type = intel::type_name(summary.selector.type);
  object.marking = marking_of(summary.marking);
  object.marking.pap = summary.pap;
  object.labels = summary.labels;
  object.open_case = open_case_name(state.policy, summary.labels, summary.open_case);
  object.unpublished = summary.unpublished;
  object.received_from = from;
  const policy::Decision decision = state.policy.decide(state.question);
  std::string rule = decision.outcome == policy::Outcome::deny ? decision.fired.front().rule : "";
  return state.answers.emplace(key, std::move(rule)).first->second;
}

Result<void> take(SetClearing::State& state, const state::SelectorSummary& summary) {
  if (state.policy.is_off_limits(summary.selector)) {
    ++state.set.held_out["off-limits-value"];
    return {};
  }
  if (const std::string_view rule = state.off_limits->rule_of(summary.selector); !rule.empty()) {
    ++state.set.held_out[std::string(rule)];
    return {};
  }
  PARLEY_TRY(const std::string from, only_from(state, summary));
  const std::string& rule = decide(state, summary, from);
  if (rule.empty())
    state.set.selectors.push_back(summary.selector);
  else
    ++state.set.held_out[rule];
  return {};
}

}  // namespace

SetClearing::SetClearing(std::unique_ptr<State> state) : state_(std::move(state)) {}
SetClearing::~SetClearing() = default;
SetClearing::SetClearing(SetClearing&&) noexcept = default;
SetClearing& SetClearing::operator=(SetClearing&&) noexcept = default;

Result<bool> SetClearing::step(std::uint32_t most) {
  State& state = *state_;
  if (!state.off_limits) {
    PARLEY_TRY(state.off_limits, OffLimits::find(*state.reader, state.policy));
  }
  while (state.at < state.types.size() && most > 0) {
    const intel::SelectorType type[] = {state.types[state.at]};
    Result<void> taken;
    std::optional<intel::Selector> last;
    bool more = false;
    PARLEY_CHECK(state.reader->for_each_selector(
        type,
        [&](const state::SelectorSummary& summary) {
          taken = take(state, summary);
          ++state.seen;
          --most;
          more = taken && most > 0;
          if (!more) last = summary.selector;
          return more;
        },
        state.last ? &*state.last : nullptr));
    PARLEY_CHECK(std::move(taken));
    // Stopped in the middle of a type, or at its end.
    state.last = std::move(last);
    if (!state.last) ++state.at;
  }
  return state.at == state.types.size();
}

std::uint64_t SetClearing::seen() const {
  return state_->seen;
}

std::shared_ptr<const state::Reader> SetClearing::snapshot() const {
  return state_->reader;
}

}  // namespace parley::exchange
