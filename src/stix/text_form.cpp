#include "stix/text_form.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "stix/registry.hpp"

namespace parley::stix {
namespace {

constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_key_character(char c) {
  return is_alnum(c) || c == '-' || c == '_';
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}
bool all_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return hex_digit(c) >= 0; });
}

/// `digits` decimal digits at `at`; -1 when one is none.
int number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

int days_of(int year, int month) {
  constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : days[static_cast<std::size_t>(month - 1)];
}

/// Whether `text` is a number from 0 to `most` without leading zeros.
bool is_small_number(std::string_view text, int most) {
  if (text.empty() || text.size() > 3 || !all_digits(text) || (text.size() > 1 && text.front() == '0'))
    return false;
  return number_at(text, 0, text.size()) <= most;
}

}  // namespace

std::optional<Identifier> read_identifier(std::string_view text, bool only_v4) {
  if (text.size() < 41) return std::nullopt;  // three characters, two hyphens, a UUID
  const std::string_view type = text.substr(0, text.size() - 38);
  const std::string_view uuid = text.substr(text.size() - 36);
  if (text[type.size()] != '-' || text[type.size() + 1] != '-') return std::nullopt;
  if (!is_lower(type.front()) && !(only_v4 && is_digit(type.front()))) return std::nullopt;
  if (type.back() == '-') return std::nullopt;
  for (const char c : type)
    if (!is_lower(c) && !is_digit(c) && c != '-') return std::nullopt;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? uuid[i] != '-' : hex_digit(uuid[i]) < 0) return std::nullopt;
  }
  const int version = hex_digit(uuid[14]);
  const int variant = hex_digit(uuid[19]);
  if (version < 1 || version > 5 || variant < 8 || variant > 11) return std::nullopt;
  if (only_v4 && version != 4) return std::nullopt;
  return Identifier{type, uuid, version};
}

StixTime read_stix_time(std::string_view text) {
  StixTime out;
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':' || text.back() != 'Z')
    return out;
  const int year = number_at(text, 0, 4);
  const int month = number_at(text, 5, 2);
  const int day = number_at(text, 8, 2);
  const int hour = number_at(text, 11, 2);
  const int minute = number_at(text, 14, 2);
  const int second = number_at(text, 17, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 60)
    return out;
  std::string_view fraction = text.substr(19, text.size() - 20);
  if (!fraction.empty()) {
    if (fraction.front() != '.' || !all_digits(fraction.substr(1))) return out;
    fraction.remove_prefix(1);
    out.digits = static_cast<int>(std::min<std::size_t>(fraction.size(), 1000));
    while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
  }
  // A leap second (RFC 3339 section 5.7) can only be the last of a day.
  const bool leap_second_elsewhere = second == 60 && (hour != 23 || minute != 59);
  out.fault = year == 0 || day > days_of(year, month) || leap_second_elsewhere ? StixTime::Fault::day
                                                                               : StixTime::Fault::none;
  out.fraction = fraction;
  for (const int part : {year, month, day, hour, minute, second})
    out.seconds = out.seconds * 100 + static_cast<std::uint64_t>(part);
  return out;
}

int compare(const StixTime& a, const StixTime& b) {
  if (a.seconds != b.seconds) return a.seconds < b.seconds ? -1 : 1;
  const int order = a.fraction.compare(b.fraction);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

bool is_type_name(std::string_view text) {
  if (text.size() < 3 || text.size() > 250 || !is_lower(text.front())) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '-' && i + 1 < text.size() && text[i + 1] == '-') return false;
    if (!is_lower(text[i]) && !is_digit(text[i]) && text[i] != '-') return false;
  }
  return true;
}

bool is_property_name(std::string_view text) {
  if (text == "id") return true;
  if (text.size() < 3 || text.size() > 250 || !is_lower(text.front())) return false;
  return std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

bool is_property_name_lax(std::string_view text) {
  if (text.ends_with("id")) return true;
  return text.size() >= 3 && is_lower(text.front()) && is_property_name(text.substr(0, 3));
}

bool is_dictionary_key(std::string_view text, std::size_t shortest) {
  return text.size() >= shortest && text.size() <= 250 && std::ranges::all_of(text, is_key_character);
}

bool is_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return false;
  std::size_t length = text.size();
  while (length > text.size() - 2 && text[length - 1] == '=') --length;
  return std::ranges::all_of(text.substr(0, length),
                             [](char c) { return is_alnum(c) || c == '+' || c == '/'; });
}

bool is_hex_bytes(std::string_view text) {
  return !text.empty() && text.size() % 2 == 0 && all_hex(text);
}

bool is_email(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0) return false;
  const std::string_view local = text.substr(0, at);
  const std::string_view host = text.substr(at + 1);
  const std::size_t dot = host.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == host.size()) return false;
  return std::ranges::all_of(
             local, [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '+' || c == '-'; }) &&
         std::ranges::all_of(host, [](char c) { return is_alnum(c) || c == '.' || c == '-'; });
}

bool is_ipv4(std::string_view text) {
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    if (!is_small_number(text.substr(slash + 1), 32)) return false;
    text = text.substr(0, slash);
  }
  for (int i = 0; i < 3; ++i) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || !is_small_number(text.substr(0, dot), 255)) return false;
    text.remove_prefix(dot + 1);
  }
  return is_small_number(text, 255);
}

