#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "pattern/syntax.hpp"

namespace parley::pattern {

/// Something in a pattern that follows the grammar and is wrong all the same.
struct Finding {
  enum class Kind : std::uint8_t {
    hash_form,        ///< invalid: a hash of a named algorithm that has not its form (after =, != and IN)
    qualifier_again,  ///< invalid: two qualifiers of one kind on one observation (STIX 2.1 section 9.5.1)
    zero_amount,      ///< unusable: WITHIN 0 SECONDS, REPEATS 0 TIMES
    mixed_set,        ///< unusable: IN with constants of several kinds (integers and decimals may mix)
    regex,       ///< unusable: no regular expression, or one that RE2 cannot do; the text names the construct
    network,     ///< unusable: ISSUBSET or ISSUPERSET with no address and no network
    time_text,   ///< unusable: START or STOP with a string that is no timestamp
    empty_span,  ///< doubtful: STOP not after START, nothing can match
    no_such_day,     ///< doubtful: a timestamp with a day that its month does not have
    several_types,   ///< doubtful: AND between comparisons of different object types, nothing can match
    negative_index,  ///< doubtful: no list has it
  };
  enum class Weight : std::uint8_t {
    invalid,   ///< OASIS's validator refuses the pattern for it
    unusable,  ///< the validator lets it pass, `Matcher::compile` does not
    doubtful,  ///< it is matched, and hardly what was meant
  };
  Kind kind = Kind::hash_form;
  Weight weight = Weight::invalid;
  std::size_t offset = 0;  ///< in bytes in the pattern
  std::string why;
};

/// What is wrong with a parsed pattern beyond its grammar, in the order of the text; at most `max_findings`.
/// `Matcher::compile`
/// takes a pattern unless something is unusable.
std::vector<Finding> check_pattern(const Pattern& pattern, std::size_t max_findings = 100);

}  // namespace parley::pattern
