#include "base/time.hpp"

#include <fmt/format.h>

namespace parley {

namespace {

// Howard Hinnant's civil calendar algorithms ("chrono-Compatible Low-Level Date Algorithms").
std::int64_t days_from_civil(std::int64_t y, unsigned m, unsigned d) {
  y -= m <= 2;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const unsigned yoe = static_cast<unsigned>(y - era * 400);
  const unsigned doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + static_cast<std::int64_t>(doe) - 719468;
}

struct Civil {
  std::int64_t year;
  unsigned month, day;
};

Civil civil_from_days(std::int64_t z) {
  z += 719468;
  const std::int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const unsigned doe = static_cast<unsigned>(z - era * 146097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const unsigned mp = (5 * doy + 2) / 153;
  const unsigned d = doy - (153 * mp + 2) / 5 + 1;
  const unsigned m = mp < 10 ? mp + 3 : mp - 9;
  return {static_cast<std::int64_t>(yoe) + era * 400 + (m <= 2), m, d};
}

unsigned days_in_month(std::int64_t year, unsigned month) {
  constexpr unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : days[month - 1];
}

/// Exactly `width` digits at the front of `text`, which is moved on; -1 otherwise.
int take_digits(std::string_view& text, std::size_t width) {
  if (text.size() < width) return -1;
  int value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool take_char(std::string_view& text, char lower, char upper) {
  if (text.empty() || (text[0] != lower && text[0] != upper)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string format_time(Timestamp time) {
  const std::int64_t seconds = time.seconds();
  const std::int64_t fraction = time.microseconds() - seconds * 1'000'000;
  const std::int64_t day = time.day();
  const std::int64_t in_day = seconds - day * 86'400;
  const Civil date = civil_from_days(day);
  std::string out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", date.year, date.month, date.day,
                                in_day / 3600, in_day / 60 % 60, in_day % 60);
  if (fraction != 0) out += fmt::format(".{:06}", fraction);
  out.push_back('Z');
  return out;
}

Result<Timestamp> parse_time(std::string_view text) {
  const auto bad = [&, whole = text](const char* why) {
    return fail(ErrorKind::bad_input,
                fmt::format("not an RFC 3339 time ({}): \"{}\"", why, whole.substr(0, 64)));
  };
  const int year = take_digits(text, 4);
  if (year < 1 || !take_char(text, '-', '-')) return bad("year");
  const int month = take_digits(text, 2);
  if (month < 1 || month > 12 || !take_char(text, '-', '-')) return bad("month");
  const int day = take_digits(text, 2);
  if (day < 1 || day > static_cast<int>(days_in_month(year, static_cast<unsigned>(month)))) return bad("day");
  if (!take_char(text, 't', 'T')) return bad("no T between date and time");
  const int hour = take_digits(text, 2);
  if (hour < 0 || hour > 23 || !take_char(text, ':', ':')) return bad("hour");
  const int minute = take_digits(text, 2);
  if (minute < 0 || minute > 59 || !take_char(text, ':', ':')) return bad("minute");
  int second = take_digits(text, 2);
  if (second < 0 || second > 60) return bad("second");
  if (second == 60) second = 59;
  std::int64_t fraction = 0;
  if (take_char(text, '.', '.')) {
    int digits = 0;
    while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
      if (digits < 6) fraction = fraction * 10 + (text[0] - '0');
      ++digits;
      text.remove_prefix(1);
    }
    if (digits == 0) return bad("empty fraction");
    for (; digits < 6; ++digits) fraction *= 10;
  }
  std::int64_t offset = 0;
  if (!take_char(text, 'z', 'Z')) {
    if (text.empty() || (text[0] != '+' && text[0] != '-')) return bad("no offset");
    const int sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
    const int hours = take_digits(text, 2);
    if (hours < 0 || hours > 23 || !take_char(text, ':', ':')) return bad("offset");
    const int minutes = take_digits(text, 2);
    if (minutes < 0 || minutes > 59) return bad("offset");
    offset = sign * (hours * 3600L + minutes * 60L);
  }
  if (!text.empty()) return bad("text after the time");
  const std::int64_t days = days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  const std::int64_t seconds = days * 86'400 + hour * 3600L + minute * 60L + second - offset;
  return Timestamp::from_microseconds(seconds * 1'000'000 + fraction);
}

}  // namespace parley
