#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "document/document.hpp"

/// Encodings of HTML, for html.cpp alone.
namespace parley::document {

/// The charset that a page declares in its first bytes, in lower case; empty when there is none or it has
/// characters that no name of a charset has.
std::string declared_charset(std::string_view html);

/// The page in UTF-8; adds to the warnings of `out` what did not fit.
std::string html_in_utf8(BytesView bytes, Document& out);

}  // namespace parley::document
