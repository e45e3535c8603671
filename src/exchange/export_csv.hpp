#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "exchange/export_judge.hpp"

namespace parley::exchange {

/// One record a value, under the header `type,value,tlp,pap,first_seen,last_seen`; for a peer without the two
/// times, which say what this node saw and when.
std::unique_ptr<ExportContent> make_csv_export(std::unique_ptr<ExportJudge> judge,
                                               const ExportQuestion& question);

/// A cell that no spreadsheet takes for a formula: `'` before one that begins with `=`, `+`, `-`, `@`, a tab,
/// a carriage return, or `'` itself. `intel::plain_csv_cell` takes it away again.
std::string safe_csv_cell(std::string_view text);

}  // namespace parley::exchange
