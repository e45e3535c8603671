#pragma once

#include <string>
#include <string_view>

namespace parley::intel {

/// Undoes the common ways in which reports make indicators harmless: `example[.]com`, `hxxps://…`,
/// `[:]//`, `user[@]…`, `(dot)`, `\.` and the rest of the table in docs/spec/selector.md. Meant for one
/// value (a line, a CSV cell, a STIX property), not for free text. Trims white space. Idempotent: refanging
/// a plain value gives the value. Linear in the length times a small constant.
std::string refang(std::string_view value);

/// Whether `refang` could change the value beyond trimming: a cheap look that spares the copy.
bool looks_defanged(std::string_view value);

}  // namespace parley::intel
