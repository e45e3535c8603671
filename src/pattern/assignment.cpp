#include "pattern/assignment.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace parley::pattern {

void Assignment::change(std::size_t demand, std::uint32_t observation, std::uint64_t units, bool given) {
  auto& taken = demands_[demand].taken;
  if (given) {
    taken[observation] += units;
    used_[observation] += units;
  } else {
    const auto held = taken.find(observation);
    held->second -= units;
    if (held->second == 0) taken.erase(held);
    used_[observation] -= units;
  }
}

/// What nobody has yet; returns how many units are still missing.
std::uint64_t Assignment::take_free(std::size_t demand, std::uint64_t need) {
  const Demand& asking = demands_[demand];
  for (const Candidate& candidate : asking.leaf->around(asking.lo, asking.hi)) {
    if (need == 0 || !budget_.spend()) return need;
    if (candidate.first > asking.hi || candidate.last < asking.lo) continue;
    const std::uint64_t units = std::min(need, counts_[candidate.observation] - used_[candidate.observation]);
    if (units == 0) continue;
    change(demand, candidate.observation, units, true);
    journal_.push_back({demand, candidate.observation, units, true});
    need -= units;
  }
  return need;
}

/// One augmenting path, breadth first over demands: a demand may take an observation from another one that
/// finds a different one. Returns the units that it moved, 0 when there is no path.
std::uint64_t Assignment::augment(std::size_t demand, std::uint64_t need) {
  struct Reached {
    std::size_t from = std::numeric_limits<std::size_t>::max();
    std::uint32_t observation = 0;  ///< that `from` would take from this demand
  };
  std::vector<Reached> reached(demands_.size());
  std::vector<bool> seen(demands_.size());
  std::vector<std::size_t> queue{demand};
  seen[demand] = true;
  for (std::size_t q = 0; q < queue.size(); ++q) {
    const std::size_t current = queue[q];
    const Demand& asking = demands_[current];
    for (const Candidate& candidate : asking.leaf->around(asking.lo, asking.hi)) {
      if (!budget_.spend()) return 0;
      if (candidate.first > asking.hi || candidate.last < asking.lo) continue;
      const std::uint32_t observation = candidate.observation;
      if (const std::uint64_t free = counts_[observation] - used_[observation]; free > 0) {
        std::uint64_t units = std::min(need, free);
        for (std::size_t d = current; d != demand; d = reached[d].from)
          units = std::min(units, demands_[d].taken.at(reached[d].observation));
        std::vector<Change> path{{current, observation, units, true}};
        for (std::size_t d = current; d != demand; d = reached[d].from) {
          path.push_back({d, reached[d].observation, units, false});
          path.push_back({reached[d].from, reached[d].observation, units, true});
        }
        for (const Change& one : path) {
          change(one.demand, one.observation, one.units, one.given);
          journal_.push_back(one);
        }
        return units;
      }
      if (!budget_.spend(demands_.size() / 8)) return 0;
      for (std::size_t d = 0; d < demands_.size(); ++d) {
        if (seen[d] || !demands_[d].taken.contains(observation)) continue;
        seen[d] = true;
        reached[d] = {current, observation};
        queue.push_back(d);
      }
    }
  }
  return 0;
}

bool Assignment::add(const Candidates& leaf, Moment lo, Moment hi, std::uint64_t need) {
  Demand asking;
  asking.leaf = &leaf;
  asking.lo = lo;
  asking.hi = hi;
  asking.journal_begin = journal_.size();
  demands_.push_back(std::move(asking));
  const std::size_t demand = demands_.size() - 1;
  need = take_free(demand, need);
  while (need > 0 && !budget_.exhausted()) {
    const std::uint64_t units = augment(demand, need);
    if (units == 0) break;
    need -= units;
  }
  if (need == 0) return true;
  remove_last();
  return false;
}

void Assignment::remove_last() {
  const std::size_t begin = demands_.back().journal_begin;
  while (journal_.size() > begin) {
    const Change& last = journal_.back();
    change(last.demand, last.observation, last.units, !last.given);
    journal_.pop_back();
  }
  demands_.pop_back();
}

std::vector<std::size_t> Assignment::observations() const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < used_.size(); ++i)
    if (used_[i] > 0) out.push_back(i);
  return out;
}

}  // namespace parley::pattern
