#include "pattern/frontier.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <queue>

namespace parley::pattern {
namespace {

using Kind = PlanNode::Kind;

}  // namespace

Frontier::Frontier(const Plan& plan, std::span<const Candidates> leaves,
                   std::span<const std::uint64_t> counts, Budget& budget)
    : plan_(plan), leaves_(leaves), counts_(counts), budget_(budget), points_(plan.nodes.size()) {
  for (std::size_t i = 0; i < plan.nodes.size() && !budget.exhausted(); ++i) {  // children come first
    const PlanNode& node = plan.nodes[i];
    switch (node.kind) {
      case Kind::leaf:
        points_[i] = leaf(node, leaves_[i]);
        break;
      case Kind::all:
      case Kind::any:
        points_[i] = joined(node);
        break;
      case Kind::followed_by:
        points_[i] = followed_by(node);
        break;
      case Kind::within:
        points_[i] = within(node);
        break;
      case Kind::repeats:
        points_[i] = points_[node.children[0]];
        break;
    }
    budget.spend(points_[i].size() + 1);
  }
}

const Moment* Frontier::greatest_lo(const Points& points, Moment hi) {
  const auto after = std::ranges::upper_bound(points, hi, {}, &Point::hi);
  return after == points.begin() ? nullptr : &std::prev(after)->lo;
}

/// Of those that began by hi, the `count` that end last.
Frontier::Points Frontier::leaf(const PlanNode& node, const Candidates& candidates) const {
  using End = std::pair<Moment, std::uint64_t>;
  std::priority_queue<End, std::vector<End>, std::greater<>> kept;
  std::uint64_t total = 0;
  Points out;
  for (const Candidate& candidate : candidates.by_first()) {
    const std::uint64_t count = counts_[candidate.observation];
    kept.emplace(candidate.last, count);
    total += count;
    while (total - kept.top().second >= node.count) {
      total -= kept.top().second;
      kept.pop();
    }
    if (total < node.count) continue;
    const Moment lo = kept.top().first;
    if (!out.empty() && lo <= out.back().lo) continue;
    if (!out.empty() && out.back().hi == candidate.first) out.pop_back();
    out.push_back({candidate.first, lo});
  }
  return out;
}

/// AND: the least of the children's lo. OR: the greatest.
Frontier::Points Frontier::joined(const PlanNode& node) const {
  Points out = points_[node.children[0]];
  for (std::size_t c = 1; c < node.children.size(); ++c) {
    const Points& other = points_[node.children[c]];
    std::vector<Moment> his;
    for (const Points* const part : {&std::as_const(out), &other})
      for (const Point& point : *part) his.push_back(point.hi);
    std::ranges::sort(his);
    Points merged;
    for (const Moment hi : his) {
      const Moment* const a = greatest_lo(out, hi);
      const Moment* const b = greatest_lo(other, hi);
      const bool both = a != nullptr && b != nullptr;
      if (!both && (node.kind == Kind::all || (a == nullptr && b == nullptr))) continue;
      const Moment lo = !both                    ? (a != nullptr ? *a : *b)
                        : node.kind == Kind::all ? std::min(*a, *b)
                                                 : std::max(*a, *b);
      if (merged.empty() || lo > merged.back().lo) merged.push_back({hi, lo});
    }
    out = std::move(merged);
    if (!budget_.spend(his.size())) return {};
  }
  return out;
}

Frontier::Points Frontier::within(const PlanNode& node) const {
  Points out;
  for (const Point& point : points_[node.children[0]])
    if (point.hi <= point.lo + node.span) out.push_back(point);
  return out;
}

/// For a hi, the second part gives its greatest lo; the first part may be over by that, or by hi.
Frontier::Points Frontier::followed_by(const PlanNode& node) const {
  const Points& before = points_[node.children[0]];
  const Points& after = points_[node.children[1]];
  std::vector<Moment> his;
  for (const Points* const part : {&before, &after})
    for (const Point& point : *part) his.push_back(point.hi);
  std::ranges::sort(his);
  Points out;
  for (const Moment hi : his) {
    const Moment* const second = greatest_lo(after, hi);
    if (second == nullptr) continue;
    const Moment* const first = greatest_lo(before, std::min(hi, *second));
    if (first == nullptr) continue;
    const Moment lo = std::min(*first, *second);
    if (out.empty() || lo > out.back().lo) out.push_back({hi, lo});
  }
  return out;
}

void Frontier::bind(std::uint32_t index, Moment hi, Moment lo, std::vector<std::size_t>& out) const {
  const PlanNode& node = plan_.nodes[index];
  switch (node.kind) {
    case Kind::leaf: {
      std::uint64_t bound = 0;
      for (const Candidate& candidate : leaves_[index].around(lo, hi)) {
        if (bound >= node.count) return;
        if (candidate.first > hi || candidate.last < lo) continue;
        bound += counts_[candidate.observation];
        out.push_back(candidate.observation);
      }
      return;
    }
    case Kind::all:
      for (const std::uint32_t child : node.children) bind(child, hi, lo, out);
      return;
    case Kind::any:
      for (const std::uint32_t child : node.children)
        if (const Moment* const best = greatest_lo(points_[child], hi); best != nullptr && *best >= lo)
          return bind(child, hi, lo, out);
      return;
    case Kind::followed_by: {
      const Moment second = *greatest_lo(points_[node.children[1]], hi);
      const Moment cut = std::min(hi, second);
      bind(node.children[0], cut, lo, out);
      return bind(node.children[1], hi, std::max(lo, cut), out);
    }
    case Kind::within: {
      // Of the pairs that fit the span, the one with the greatest lo.
      const Points& fitting = points_[index];
      const auto after = std::ranges::upper_bound(fitting, hi, {}, &Point::hi);
      const Point& best = *std::prev(after);
      return bind(node.children[0], best.hi, best.lo, out);
    }
    case Kind::repeats:
      return bind(node.children[0], hi, lo, out);
  }
}

std::vector<std::size_t> Frontier::bind() const {
  std::vector<std::size_t> out;
  const Point& point = points_[plan_.root].front();
  bind(plan_.root, point.hi, point.lo, out);
  return out;
}

}  // namespace parley::pattern
