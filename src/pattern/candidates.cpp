#include "pattern/candidates.hpp"

#include <algorithm>
#include <utility>

namespace parley::pattern {
Candidates::Candidates(std::vector<Candidate> candidates, std::span<const std::uint64_t> counts)
    : by_first_(std::move(candidates)) {
  std::ranges::sort(by_first_, {}, &Candidate::first);
  std::vector<std::pair<Moment, std::uint64_t>> ends;
  count_before_.push_back(0);
  for (const Candidate& candidate : by_first_) {
    const std::uint64_t count = counts[candidate.observation];
    counts_.push_back(count);
    count_before_.push_back(count_before_.back() + count);
    latest_last_.push_back(latest_last_.empty() ? candidate.last
                                                : std::max(latest_last_.back(), candidate.last));
    ends.emplace_back(candidate.last, count);
  }
  std::ranges::sort(ends);
  count_ended_.push_back(0);
  for (const auto& [last, count] : ends) {
    lasts_.push_back(last);
    count_ended_.push_back(count_ended_.back() + count);
  }
}

std::uint64_t Candidates::fitting(Moment lo, Moment hi) const {
  const auto begun = static_cast<std::size_t>(std::ranges::upper_bound(by_first_, hi, {}, &Candidate::first) -
                                              by_first_.begin());
  if (lo <= hi) {  // then what ended before lo began before hi
    const auto ended = static_cast<std::size_t>(std::ranges::lower_bound(lasts_, lo) - lasts_.begin());
    return count_before_[begun] - count_ended_[ended];
  }
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < begun; ++i)
    if (by_first_[i].last >= lo) sum += counts_[i];
  return sum;
}

std::span<const Candidate> Candidates::around(Moment lo, Moment hi) const {
  const auto begin =
      static_cast<std::size_t>(std::ranges::lower_bound(latest_last_, lo) - latest_last_.begin());
  const auto end = static_cast<std::size_t>(std::ranges::upper_bound(by_first_, hi, {}, &Candidate::first) -
                                            by_first_.begin());
  return begin < end ? std::span(by_first_).subspan(begin, end - begin) : std::span<const Candidate>();
}

}  // namespace parley::pattern
