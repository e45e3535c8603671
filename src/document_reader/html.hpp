#pragma once

#include "document/document.hpp"

namespace parley::document {

/// Loads what HTML in an encoding other than UTF-8, UTF-16 and windows-1252 needs, while files can still be
/// opened: looks into the bytes for the charset that they declare. The converter stays open for the life of
/// the process.
void prepare_html(BytesView bytes);

/// The text of an HTML page as a reader sees it: blocks and rows on lines of their own, cells apart, no
/// scripts, no styles. Broken markup is read as browsers do; nesting of any depth takes no stack. Encoding:
/// byte order mark, then the charset that the page declares, then UTF-8, then windows-1252, with a warning
/// where bytes do not fit. `bad_input` for a file that is too large. Linear.
Result<Document> read_html(BytesView bytes, const DocumentLimits& limits = {});

}  // namespace parley::document
