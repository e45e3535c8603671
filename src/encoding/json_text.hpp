#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace parley::encoding {

/// Whether the text is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above
/// U+10FFFF).
bool is_utf8(std::string_view text);

/// The text as a JSON string with its quotes and the shortest escapes (RFC 8785 section 3.2.2.2).
void append_json_string(std::string& out, std::string_view text);

/// Where a JSON text first stops being RFC 8259 JSON in UTF-8 nested at most `max_depth` deep, as an offset
/// in bytes, and why; nothing when it is. Only run after the parser refused a text, to say where.
struct JsonFault {
  std::size_t offset = 0;
  std::string_view why;
};
std::optional<JsonFault> find_json_fault(std::string_view text, std::size_t max_depth);

}  // namespace parley::encoding
