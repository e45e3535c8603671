#pragma once

#include "encoding/json.hpp"

namespace parley::app {

/// The first half of `report add`, which runs in the process of whoever gave the command: reads the file,
/// HTML and PDF in a child process with limits, and writes the text for the node to a file of its own (mode
/// 0600), whose path it puts into `args` as "document". The caller removes that file.
Result<void> read_report(encoding::Json& args);

void print_reports(const encoding::Json& output);
void print_report(const encoding::Json& output);

}  // namespace parley::app
