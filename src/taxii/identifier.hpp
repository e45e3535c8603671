#pragma once

#include <string>
#include <string_view>

#include "base/entropy.hpp"

namespace parley::taxii {

/// An identifier of TAXII 2.1 (section 1.6.3): a version 4 UUID (RFC 9562 section 5.4) in lower case, random
/// but for the bits that say so.
std::string make_identifier(Entropy& entropy);
/// Whether a text is one.
bool is_identifier(std::string_view text);
/// An identifier as somebody wrote it, with its digits in lower case (RFC 4122 section 3: they are read in
/// either); every other text as it is.
std::string read_identifier(const std::string& text);

}  // namespace parley::taxii
