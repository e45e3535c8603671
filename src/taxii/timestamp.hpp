#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace parley::taxii {

/// A TAXII timestamp (TAXII 2.1 section 1.6.4): RFC 3339 in UTC with `Z` and exactly six fraction digits.
std::string format_timestamp(Timestamp time);

/// What clients send: RFC 3339 with `Z` and 0 to 9 fraction digits, upper-case letters, no offset. Digits
/// behind the sixth are cut, which loses nothing where it is used: a date added is a whole microsecond, so it
/// lies behind the exact moment exactly when it lies behind the one that was cut. `bad_input` for all else.
Result<Timestamp> parse_timestamp(std::string_view text);

}  // namespace parley::taxii
