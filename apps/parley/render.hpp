#pragma once

#include <string>
#include <string_view>

#include "encoding/json.hpp"

namespace parley::app {

/// Prints an error (a JSON object with --json, on standard output; a sentence on standard error otherwise)
/// and returns the exit code.
int report_error(const Error& error, bool json);

/// Prints the answer of a command for a person.
void print_answer(std::string_view command, const encoding::Json& output);

/// A progress bar on standard error; silent when that is no terminal.
class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  void update(std::string_view step, std::uint64_t done, std::uint64_t total);
  void clear();

 private:
  bool terminal_;
  bool drawn_ = false;
};

/// Whether standard output is a terminal that shows colours.
bool use_colour();

}  // namespace parley::app
