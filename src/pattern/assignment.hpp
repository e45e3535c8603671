#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "pattern/candidates.hpp"
#include "pattern/comparison.hpp"
#include "pattern/moment.hpp"

namespace parley::pattern {

/// Which observations the demands made so far are given, each observation at most as often as it counts: a
/// flow that grows demand by demand, moving what earlier demands hold along augmenting paths (Ford and
/// Fulkerson), and that can go back to where it was. Exact: a demand is refused only if no distribution
/// fulfils it together with those before.
class Assignment {
 public:
  Assignment(std::span<const std::uint64_t> counts, Budget& budget)
      : counts_(counts), budget_(budget), used_(counts.size()) {}

  /// `need` observations of a leaf that fit (lo, hi). When it returns false nothing has changed.
  bool add(const Candidates& leaf, Moment lo, Moment hi, std::uint64_t need);
  /// Takes back the last demand that was added.
  void remove_last();

  /// The observations in use, sorted.
  std::vector<std::size_t> observations() const;

 private:
  struct Demand {
    const Candidates* leaf = nullptr;
    Moment lo;
    Moment hi;
    std::size_t journal_begin = 0;
    std::unordered_map<std::uint32_t, std::uint64_t> taken;  ///< units of an observation
  };
  struct Change {
    std::size_t demand;
    std::uint32_t observation;
    std::uint64_t units;
    bool given;
  };

  void change(std::size_t demand, std::uint32_t observation, std::uint64_t units, bool given);
  std::uint64_t take_free(std::size_t demand, std::uint64_t need);
  std::uint64_t augment(std::size_t demand, std::uint64_t need);

  std::span<const std::uint64_t> counts_;
  Budget& budget_;
  std::vector<std::uint64_t> used_;
  std::vector<Demand> demands_;
  std::vector<Change> journal_;
};

}  // namespace parley::pattern
