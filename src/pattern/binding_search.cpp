#include "pattern/binding_search.hpp"

#include <algorithm>
#include <limits>

namespace parley::pattern {
namespace {

using Kind = PlanNode::Kind;

std::uint64_t product(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return b != 0 && a > most / b ? most : a * b;
}

}  // namespace

BindingSearch::BindingSearch(const Plan& plan, std::span<const Candidates> leaves,
                             std::span<const std::uint64_t> counts, Budget& budget)
    : plan_(plan), leaves_(leaves), budget_(budget), counts_(counts), choices_(plan.nodes.size()) {}

std::optional<std::vector<std::size_t>> BindingSearch::run() {
  Item root;
  root.node = plan_.root;
  for (const bool timeless : {true, false}) {
    timeless_ = timeless;
    assignment_.emplace(counts_, budget_);
    if (!solve(&root)) return std::nullopt;
  }
  return assignment_->observations();
}

bool BindingSearch::solve(const Item* item) {
  if (item == nullptr) return true;
  if (!budget_.spend()) return false;
  const PlanNode& node = plan_.nodes[item->node];
  switch (node.kind) {
    case Kind::leaf:
      if (!assignment_->add(leaves_[item->node], item->lo, item->hi, product(node.count, item->times)))
        return false;
      if (solve(item->next)) return true;
      assignment_->remove_last();
      return false;
    case Kind::all:
      return solve_all(node, *item);
    case Kind::any:
      return solve_any(node, *item);
    case Kind::followed_by:
      return timeless_ ? solve_all(node, *item) : solve_followed_by(node, *item);
    case Kind::within:
      return timeless_ ? solve_all(node, *item) : solve_within(node, *item);
    case Kind::repeats:
      return solve_repeats(node, *item);
  }
  return false;
}

bool BindingSearch::solve_all(const PlanNode& node, const Item& item) {
  std::vector<Item> items(node.children.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].node = node.children[i];
    items[i].lo = item.lo;
    items[i].hi = item.hi;
    items[i].times = item.times;
    items[i].next = i + 1 < items.size() ? &items[i + 1] : item.next;
  }
  return solve(items.data());
}

bool BindingSearch::solve_any(const PlanNode& node, const Item& item) {
  for (const std::uint32_t child : node.children) {
    Item branch;
    branch.node = child;
    branch.lo = item.lo;
    branch.hi = item.hi;
    branch.times = item.times;
    branch.next = item.next;
    if (solve(&branch)) return true;
    if (budget_.exhausted()) return false;
  }
  return false;
}

bool BindingSearch::solve_followed_by(const PlanNode& node, const Item& item) {
  const std::vector<Moment>& cuts = choices(item.node);
  auto cut = item.not_before != nullptr ? std::ranges::lower_bound(cuts, *item.not_before) : cuts.begin();
  for (; cut != cuts.end() && *cut <= item.hi; ++cut) {
    Item after;
    after.node = node.children[1];
    after.lo = std::max(item.lo, *cut);
    after.hi = item.hi;
    after.next = item.next;
    Item before;
    before.node = node.children[0];
    before.lo = item.lo;
    before.hi = *cut;
    before.next = &after;
    if (budget_.exhausted()) return false;
    if (!feasible(before.node, before.lo, before.hi)) continue;
    if (!feasible(after.node, after.lo, after.hi)) continue;
    if (item.chosen != nullptr) *item.chosen = *cut;
    if (solve(&before)) return true;
  }
  return false;
}

bool BindingSearch::solve_within(const PlanNode& node, const Item& item) {
  const std::vector<Moment>& begins = choices(item.node);
  const Moment least = item.not_before != nullptr ? std::max(*item.not_before, item.lo) : item.lo;
  for (auto begin = std::ranges::lower_bound(begins, least); begin != begins.end(); ++begin) {
    Item inside;
    inside.node = node.children[0];
    inside.lo = *begin;
    inside.hi = std::min(item.hi, *begin + node.span);
    inside.next = item.next;
    if (budget_.exhausted()) return false;
    if (!feasible(inside.node, inside.lo, inside.hi)) continue;
    if (item.chosen != nullptr) *item.chosen = *begin;
    if (solve(&inside)) return true;
  }
  return false;
}

bool BindingSearch::solve_repeats(const PlanNode& node, const Item& item) {
  const std::uint64_t copies = item.copies > 0 ? item.copies : node.count;
  Moment chosen = first_moment;
  Item rest = item;
  rest.copies = copies - 1;
  rest.not_before = &chosen;
  Item copy;
  copy.node = node.children[0];
  copy.lo = item.lo;
  copy.hi = item.hi;
  copy.times = item.times;
  if (timeless_ && !chooses_branch(copy.node)) {
    copy.times = product(item.times, copies);
    copy.next = item.next;
    return solve(&copy);
  }
  copy.not_before = item.copies > 0 ? item.not_before : nullptr;
  copy.chosen = &chosen;
  copy.next = copies > 1 ? &rest : item.next;
  return solve(&copy);
}

bool BindingSearch::feasible(std::uint32_t index, Moment lo, Moment hi) {
  if (!budget_.spend()) return false;
  const PlanNode& node = plan_.nodes[index];
  if (node.kind == Kind::leaf) {
    if (lo > hi && !budget_.spend(leaves_[index].by_first().size())) return false;
    return leaves_[index].fitting(lo, hi) >= node.count;
  }
  const auto fits = [&](std::uint32_t child) { return feasible(child, lo, hi); };
  return node.kind == Kind::any ? std::ranges::any_of(node.children, fits)
                                : std::ranges::all_of(node.children, fits);
}

/// The moments that a window may begin at, or that a cut may lie at.
const std::vector<Moment>& BindingSearch::choices(std::uint32_t index) {
  if (!choices_[index]) {
    const PlanNode& node = plan_.nodes[index];
    std::vector<Moment> moments;
    collect(node.children[0], node.kind == Kind::followed_by, moments);
    std::ranges::sort(moments);
    const auto rest = std::ranges::unique(moments);
    moments.erase(rest.begin(), rest.end());
    budget_.spend(moments.size());
    choices_[index] = std::move(moments);
  }
  return *choices_[index];
}

void BindingSearch::collect(std::uint32_t index, bool firsts, std::vector<Moment>& out) const {
  const PlanNode& node = plan_.nodes[index];
  for (const Candidate& candidate : leaves_[index].by_first())
    out.push_back(firsts ? candidate.first : candidate.last);
  for (const std::uint32_t child : node.children) collect(child, firsts, out);
}

bool BindingSearch::chooses_branch(std::uint32_t index) const {
  const PlanNode& node = plan_.nodes[index];
  return node.kind == Kind::any ||
         std::ranges::any_of(node.children, [&](std::uint32_t child) { return chooses_branch(child); });
}

}  // namespace parley::pattern
