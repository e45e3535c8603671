#include "policy/policy.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "policy/decide.hpp"
#include "policy/rules.hpp"

namespace parley::policy {

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::permit:
      return "permit";
    case Outcome::needs_approval:
      return "needs_approval";
    case Outcome::deny:
      break;
  }
  return "deny";
}

std::string describe(const Approvals& approvals) {
  if (approvals.count == 0) return "nobody has to agree";
  std::string out = fmt::format("{} officer{} must agree", approvals.count, approvals.count == 1 ? "" : "s");
  if (approvals.different_units && approvals.count > 1) out += ", no two of one unit";
  if (!approvals.units.empty()) out += fmt::format(", of {}", fmt::join(approvals.units, ", "));
  return out;
}

std::vector<std::string> Decision::rules() const {
  std::vector<std::string> out;
  for (const Fired& one : fired)
    if (std::find(out.begin(), out.end(), one.rule) == out.end()) out.push_back(one.rule);
  return out;
}

std::string Decision::why() const {
  std::string out;
  for (const Fired& one : fired) out += (out.empty() ? "" : "; ") + one.why;
  return out;
}

std::unexpected<Error> Decision::refusal() const {
  return refuse(rules(), why());
}

Result<Policy> Policy::load(std::string_view toml) {
  PARLEY_TRY(Rules rules, parse_rules(toml));
  Policy policy(std::make_shared<const Rules>(std::move(rules)));
  PARLEY_CHECK(run_tests(policy, *policy.rules_));
  return policy;
}

Policy Policy::closed(std::string why) {
  auto rules = std::make_shared<Rules>();
  rules->closed = true;
  rules->closed_why = "the policy did not load: " + std::move(why);
  rules->hash = crypto::sha256({});
  return Policy(std::move(rules));
}

Policy Policy::load_or_closed(std::string_view toml) {
  Result<Policy> loaded = load(toml);
  return loaded ? std::move(*loaded) : closed(loaded.error().text());
}

const crypto::Hash256& Policy::hash() const {
  return rules_->hash;
}
std::string Policy::version() const {
  return to_hex(rules_->hash);
}
bool Policy::is_closed() const {
  return rules_->closed;
}
const std::string& Policy::closed_because() const {
  return rules_->closed_why;
}

Decision Policy::decide(const Question& question) const {
  return policy::decide(*rules_, question);
}

std::vector<Fired> Policy::off_limits(const ObjectFacts& object) const {
  std::vector<Fired> out;
  ask_off_limits(*rules_, object, out);
  return out;
}

bool Policy::has_off_limits_values() const {
  return !rules_->off_values.empty();
}

bool Policy::has_off_limits_actors() const {
  return !rules_->off_actors.empty();
}

std::vector<std::string> Policy::off_limits_types() const {
  return {rules_->off_types.begin(), rules_->off_types.end()};
}

std::vector<std::string> Policy::off_limits_actors() const {
  return {rules_->off_actors.begin(), rules_->off_actors.end()};
}

bool Policy::is_off_limits(const intel::Selector& selector) const {
  return !rules_->off_values.empty() && rules_->off_values.contains(rule_value(selector));
}

std::string Policy::open_case_of(const std::vector<std::string>& labels) const {
  for (const std::string& label : labels) {
    const std::string lower = lower_ascii(label);
    for (const std::string& mark : rules_->case_labels) {
      if (lower == mark) return label;
      if (lower.size() > mark.size() + 1 && lower.starts_with(mark) && lower[mark.size()] == ':')
        return label.substr(mark.size() + 1);
    }
  }
  return {};
}

const MatchRules& Policy::match_rules() const {
  return rules_->match;
}

const Approvals& Policy::approvals(Act act) const {
  if (act == Act::match) return rules_->match_approvals;
  if (act == Act::taxii) return rules_->taxii_approvals;
  return act == Act::release ? rules_->release_approvals : rules_->export_approvals;
}

PushRule Policy::push_rule(std::string_view caller) const {
  const auto found = std::ranges::find(rules_->callers, caller, &PeerRule::name);
  return found == rules_->callers.end() ? PushRule() : found->push;
}

const std::vector<std::string>& Policy::tests() const {
  return rules_->test_names;
}

}  // namespace parley::policy
