#pragma once

// The lines of the control socket. For the sources of `net` alone.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "encoding/json.hpp"

namespace parley::net {

std::string_view error_kind_name(ErrorKind kind);
std::optional<ErrorKind> parse_error_kind(std::string_view name);

/// One line each, with the LF.
std::string write_progress_line(std::string_view step, std::uint64_t done, std::uint64_t total);
std::string write_result_line(const encoding::Json& value);
std::string write_error_line(const Error& error);

struct ProgressLine {
  std::string step;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};
/// A line from the node: exactly one of the three.
struct ReplyLine {
  std::optional<ProgressLine> progress;
  std::optional<encoding::Json> result;
  std::optional<Error> error;
};
Result<ReplyLine> parse_reply_line(std::string_view line);

}  // namespace parley::net