bool is_ipv6_address(std::string_view text) {
  int groups = 0;
  bool gap = false;
  if (text.starts_with("::")) {
    gap = true;
    text.remove_prefix(2);
    if (text.empty()) return true;
  }
  while (!text.empty()) {
    if (text.find('.') != std::string_view::npos && text.find(':') == std::string_view::npos) {
      if (text.find('/') != std::string_view::npos || !is_ipv4(text)) return false;
      groups += 2;
      break;
    }
    const std::size_t length = std::min(text.find(':'), text.size());
    if (length == 0 || length > 4 || !all_hex(text.substr(0, length))) return false;
    ++groups;
    text.remove_prefix(length);
    if (text.empty()) break;
    text.remove_prefix(1);
    if (text.empty()) return false;  // one colon at the end
    if (text.front() == ':') {
      if (gap) return false;
      gap = true;
      text.remove_prefix(1);
    }
  }
  return gap ? groups <= 7 : groups == 8;
}

bool is_ipv6(std::string_view text) {
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    if (!is_small_number(text.substr(slash + 1), 128)) return false;
    text = text.substr(0, slash);
  }
  return is_ipv6_address(text) && !text.empty();
}

bool is_mac(std::string_view text) {
  if (text.size() != 17) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i % 3 == 2 ? c != ':' : !is_digit(c) && !(c >= 'a' && c <= 'f')) return false;
  }
  return true;
}

bool is_language(std::string_view text) {
  std::size_t end = std::min(text.find('-'), text.size());
  if (end < 2 || end > 3 || !is_language_code(text.substr(0, end))) return false;
  bool script = false;
  bool region = false;
  while (end < text.size()) {
    text.remove_prefix(end + 1);
    end = std::min(text.find('-'), text.size());
    const std::string_view part = text.substr(0, end);
    if (part.empty() || part.size() > 8 || !std::ranges::all_of(part, is_alnum)) return false;
    const bool letters = std::ranges::all_of(part, is_alpha);
    if (part.size() == 1) {  // an extension or a private part: the rest only has its form
      if (end == text.size()) return false;
      return std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-'; });
    }
    if (part.size() == 4 && letters && !script && !region) {
      script = true;
    } else if (!region && ((part.size() == 2 && letters) || (part.size() == 3 && all_digits(part)))) {
      region = true;
    } else if (!(part.size() >= 5 || (part.size() == 4 && is_digit(part.front())))) {
      return false;
    }
  }
  return true;
}

bool is_registry_key(std::string_view text) {
  const std::string_view hive = text.substr(0, text.find('\\'));
  for (const std::string_view abbreviated : {"HKLM", "HKCC", "HKCR", "HKCU", "HKU"})
    if (equal_ignoring_case(hive, abbreviated)) return false;
  return true;
}

bool is_selector(std::string_view text) {
  if (text == "id") return true;
  bool first = true;
  while (true) {
    const std::size_t end = std::min(text.find('.'), text.size());
    const std::string_view part = text.substr(0, end);
    const bool index = part.size() > 2 && part.front() == '[' && part.back() == ']' &&
                       all_digits(part.substr(1, part.size() - 2));
    if (index ? first
              : part.size() < (first ? 3U : 1U) || part.size() > 250 ||
                    !std::ranges::all_of(
                        part, [](char c) { return is_lower(c) || is_digit(c) || c == '_' || c == '-'; }))
      return false;
    if (end == text.size()) return true;
    text.remove_prefix(end + 1);
    first = false;
  }
}

bool is_hash(std::string_view algorithm, std::string_view value) {
  struct Length {
    std::string_view name;
    std::size_t digits;
  };
  constexpr std::array<Length, 6> lengths{
      {{"MD5", 32}, {"SHA-1", 40}, {"SHA-256", 64}, {"SHA-512", 128}, {"SHA3-256", 64}, {"SHA3-512", 128}}};
  for (const auto& [name, digits] : lengths)
    if (algorithm == name) return value.size() == digits && all_hex(value);
  if (algorithm == "SSDEEP")
    return !value.empty() && value.size() <= 128 && std::ranges::all_of(value, [](char c) {
      return is_alnum(c) || c == '/' || c == '+' || c == ':' || c == '.';
    });
  if (algorithm == "TLSH") return value.size() == 70 && std::ranges::all_of(value, is_alnum);
  return true;
}

bool is_cve(std::string_view text) {
  if (!text.starts_with("CVE-") || text.size() < 13 || text[8] != '-') return false;
  const std::string_view number = text.substr(9);
  return all_digits(text.substr(4, 4)) && all_digits(number) && (number.front() != '0' || number.size() == 4);
}

bool is_capec(std::string_view text) {
  return text.starts_with("CAPEC-") && all_digits(text.substr(6));
}

bool is_plain_word(std::string_view text) {
  bool letter = false;
  for (const char c : text) {
    if (is_upper(c) || c == '_' || c == ' ') return false;
    letter = letter || is_lower(c) || !is_ascii(c);
  }
  return letter;
}

}  // namespace parley::stix
