#include "pattern/matcher.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "pattern/binding_search.hpp"
#include "pattern/comparison.hpp"
#include "pattern/frontier.hpp"
#include "pattern/plan.hpp"

namespace parley::pattern {
namespace {

/// One comparison, or AND or OR of what the children say.
struct Condition {
  NodeKind kind = NodeKind::comparison;
  std::uint32_t comparison = 0;
  std::vector<std::uint32_t> children;
};

/// Candidates with the index of their leaf, over all leaves.
struct LeafUse {
  bool shared = false;  ///< some observation is a candidate twice
  std::vector<bool> used;
};

}  // namespace

struct Matcher::Compiled {
  Plan plan;
  std::vector<Comparison> comparisons;
  std::vector<Condition> conditions;
  std::unordered_map<NodeIndex, std::uint32_t> roots;  ///< of an observation expression: its condition
  bool repeats = false;

  Result<std::uint32_t> add_condition(const Pattern& pattern, NodeIndex index) {
    const Node& node = pattern.node(index);
    Condition condition;
    condition.kind = node.kind;
    if (node.kind == NodeKind::comparison) {
      PARLEY_TRY(Comparison comparison, Comparison::compile(pattern, node));
      condition.comparison = static_cast<std::uint32_t>(comparisons.size());
      comparisons.push_back(std::move(comparison));
    }
    for (NodeIndex child = node.child; child != no_node; child = pattern.node(child).next) {
      PARLEY_TRY(const std::uint32_t operand, add_condition(pattern, child));
      condition.children.push_back(operand);
    }
    conditions.push_back(std::move(condition));
    return static_cast<std::uint32_t>(conditions.size() - 1);
  }

  Result<bool> holds(std::uint32_t index, const Observation& observation, const ObservedObject& object,
                     Budget& budget) const {
    const Condition& condition = conditions[index];
    if (condition.kind == NodeKind::comparison)
      return comparisons[condition.comparison].holds(observation, object.type, *object.json, budget);
    const bool any = condition.kind == NodeKind::comparison_or;
    for (const std::uint32_t child : condition.children) {
      PARLEY_TRY(const bool fits, holds(child, observation, object, budget));
      if (fits == any) return any;
    }
    return !any;
  }

  /// All comparisons of an observation expression start from the same object (STIX 2.1 section 9.5).
  Result<bool> holds(std::uint32_t root, const Observation& observation, Budget& budget) const {
    for (const ObservedObject& object : observation.objects) {
      if (budget.exhausted()) return false;
      PARLEY_TRY(const bool fits, holds(root, observation, object, budget));
      if (fits) return true;
    }
    return false;
  }

  Result<std::vector<Candidate>> candidates(const PlanNode& leaf, const Observations& observations,
                                            Budget& budget) const {
    std::vector<Candidate> out;
    for (std::size_t i = 0; i < observations.size() && budget.spend(); ++i) {
      const Observation& observation = observations[i];
      const std::size_t begin = out.size();
      for (const PlanNode::Alternative& alternative : leaf.alternatives) {
        const Candidate candidate{.first = std::max(observation.first, alternative.begin),
                                  .last = std::min(observation.last, alternative.end),
                                  .observation = static_cast<std::uint32_t>(i)};
        const auto same = [&](const Candidate& other) {
          return other.first == candidate.first && other.last == candidate.last;
        };
        if (candidate.first > candidate.last) continue;
        if (std::any_of(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), same)) continue;
        PARLEY_TRY(const bool fits, holds(roots.at(alternative.observation), observation, budget));
        if (fits) out.push_back(candidate);
      }
    }
    return out;
  }
};

Matcher::Matcher(std::unique_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;
Matcher::~Matcher() = default;

Result<Matcher> Matcher::compile(const Pattern& pattern) {
  auto out = std::make_unique<Compiled>();
  PARLEY_TRY(out->plan, make_plan(pattern));
  for (const PlanNode& node : out->plan.nodes) {
    out->repeats = out->repeats || node.kind == PlanNode::Kind::repeats;
    for (const PlanNode::Alternative& alternative : node.alternatives) {
      if (out->roots.contains(alternative.observation)) continue;
      PARLEY_TRY(const std::uint32_t root,
                 out->add_condition(pattern, pattern.node(alternative.observation).child));
      out->roots.emplace(alternative.observation, root);
    }
  }
  return Matcher(std::move(out));
}

Result<Match> Matcher::match(const Observations& observations, const MatchLimits& limits) const {
  Budget budget(limits.max_steps);
  const Plan& plan = compiled_->plan;
  std::vector<std::uint64_t> counts(observations.size());
  for (std::size_t i = 0; i < counts.size(); ++i)
    counts[i] = std::min(observations[i].count, max_candidate_count);

  std::vector<Candidates> leaves(plan.nodes.size());
  LeafUse use;
  use.used.resize(observations.size());
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    if (plan.nodes[i].kind != PlanNode::Kind::leaf) continue;
    PARLEY_TRY(std::vector<Candidate> found, compiled_->candidates(plan.nodes[i], observations, budget));
    for (const Candidate& candidate : found) {
      use.shared = use.shared || use.used[candidate.observation];
      use.used[candidate.observation] = true;
    }
    leaves[i] = Candidates(std::move(found), counts);
  }

  Match out;
  const Frontier frontier(plan, leaves, counts, budget);
  if (!budget.exhausted() && frontier.possible()) {
    if (!use.shared && !compiled_->repeats) {
      out.observations = frontier.bind();
      out.found = true;
    } else if (auto binding = BindingSearch(plan, leaves, counts, budget).run()) {
      out.observations = std::move(*binding);
      out.found = true;
    }
  }
  if (budget.exhausted())
    return fail(ErrorKind::bad_input, "matching took more than " + std::to_string(limits.max_steps) +
                                          " steps: narrow the pattern or match against fewer observations");
  std::ranges::sort(out.observations);
  const auto rest = std::ranges::unique(out.observations);
  out.observations.erase(rest.begin(), rest.end());
  return out;
}

}  // namespace parley::pattern
