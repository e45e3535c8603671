#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace parley::stix {

/// Why a text is no JSON object, and where.
struct JsonFault {
  std::string pointer;  ///< of the value, or of the object or list in which something is missing
  std::string why;      ///< with what to do
};

/// The first place at which a text is not JSON as this program reads it (RFC 8259, integers of 64 bits, at
/// most so deep). The parser tells only that there is one. Nothing when none is found. Linear.
std::optional<JsonFault> find_json_fault(std::string_view text, std::size_t max_depth);

/// What kind of file begins like this, when it is one that people take for STIX: "UTF-16; convert it …".
/// Empty: nothing known.
std::string_view foreign_start(std::string_view bytes);

/// What stands in the place of an object: "a number"; empty when it begins like an object, or like nothing.
std::string_view kind_of_value(std::string_view text);

}  // namespace parley::stix
