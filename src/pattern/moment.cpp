#include "pattern/moment.hpp"

#include <algorithm>
#include <chrono>

#include "pattern/lexer.hpp"

namespace parley::pattern {
namespace {

constexpr std::uint32_t second = 1'000'000'000;
constexpr std::int64_t longest_span = 400'000'000'000;

int digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) value = value * 10 + (text[i] - '0');
  return value;
}

/// The digits behind a point as nanoseconds.
std::uint32_t fraction(std::string_view text) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 9; ++i)
    value = value * 10 + static_cast<std::uint32_t>(i < text.size() ? text[i] - '0' : 0);
  return value;
}

}  // namespace

Moment operator+(Moment moment, Moment span) {
  moment.seconds += span.seconds;
  moment.nanoseconds += span.nanoseconds;
  if (moment.nanoseconds >= second) {
    moment.nanoseconds -= second;
    ++moment.seconds;
  }
  return std::min(moment, last_moment);
}

Moment just_before(Moment moment) {
  if (moment.nanoseconds > 0) return {moment.seconds, moment.nanoseconds - 1};
  return {moment.seconds - 1, second - 1};
}

std::optional<Moment> parse_moment(std::string_view text) {
  if (!is_timestamp(text)) return std::nullopt;
  const std::chrono::sys_days month_begin{std::chrono::year(digits(text, 0, 4)) /
                                          std::chrono::month(static_cast<unsigned>(digits(text, 5, 2))) / 1};
  const std::int64_t day = month_begin.time_since_epoch().count() + digits(text, 8, 2) - 1;
  Moment out;
  const int of_day = (digits(text, 11, 2) * 60 + digits(text, 14, 2)) * 60 + digits(text, 17, 2);
  out.seconds = day * 86'400 + of_day;
  if (text[19] == '.') out.nanoseconds = fraction(text.substr(20, text.size() - 21));
  return out;
}

bool is_day_of_calendar(std::string_view timestamp) {
  return std::chrono::year_month_day{std::chrono::year(digits(timestamp, 0, 4)),
                                     std::chrono::month(static_cast<unsigned>(digits(timestamp, 5, 2))),
                                     std::chrono::day(static_cast<unsigned>(digits(timestamp, 8, 2)))}
      .ok();
}

Moment parse_seconds(std::string_view number) {
  const std::size_t point = std::min(number.find('.'), number.size());
  Moment out;
  for (const char c : number.substr(0, point))
    out.seconds = std::min(out.seconds * 10 + (c - '0'), longest_span);
  if (point < number.size()) out.nanoseconds = fraction(number.substr(point + 1));
  return out;
}

}  // namespace parley::pattern
