#pragma once

#include <string>

#include "base/result.hpp"
#include "encoding/json.hpp"

namespace parley::encoding {

/// The canonical form of RFC 8785 (JCS): no white space, members sorted by the UTF-16 code units of their
/// names, strings with the shortest escapes, numbers as ECMAScript writes them.
///
/// What comes out always reads back equal. Bad input (with the JSON pointer) for what has no canonical form
/// that keeps its meaning: numbers of 2^53 and more that ECMAScript would not write digit by digit as they
/// are (I-JSON, RFC 7493 section 2.2, does not carry them exactly), duplicate names, strings that are not
/// UTF-8, trees deeper than 512.
Result<std::string> canonical_json(const Json& value);

/// A finite double as ECMAScript's Number::toString writes it (RFC 8785 section 3.2.2.3): the shortest digits
/// that read back the same, an exponent from 1e21 up and below 1e-6, no minus before zero.
std::string ecmascript_number(double value);

}  // namespace parley::encoding
