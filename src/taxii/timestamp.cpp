#include "taxii/timestamp.hpp"

#include <algorithm>

namespace parley::taxii {

std::string format_timestamp(Timestamp time) {
  std::string out = format_time(time);
  if (out.find('.') == std::string::npos) out.insert(out.size() - 1, ".000000");
  return out;
}

Result<Timestamp> parse_timestamp(std::string_view text) {
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd";
  const auto refused = [] {
    return fail(ErrorKind::bad_input, "a timestamp is written as 2026-01-31T12:00:00.000000Z");
  };
  if (text.size() < shape.size() + 1 || text.back() != 'Z') return refused();
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 'd' ? !is_digit(text[i]) : text[i] != shape[i]) return refused();
  const std::string_view fraction = text.substr(shape.size(), text.size() - shape.size() - 1);
  if (!fraction.empty() && (fraction.size() < 2 || fraction.size() > 10 || fraction[0] != '.' ||
                            !std::ranges::all_of(fraction.substr(1), is_digit)))
    return refused();
  const Result<Timestamp> time = parse_time(text);
  if (!time) return refused();
  return *time;
}

}  // namespace parley::taxii
