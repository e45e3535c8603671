#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pattern/assignment.hpp"
#include "pattern/candidates.hpp"
#include "pattern/comparison.hpp"
#include "pattern/plan.hpp"

namespace parley::pattern {

/// Looks for a binding where leaves compete for the same observations. Every WITHIN is a window whose begin
/// is the `last` of some observation, every FOLLOWEDBY a cut at the `first` of some observation; once they
/// are chosen the rest is an `Assignment`. Choices are tried depth first, and every demand is assigned as
/// soon as it is known, so that what cannot be is seen early.
///
/// Before that the same without times: when even that has no binding (too few observations, the usual case),
/// nothing is tried.
class BindingSearch {
 public:
  BindingSearch(const Plan& plan, std::span<const Candidates> leaves, std::span<const std::uint64_t> counts,
                Budget& budget);

  /// The observations of a binding, or nothing. Not to be trusted when the budget is exhausted.
  std::optional<std::vector<std::size_t>> run();

 private:
  /// Something still to be bound, and what comes after it.
  struct Item {
    std::uint32_t node = 0;
    Moment lo = first_moment;
    Moment hi = last_moment;
    std::uint64_t copies = 0;            ///< of a `repeats` node that has begun: those left
    std::uint64_t times = 1;             ///< without times: how often all of it is wanted
    const Moment* not_before = nullptr;  ///< copies are alike, so their choices may be taken in order
    Moment* chosen = nullptr;            ///< where the choice is told to the next copy
    const Item* next = nullptr;
  };

  bool solve(const Item* item);
  bool solve_all(const PlanNode& node, const Item& item);
  bool solve_any(const PlanNode& node, const Item& item);
  bool solve_followed_by(const PlanNode& node, const Item& item);
  bool solve_within(const PlanNode& node, const Item& item);
  bool solve_repeats(const PlanNode& node, const Item& item);
  /// Whether it can be bound in the span if it is alone there; cheap, and true too often.
  bool feasible(std::uint32_t index, Moment lo, Moment hi);
  const std::vector<Moment>& choices(std::uint32_t index);
  void collect(std::uint32_t index, bool firsts, std::vector<Moment>& out) const;
  bool chooses_branch(std::uint32_t index) const;

  const Plan& plan_;
  std::span<const Candidates> leaves_;
  Budget& budget_;
  std::span<const std::uint64_t> counts_;
  std::optional<Assignment> assignment_;
  std::vector<std::optional<std::vector<Moment>>> choices_;
  bool timeless_ = false;
};

}  // namespace parley::pattern
