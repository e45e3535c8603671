#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace parley::merkle {

/// Whether a text is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
bool is_utf8(std::string_view text);

/// A decimal number as C2SP formats write it: digits only, no leading zeros, at most `max_tree_size`.
Result<std::uint64_t> parse_decimal(std::string_view text);

/// Takes the next line off the front, without its newline; nothing is left untouched when there is no
/// newline.
bool take_line(std::string_view& text, std::string_view& line);

}  // namespace parley::merkle
