#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "pattern/syntax.hpp"

namespace parley::pattern {

/// Whose grammar decides.
enum class Dialect : std::uint8_t {
  any,     ///< 2.1 and, beside it, times of START and STOP as 2.0 writes them, and NOT EXISTS
  stix20,  ///< STIX 2.0 part 5: START and STOP with strings or timestamps, no EXISTS
  stix21,  ///< STIX 2.1 section 9: START and STOP with timestamps
};

/// Bounds on one pattern, and its grammar.
struct ParseOptions {
  Dialect dialect = Dialect::any;
  std::size_t max_bytes = 1U << 20U;
  std::size_t max_depth = 64;       ///< nested parentheses
  std::size_t max_parts = 100'000;  ///< nodes, steps of paths and constants together
};

/// Why a text is no pattern.
struct Fault {
  std::size_t offset = 0;  ///< in bytes, where it was noticed
  std::string why;         ///< what was expected there, or which limit was passed
};

/// Reads a pattern of the whole STIX grammar (STIXPattern.g4 of STIX 2.1: precedence FOLLOWEDBY < OR < AND <
/// qualifiers). Nothing when it is one; `out` is then the tree, its memory used again from call to call.
/// Linear in the text; recursion is bounded by `max_depth`. What the grammar lets pass and is wrong all the
/// same is told by `check_pattern`.
std::optional<Fault> parse_pattern(std::string_view text, Pattern& out, const ParseOptions& options = {});

/// The same as a Result: bad input with `where` "byte N". The text must outlive the pattern.
Result<Pattern> parse_pattern(std::string_view text, const ParseOptions& options = {});

}  // namespace parley::pattern
