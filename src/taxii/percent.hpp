#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace parley::taxii {

/// Percent-decoding (RFC 3986 section 2.1); nothing for a broken escape or an escaped control character. A
/// "+" stays one.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace parley::taxii
