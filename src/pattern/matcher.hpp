#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "pattern/observations.hpp"
#include "pattern/syntax.hpp"

namespace parley::pattern {

/// What one match may cost.
struct MatchLimits {
  std::uint64_t max_steps = 50'000'000;  ///< values looked at, bytes searched, choices tried; about a second
};

struct Match {
  bool found = false;
  std::vector<std::size_t> observations;  ///< indices of one set of observations that fulfils it, sorted
};

/// A pattern ready to be matched against observations (STIX 2.1 section 9). Keeps nothing of the pattern or
/// its text. May be used by several threads at once.
class Matcher {
 public:
  /// Bad input, with the place, for what `check_pattern` calls unusable and for more than 1,000 observation
  /// expressions (repetitions of groups counted).
  static Result<Matcher> compile(const Pattern& pattern);
  Matcher(Matcher&&) noexcept;
  Matcher& operator=(Matcher&&) noexcept;
  ~Matcher();

  /// Whether the observations fulfil the pattern: whether every observation expression can be bound to an
  /// observation of its own so that all qualifiers hold for some choice of times within
  /// first_observed … last_observed. An observed-data object stands for `number_observed` observations.
  ///
  /// Exact. Linear in the data (times the logarithm) unless several expressions compete for the same
  /// observations under WITHIN or FOLLOWEDBY; then it searches, and gives up with bad input when `max_steps`
  /// are used up. Also bad input: a timestamp compared with a string of the data that is none.
  Result<Match> match(const Observations& observations, const MatchLimits& limits = {}) const;

 private:
  struct Compiled;
  explicit Matcher(std::unique_ptr<const Compiled> compiled);
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace parley::pattern
