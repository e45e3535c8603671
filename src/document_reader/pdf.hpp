#pragma once

#include "document/document.hpp"

namespace parley::document {

/// Loads what reading PDF needs, while files can still be opened.
void prepare_pdf();

/// The text of a PDF file page by page, in the order in which it is read. `bad_input` for a file that is
/// none, that is encrypted, or larger than is taken. Poppler does the work, so this runs in a process with
/// limits alone.
Result<Document> read_pdf(BytesView bytes, const DocumentLimits& limits = {});

}  // namespace parley::document
