#pragma once

#include <optional>
#include <string>

#include "encoding/json.hpp"

namespace parley::app {

/// One command as the user gave it: what travels to a running node, or is run right here.
struct Request {
  std::string command;  ///< "import", "agreement draft", "release propose", …
  encoding::Json args = encoding::Json::object();
  std::string home;
  bool json = false;
  bool is_on_stdout = false;  ///< standard output holds what was asked for, not the account of it
};

/// Reads the command line. Nothing when it was `--help` or `--version` (already printed); usage errors are
/// printed by the caller. Paths are made absolute here, because a running node has another working directory.
Result<std::optional<Request>> parse_command_line(int argc, char** argv);

}  // namespace parley::app
