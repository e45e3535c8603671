#include "net/control_message.hpp"

#include <array>
#include <utility>

namespace parley::net {

namespace {

using encoding::Json;

constexpr std::array kinds{
    std::pair{ErrorKind::refused, "refused"},     std::pair{ErrorKind::not_proven, "not_proven"},
    std::pair{ErrorKind::usage, "usage"},         std::pair{ErrorKind::bad_input, "bad_input"},
    std::pair{ErrorKind::not_found, "not_found"}, std::pair{ErrorKind::conflict, "conflict"},
    std::pair{ErrorKind::peer, "peer"},           std::pair{ErrorKind::internal, "internal"},
};

std::string line_of(const Json& value) {
  return encoding::write_json(value) + "\n";
}

Result<Error> parse_error(const Json& value) {
  Error out;
  PARLEY_TRY(const std::string kind, value.string_member("kind"));
  const auto known = parse_error_kind(kind);
  if (!known) return fail(ErrorKind::bad_input, "unknown kind of error", "/error/kind");
  out.kind = *known;
  PARLEY_TRY(out.message, value.string_member("message"));
  PARLEY_TRY(out.where, value.string_member("where"));
  PARLEY_TRY(out.rules, value.strings_member("rules"));
  return out;
}

Result<ProgressLine> parse_progress(const Json& value) {
  ProgressLine out;
  PARLEY_TRY(out.step, value.string_member("step"));
  PARLEY_TRY(out.done, value.uint_member("done"));
  PARLEY_TRY(out.total, value.uint_member("total"));
  return out;
}

}  // namespace

std::string_view error_kind_name(ErrorKind kind) {
  for (const auto& [value, name] : kinds)
    if (value == kind) return name;
  return "internal";
}

std::optional<ErrorKind> parse_error_kind(std::string_view name) {
  for (const auto& [value, known] : kinds)
    if (name == known) return value;
  return std::nullopt;
}

std::string write_progress_line(std::string_view step, std::uint64_t done, std::uint64_t total) {
  return line_of(
      Json::object({{"progress", Json::object({{"step", step}, {"done", done}, {"total", total}})}}));
}

std::string write_result_line(const Json& value) {
  return line_of(Json::object({{"result", value}}));
}

std::string write_error_line(const Error& error) {
  Json rules = Json::array();
  for (const std::string& rule : error.rules) rules.push_back(rule);
  return line_of(Json::object({{"error", Json::object({{"kind", error_kind_name(error.kind)},
                                                       {"message", error.message},
                                                       {"where", error.where},
                                                       {"rules", std::move(rules)}})}}));
}

Result<ReplyLine> parse_reply_line(std::string_view line) {
  // The node is trusted with the size of its answers; the caller has bounded the line.
  const encoding::JsonLimits limits{.max_bytes = line.size(), .max_depth = 64, .max_values = line.size()};
  PARLEY_TRY(Json value, encoding::parse_json(line, limits));
  ReplyLine out;
  if (value.size() != 1) return fail(ErrorKind::bad_input, "a reply line has one member");
  if (Json* result = value.find("result")) {
    out.result = std::move(*result);
  } else if (const Json* error = value.find("error")) {
    PARLEY_TRY(out.error, parse_error(*error));
  } else if (const Json* progress = value.find("progress")) {
    PARLEY_TRY(out.progress, parse_progress(*progress));
  } else {
    return fail(ErrorKind::bad_input, "a reply line is a progress, a result or an error");
  }
  return out;
}

}  // namespace parley::net
