#include <charconv>
#include <cstdint>

#include "base/ascii.hpp"
#include "intel/selector_rules.hpp"

namespace parley::intel::rules {

Result<void> autonomous_system(std::string_view raw, std::string& out) {
  if (starts_with_ignoring_case(raw, "AS")) raw = raw.substr(2);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), number);
  if (raw.empty() || !is_digit(raw.front()) || error != std::errc{} || end != raw.data() + raw.size())
    return fail(ErrorKind::bad_input,
                "an autonomous system is a number up to 4294967294, alone or behind AS (RFC 5396 asplain)");
  if (raw.front() == '0' && raw.size() > 1)
    return fail(ErrorKind::bad_input, "an autonomous system number has no leading zeros");
  // RFC 7607 reserves the first number, RFC 7300 the last: neither names a network.
  if (number == 0 || number == UINT32_MAX)
    return fail(ErrorKind::bad_input, "this autonomous system number is reserved and names no network");
  out.append(raw);
  return {};
}

Result<void> mac_addr(std::string_view raw, std::string& out) {
  // 00:00:5e:00:53:01, 00-00-5E-00-53-01, 0000.5e00.5301 or the twelve digits alone; never mixed.
  char separator = 0;
  std::size_t group = 12;
  if (raw.size() == 17 && (raw[2] == ':' || raw[2] == '-')) {
    separator = raw[2];
    group = 2;
  } else if (raw.size() == 14 && raw[4] == '.') {
    separator = '.';
    group = 4;
  } else if (raw.size() != 12) {
    return fail(ErrorKind::bad_input, "a MAC address has six bytes: 00:00:5e:00:53:01 or a like form");
  }
  std::size_t digits = 0;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (i % (group + 1) == group) {
      if (raw[i] != separator)
        return fail(ErrorKind::bad_input, "the separators of the MAC address are mixed");
      continue;
    }
    if (hex_digit(raw[i]) < 0)
      return fail(ErrorKind::bad_input, "a MAC address holds hexadecimal digits only");
    if (digits > 0 && digits % 2 == 0) out.push_back(':');
    out.push_back(to_lower(raw[i]));
    ++digits;
  }
  return {};
}

}  // namespace parley::intel::rules
