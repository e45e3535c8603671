#include "misp/stix_scalar.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/time.hpp"

namespace parley::misp {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

}  // namespace

bool is_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return is_digits(text) && text.size() <= 15 && (text.size() == 1 || text.front() != '0');
}

bool is_decimal(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return is_integer(text);
  return is_integer(text.substr(0, dot)) && is_digits(text.substr(dot + 1)) && text.size() <= 32;
}

std::optional<bool> as_boolean(std::string_view text) {
  if (text == "1" || equal_ignoring_case(text, "true")) return true;
  if (text == "0" || equal_ignoring_case(text, "false")) return false;
  return std::nullopt;
}

std::optional<std::string> as_time(std::string_view text) {
  std::string out(text);
  if (const std::size_t space = out.find(' '); space == 10) out[space] = 'T';
  Result<Timestamp> time = parse_time(out);
  if (!time) time = parse_time(out + "Z");
  if (!time) return std::nullopt;
  return format_time(*time);
}

}  // namespace parley::misp
