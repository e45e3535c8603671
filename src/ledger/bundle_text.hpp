#pragma once

#include <string>
#include <string_view>

#include "ledger/dossier.hpp"

/// The members of a bundle that people read. All of them are functions of the dossier alone, so that the same
/// evidence gives the same bytes.
namespace parley::ledger {

inline constexpr std::string_view manifest_schema = "parley/evidence/1";

/// README.txt: what is in the archive and how to check it.
std::string readme_text(const Dossier& dossier);

/// report.html: one page for a lay reader, without scripts and without anything loaded from elsewhere.
Result<std::string> report_html(const Dossier& dossier);

/// verify.sh: a POSIX shell script that needs openssl 3 and coreutils and checks the unpacked bundle.
std::string verify_script();

/// Text inside an HTML element or a quoted attribute.
std::string escape_html(std::string_view text);

}  // namespace parley::ledger
