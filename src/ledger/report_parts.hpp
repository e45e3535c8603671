#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "ledger/dossier.hpp"

/// The pieces that report.html is put together from. What they take as `html` is HTML already, `text` is not.
namespace parley::ledger {

std::string page_begin(std::string_view title);
std::string section(std::string_view title, std::string_view html);
std::string table(std::string_view rows_html);
std::string row(std::string_view label_text, std::string_view html);
std::string card(std::string_view title_text, std::string_view html);
std::string code(std::string_view text);
std::string marking(std::string_view tlp_text);
/// "21 Nov 2026, 21:30:05 UTC".
std::string when(Timestamp time);

/// The statements in the order in which they were made, with their place in the log.
std::string timeline(const Dossier& dossier);
/// The checkpoint, and a drawing of the path from one leaf to its root.
std::string anchor(const Dossier& dossier);

}  // namespace parley::ledger
