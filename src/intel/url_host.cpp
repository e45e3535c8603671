#include "intel/url_host.hpp"

#include <array>
#include <cstdint>
#include <optional>

#include "base/ascii.hpp"
#include "encoding/ip_address.hpp"
#include "intel/idna.hpp"
#include "intel/utf8.hpp"

namespace parley::intel {
namespace {

/// "Forbidden domain code point".
constexpr std::array<bool, 256> forbidden = [] {
  std::array<bool, 256> out{};
  for (std::size_t byte = 0; byte <= 0x20; ++byte) out[byte] = true;
  for (const char c : std::string_view("\x7f#/:<>?@[\\]^|%")) out[static_cast<unsigned char>(c)] = true;
  return out;
}();
constexpr bool is_forbidden(char c) {
  return forbidden[static_cast<unsigned char>(c)];
}

/// "Percent-decode"; a percent sign that no two digits follow stays.
std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && text.size() - i > 2 && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

/// "IPv4 number parser": decimal, octal behind 0, hexadecimal behind 0x. Values above 32 bits are capped at
/// 2^32, which every caller refuses.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  unsigned base = 10;
  if (starts_with_ignoring_case(text, "0x")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text.front() == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  std::uint64_t value = 0;
  for (const char c : text) {
    const int digit = hex_digit(c);
    if (digit < 0 || static_cast<unsigned>(digit) >= base) return std::nullopt;
    value = value * base + static_cast<unsigned>(digit);
    if (value > UINT32_MAX) value = std::uint64_t{1} << 32;
  }
  return value;
}

/// "Ends in a number checker": such a host is an IPv4 address or nothing.
bool ends_in_number(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::size_t dot = host.rfind('.');
  const std::string_view last = dot == std::string_view::npos ? host : host.substr(dot + 1);
  if (last.empty()) return false;
  bool digits = true;
  for (const char c : last) digits = digits && is_digit(c);
  return digits || (starts_with_ignoring_case(last, "0x") && parse_number(last).has_value());
}

/// "IPv4 parser".
bool append_ipv4_forms(std::string& out, std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  std::array<std::uint64_t, 4> parts{};
  std::size_t count = 0;
  for (;;) {
    const std::size_t dot = host.find('.');
    const auto part = parse_number(host.substr(0, dot));
    if (count == parts.size() || !part) return false;
    parts[count++] = *part;
    if (dot == std::string_view::npos) break;
    host.remove_prefix(dot + 1);
  }
  std::uint64_t address = parts[count - 1];
  if (address >= std::uint64_t{1} << (8 * (5 - count))) return false;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    if (parts[i] > 255) return false;
    address += parts[i] << (8 * (3 - i));
  }
  encoding::append_ipv4(out, static_cast<std::uint32_t>(address));
  return true;
}

}  // namespace

bool append_url_host(std::string& out, std::string_view host) {
  if (host.starts_with('[')) {
    if (host.size() < 2 || !host.ends_with(']')) return false;
    const auto address = encoding::parse_ipv6(host.substr(1, host.size() - 2));
    if (!address) return false;
    out.push_back('[');
    encoding::append_ipv6(out, *address, encoding::MappedForm::hexadecimal);
    out.push_back(']');
    return true;
  }
  std::string decoded;
  if (host.find('%') != std::string_view::npos) {
    decoded = percent_decode(host);
    if (!is_utf8(decoded)) return false;
    host = decoded;
  }
  if (is_digit(host.empty() ? '.' : host.front()) && encoding::parse_ipv4(host)) {  // as it is written back
    out += host;
    return true;
  }
  const std::size_t begin = out.size();
  if (!append_ascii_domain(out, host)) return false;
  const std::string_view name = std::string_view(out).substr(begin);
  if (name.empty()) return false;
  for (const char c : name)
    if (is_forbidden(c)) return false;
  if (!ends_in_number(name)) return true;
  const std::string number(name);
  out.resize(begin);
  return append_ipv4_forms(out, number);
}

std::string_view host_of_canonical_url(std::string_view url) {
  std::size_t colon = 0;
  while (colon < url.size() && url[colon] != ':') ++colon;
  std::string_view rest = url.substr(colon);
  if (!rest.starts_with("://")) return {};
  rest.remove_prefix(3);
  std::size_t begin = 0;
  std::size_t end = 0;
  for (; end < rest.size() && rest[end] != '/'; ++end)  // a canonical special URL always has a path
    if (rest[end] == '@') begin = end + 1;
  rest = rest.substr(begin, end - begin);
  if (rest.starts_with('[')) return rest.substr(1, rest.find(']') - 1);
  return rest.substr(0, rest.find(':'));
}

}  // namespace parley::intel
