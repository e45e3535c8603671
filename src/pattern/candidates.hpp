#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pattern/moment.hpp"

namespace parley::pattern {

/// An observation that a leaf may be bound to, and when it can have been made.
struct Candidate {
  Moment first;
  Moment last;
  std::uint32_t observation = 0;
};

/// An observed-data object counts at most so often, so that sums stay exact (STIX ends at 999,999,999).
inline constexpr std::uint64_t max_candidate_count = 1ULL << 32U;

/// The candidates of one leaf, ready to be asked for those of a span of time. An observation fits a span
/// (lo, hi) when it can have been made at `hi` or before, and at `lo` or after.
class Candidates {
 public:
  Candidates() = default;
  /// `counts[o]` is how often observation `o` may be used, at most `max_candidate_count`.
  Candidates(std::vector<Candidate> candidates, std::span<const std::uint64_t> counts);

  std::span<const Candidate> by_first() const { return by_first_; }
  /// How many observations fit, those that stand for several counted as often; O(log n) where lo <= hi. More
  /// than there are when an observation is there with several times.
  std::uint64_t fitting(Moment lo, Moment hi) const;
  /// A part of `by_first` that holds all that fit (and others).
  std::span<const Candidate> around(Moment lo, Moment hi) const;

 private:
  std::vector<Candidate> by_first_;
  std::vector<std::uint64_t> counts_;        ///< of by_first_
  std::vector<std::uint64_t> count_before_;  ///< sums over by_first_, one more than it has
  std::vector<Moment> latest_last_;          ///< of by_first_ up to here
  std::vector<Moment> lasts_;                ///< sorted
  std::vector<std::uint64_t> count_ended_;   ///< sums over lasts_, one more than it has
};

}  // namespace parley::pattern
