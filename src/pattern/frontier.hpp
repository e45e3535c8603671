#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "pattern/candidates.hpp"
#include "pattern/comparison.hpp"
#include "pattern/moment.hpp"
#include "pattern/plan.hpp"

namespace parley::pattern {

/// Which spans of time a part of a plan can be bound in, when two leaves may share an observation.
///
/// All that the qualifiers above a part ask of its binding is the latest `first` (hi: it can be over by then)
/// and the earliest `last` (lo: it need not begin before) among its observations: WITHIN d is hi - lo <= d,
/// FOLLOWEDBY is hi of the one <= lo of the other. So each part is told by its best pairs: for a hi, the
/// greatest lo. Because the parts of a pattern lie in each other, conditions on pairs are all that a common
/// choice of times needs.
///
/// No pairs at the root: no match. Where no observation is a candidate of two leaves: pairs at the root are a
/// match, and `bind` names it.
class Frontier {
 public:
  Frontier(const Plan& plan, std::span<const Candidates> leaves, std::span<const std::uint64_t> counts,
           Budget& budget);

  bool possible() const { return !points_[plan_.root].empty(); }
  /// Observations of one binding; only where no observation is a candidate of two leaves and nothing repeats.
  std::vector<std::size_t> bind() const;

 private:
  struct Point {
    Moment hi;
    Moment lo;
  };
  using Points = std::vector<Point>;  ///< both rising

  static const Moment* greatest_lo(const Points& points, Moment hi);
  Points leaf(const PlanNode& node, const Candidates& candidates) const;
  Points joined(const PlanNode& node) const;
  Points within(const PlanNode& node) const;
  Points followed_by(const PlanNode& node) const;
  void bind(std::uint32_t index, Moment hi, Moment lo, std::vector<std::size_t>& out) const;

  const Plan& plan_;
  std::span<const Candidates> leaves_;
  std::span<const std::uint64_t> counts_;
  Budget& budget_;
  std::vector<Points> points_;
};

}  // namespace parley::pattern
