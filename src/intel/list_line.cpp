#include <array>
#include <cstdint>

#include "base/ascii.hpp"
#include "encoding/ip_address.hpp"
#include "intel/refang.hpp"
#include "intel/selector.hpp"

// One line of a plain list. The order in which types are tried is part of docs/spec/selector.md; each test
// is either certain (a scheme, an @) or strict enough that no later type could claim the same text.
namespace parley::intel {
namespace {

bool is_comment(std::string_view line) {
  return line.starts_with('#') || line.starts_with(';') || line.starts_with("//");
}

/// Cuts a remark behind the value: white space, then `#` or `;`.
std::string_view without_remark(std::string_view line) {
  for (std::size_t i = 1; i < line.size(); ++i)
    if ((line[i] == '#' || line[i] == ';') && is_space(line[i - 1])) return trim(line.substr(0, i));
  return line;
}

/// Takes off a separator behind the value and one pair of quotes or angle brackets around it.
std::string_view unwrapped(std::string_view value) {
  while (value.ends_with(',') || value.ends_with(';')) value = trim(value.substr(0, value.size() - 1));
  static constexpr std::array<std::string_view, 4> pairs = {"\"\"", "''", "``", "<>"};
  for (const std::string_view pair : pairs)
    if (value.size() >= 2 && value.front() == pair[0] && value.back() == pair[1])
      return trim(value.substr(1, value.size() - 2));
  return value;
}

bool all_hex(std::string_view value) {
  for (const char c : value)
    if (hex_digit(c) < 0) return false;
  return true;
}

std::optional<SelectorType> digest_type(std::string_view value) {
  std::optional<SelectorType> type;
  if (value.size() == 32) type = SelectorType::file_md5;
  if (value.size() == 40) type = SelectorType::file_sha1;
  if (value.size() == 64) type = SelectorType::file_sha256;
  if (value.size() == 128) type = SelectorType::file_sha512;
  return type && all_hex(value) ? type : std::nullopt;
}

/// The value without `:port`, if a port of 1 to 65535 is what stands behind the last colon.
std::string_view without_port(std::string_view value) {
  const std::size_t colon = value.rfind(':');
  if (colon == std::string_view::npos) return value;
  const std::string_view port = value.substr(colon + 1);
  if (port.empty() || port.size() > 5) return value;
  std::uint32_t number = 0;
  for (const char c : port) {
    if (!is_digit(c)) return value;
    number = number * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return number >= 1 && number <= 65535 ? value.substr(0, colon) : value;
}

bool has_url_scheme(std::string_view value) {
  static constexpr std::array<std::string_view, 5> schemes = {"http:", "https:", "ftp:", "ws:", "wss:"};
  for (const std::string_view scheme : schemes)
    if (starts_with_ignoring_case(value, scheme) && value.size() > scheme.size() &&
        (value[scheme.size()] == '/' || value[scheme.size()] == '\\'))
      return true;
  return false;
}

bool is_prefixed_number(std::string_view value, std::string_view prefix) {
  if (!starts_with_ignoring_case(value, prefix) || value.size() == prefix.size()) return false;
  for (const char c : value.substr(prefix.size()))
    if (!is_digit(c)) return false;
  return true;
}

/// An address of either family in any form that lists use, or nothing.
std::optional<Result<Selector>> guess_address(std::string_view value) {
  if (value.starts_with('[')) {  // [2001:db8::1] and [2001:db8::1]:443
    const std::string_view bare = without_port(value);
    if (bare.ends_with(']') && encoding::parse_ipv6(bare.substr(1, bare.size() - 2)))
      return canonical_selector(SelectorType::ipv6_addr, bare.substr(1, bare.size() - 2));
    return std::nullopt;
  }
  if (hex_digit(value.empty() ? 'x' : value.front()) < 0 && !value.starts_with(':')) return std::nullopt;
  const std::string_view address = value.substr(0, value.find('/'));
  const bool ranged = address.size() < value.size();
  if (encoding::parse_ipv4(address)) {
    for (const char c : value.substr(address.size()))
      if (!is_digit(c) && c != '/') return std::nullopt;        // 192.0.2.1/path: a URL without its scheme
    return canonical_selector(SelectorType::ipv4_addr, value);  // refuses ranges
  }
  if (!ranged && encoding::parse_ipv4(without_port(address)))
    return canonical_selector(SelectorType::ipv4_addr, without_port(address));
  if (encoding::parse_ipv6(address)) return canonical_selector(SelectorType::ipv6_addr, value);
  return std::nullopt;
}

constexpr std::array proven = {SelectorType::mac_addr, SelectorType::x509_sha256, SelectorType::btc,
                               SelectorType::iban,     SelectorType::eth,         SelectorType::xmr,
                               SelectorType::dash};

/// A cheap look that spares most lines the full attempt. Twelve digits alone are too weak a sign of a MAC
/// address, so it needs its separators here.
bool could_be(SelectorType type, std::string_view value) {
  switch (type) {
    case SelectorType::mac_addr:
      return (value.size() == 17 && (value[2] == ':' || value[2] == '-')) ||
             (value.size() == 14 && value[4] == '.');
    case SelectorType::x509_sha256:
      return value.size() == 95 && value[2] == ':';
    case SelectorType::btc:
      return value.size() >= 14 && value.find('.') == std::string_view::npos &&
             (value[0] == '1' || value[0] == '3' || to_lower(value[0]) == 'b');
    case SelectorType::eth:
      return value.size() == 42 && value.starts_with("0x");
    case SelectorType::xmr:
      return (value.size() == 95 || value.size() == 106) && (value[0] == '4' || value[0] == '8');
    case SelectorType::dash:
      return value.size() >= 26 && value.size() <= 35 && (value[0] == 'X' || value[0] == '7');
    case SelectorType::iban:
      return value.size() >= 15 && is_alpha(value[0]) && is_alpha(value[1]) && is_digit(value[2]) &&
             is_digit(value[3]);
    default:
      return false;
  }
}

/// Types that carry their own proof: a prefix, a length or a checksum.
std::optional<Result<Selector>> guess_marked(std::string_view value) {
  if (starts_with_ignoring_case(value, "CVE-")) return canonical_selector(SelectorType::cve, value);
  if (is_prefixed_number(value, "AS")) return canonical_selector(SelectorType::autonomous_system, value);
  for (const SelectorType type : proven)
    if (could_be(type, value))
      if (auto selector = canonical_selector(type, value)) return selector;
  return std::nullopt;
}

Result<Selector> guess_name(std::string_view value) {
  const std::size_t slash = value.find('/');
  const std::string_view host = without_port(value.substr(0, slash));
  auto domain = canonical_selector(SelectorType::domain_name, host);
  if (slash != std::string_view::npos && slash + 1 < value.size()) {
    if (domain || encoding::parse_ipv4(host))
      return fail(ErrorKind::bad_input, "a URL without its scheme; write http:// or https:// in front");
  }
  if (value.find('.') != std::string_view::npos && value.find(' ') == std::string_view::npos) return domain;
  return fail(
      ErrorKind::bad_input,
      "no selector: neither an address, a name, a URL, an e-mail address, a hash nor any other type of "
      "selector/1");
}

Result<Selector> guess(std::string_view value) {
  if (has_url_scheme(value)) return canonical_selector(SelectorType::url, value);
  if (value.find("://") != std::string_view::npos && value.find("://") < value.find_first_of("/?#"))
    return fail(ErrorKind::bad_input,
                "URLs of selector/1 have the schemes http, https, ftp, ws and wss only");
  if (starts_with_ignoring_case(value, "mailto:")) value.remove_prefix(7);
  if (value.find('@') != std::string_view::npos) return canonical_selector(SelectorType::email_addr, value);
  if (const auto digest = digest_type(value)) return canonical_selector(*digest, value);
  if (auto address = guess_address(value)) return std::move(*address);
  if (auto marked = guess_marked(value)) return std::move(*marked);
  return guess_name(value);
}

}  // namespace

Result<std::optional<Selector>> guess_selector(std::string_view line) {
  line = trim(line);
  if (line.starts_with("\xEF\xBB\xBF")) line = trim(line.substr(3));  // the byte order mark of the first line
  if (line.empty() || is_comment(line)) return std::optional<Selector>();
  if (line.size() > max_selector_bytes)
    return fail(ErrorKind::bad_input,
                "the line is longer than " + std::to_string(max_selector_bytes) + " bytes");
  const std::string_view value = unwrapped(without_remark(line));
  if (!looks_defanged(value)) {
    PARLEY_TRY(Selector selector, guess(value));
    return std::optional<Selector>(std::move(selector));
  }
  const std::string plain = refang(value);
  PARLEY_TRY(Selector selector, guess(plain));
  return std::optional<Selector>(std::move(selector));
}

}  // namespace parley::intel
