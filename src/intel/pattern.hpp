#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "intel/selector.hpp"

namespace parley::intel {

/// Bounds on one STIX pattern.
struct PatternLimits {
  std::size_t max_bytes = 1U << 20U;
  std::size_t max_depth = 64;            ///< nested parentheses
  std::size_t max_comparisons = 10'000;  ///< values in equality comparisons, IN lists included
};

enum class PatternKind {
  atomic,      ///< only `=` and `IN` on literals, joined by AND and OR: `equalities` says all of it
  not_atomic,  ///< right, but more than that (NOT, LIKE, MATCHES, FOLLOWEDBY, qualifiers, …): needs a matcher
  syntax_error,  ///< no pattern of the STIX 2.1 grammar (nor of 2.0), or over a limit
};

/// One `path = literal` of a pattern.
struct PatternEquality {
  std::string path;   ///< as written, without blanks: "file:hashes.'SHA-256'"
  std::string value;  ///< the literal, strings without quotes and escapes
};

struct PatternReading {
  PatternKind kind = PatternKind::syntax_error;
  std::vector<PatternEquality> equalities;  ///< for `atomic`, in order
  std::string why;                          ///< what made it not atomic, or the syntax error
  std::size_t offset = 0;                   ///< where in the pattern (bytes)
};

/// Reads a STIX pattern (STIX 2.1 section 9; the whole grammar, without evaluating it). Linear in its length.
PatternReading read_pattern(std::string_view pattern, const PatternLimits& limits = {});

/// The selectors of an atomic pattern: canonical, sorted, each once. Paths that have no selector type give
/// none; values that their type refuses are told in `warnings`. Empty for the other kinds.
std::vector<Selector> pattern_selectors(const PatternReading& reading, std::vector<std::string>& warnings);

}  // namespace parley::intel
