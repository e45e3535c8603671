#pragma once

#include <string_view>

#include "document/document.hpp"

namespace parley::document {

/// Whether a text is a mail as programs save it: it begins with headers, one of them such as only a mail has
/// that was sent.
bool is_mail(std::string_view text);

/// Appends what a reader of the mail sees: its subject, and its parts that are text, quoted-printable and
/// base64 undone, in UTF-8 (UTF-8 and windows-1252 are read, other charsets as the latter). HTML is taken as
/// it is where a mail has nothing else. The other headers name who sent it, not what it tells of, and are
/// left out. Attachments are not read. Adds warnings for both. Linear; the text is at most three times as
/// long.
void read_mail(Document& out, std::string_view mail);

}  // namespace parley::document
