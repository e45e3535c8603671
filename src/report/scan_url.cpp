#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "encoding/ip_address.hpp"
#include "intel/url_host.hpp"
#include "report/scanner.hpp"
#include "report/top_level.hpp"

namespace parley::report {
namespace {

struct Scheme {
  std::string_view written;
  std::string_view meant;  ///< empty: its host is looked at, it makes no URL of selector/1
};
/// As reports write them; each is followed by "://", ":\\" or "__".
constexpr std::array schemes = std::to_array<Scheme>({
    {"https", "https"},  {"http", "http"},    {"hxxps", "https"}, {"hxxp", "http"},   {"hxtps", "https"},
    {"hxtp", "http"},    {"htxps", "https"},  {"htxp", "http"},   {"httxs", "https"}, {"httx", "http"},
    {"h**ps", "https"},  {"h**p", "http"},    {"hxxxs", "https"}, {"hxxx", "http"},   {"hccps", "https"},
    {"hccp", "http"},    {"h__ps", "https"},  {"h__p", "http"},   {"meows", "https"}, {"meow", "http"},
    {"ftp", "ftp"},      {"fxp", "ftp"},      {"ftx", "ftp"},     {"wss", "wss"},     {"ws", "ws"},
    {"tcp", ""},         {"udp", ""},         {"ssl", ""},        {"tls", ""},        {"sftp", ""},
    {"ftps", ""},        {"ssh", ""},         {"smb", ""},        {"ldap", ""},       {"ldaps", ""},
    {"rdp", ""},         {"socks", ""},       {"socks4", ""},     {"socks5", ""},     {"mqtt", ""},
    {"stratum+tcp", ""}, {"stratum+ssl", ""},
});

constexpr bool is_scheme_char(char c) {
  return is_alnum(c) || c == '*' || c == '+' || c == '_';
}

/// The scheme that ends at `end`, the longest that stands there.
const Scheme* scheme_before(std::string_view plain, std::size_t from, std::size_t end) {
  const Scheme* best = nullptr;
  for (const Scheme& scheme : schemes) {
    const std::size_t size = scheme.written.size();
    if (end - from < size || (best != nullptr && size <= best->written.size())) continue;
    if (!equal_ignoring_case(plain.substr(end - size, size), scheme.written)) continue;
    // "xhttp" is no scheme; "url=http", "(http" and "_http" end something else.
    if (end - size > from && is_alnum(plain[end - size - 1]) && is_scheme_char(plain[end - size])) continue;
    best = &scheme;
    if (size == scheme.meant.size()) break;  // plain, and no other ends like it
  }
  return best;
}

}  // namespace

bool begins_with_url(std::string_view text) {
  const std::size_t colon = text.substr(0, 8).find("://");
  return colon != std::string_view::npos && scheme_before(text, 0, colon) != nullptr;
}

namespace {

std::size_t length_of_separator(std::string_view plain, std::size_t at) {
  const std::string_view rest = plain.substr(at);
  if (rest.starts_with("://") || rest.starts_with(":\\\\")) return 3;
  if (rest.starts_with("__")) return 2;
  if (rest.starts_with(":/") && rest.size() > 2 && is_alnum(rest[2])) return 2;  // one slash was lost
  return 0;
}

/// Bytes at which a URL may end, such as may follow the end of one, and such as end its host.
enum : std::uint8_t { may_end = 1, may_follow = 2, ends_host = 4 };
constexpr std::array<std::uint8_t, 256> url_bytes = [] {
  std::array<std::uint8_t, 256> out{};
  for (std::size_t c = 0x80; c < out.size(); ++c) out[c] = may_end;
  for (const char c : std::string_view("^],;|")) out[static_cast<unsigned char>(c)] |= may_end;
  for (const char c : std::string_view(".,;:!?'*~)]}[({")) out[static_cast<unsigned char>(c)] |= may_follow;
  for (const char c : std::string_view("/\\?#")) out[static_cast<unsigned char>(c)] |= ends_host;
  return out;
}();
constexpr bool is_url_byte(char c, unsigned kind) {
  return (url_bytes[static_cast<unsigned char>(c)] & kind) != 0;
}

/// Where a URL ends that goes on from `at`: before what can only follow it, without the punctuation of the
/// sentence.
std::size_t end_of_url(std::string_view plain, std::size_t at) {
  const std::size_t begin = at;
  while (at < plain.size()) {
    const char c = plain[at];
    if (!is_url_byte(c, may_end)) {
      ++at;
      continue;
    }
    if (c == '^' || (c == ']' && plain.substr(at).starts_with("]("))) break;
    if (!is_ascii(c) && wide_delimiter(plain.substr(at)) > 0) break;
    if ((c == ',' || c == ';' || c == '|') && at + 4 < plain.size() && to_lower(plain[at + 1]) == 'h') {
      // A list of URLs without blanks.
      const std::size_t colon = plain.find("://", at);
      if (colon != std::string_view::npos && colon - at <= 7 &&
          scheme_before(plain, at + 1, colon) != nullptr)
        break;
    }
    ++at;
  }
  const auto unmatched = [&](char open, char close) {
    const std::string_view url = plain.substr(begin, at - begin);
    return std::ranges::count(url, close) > std::ranges::count(url, open);
  };
  while (at > begin) {
    const char last = plain[at - 1];
    if (!is_url_byte(last, may_follow)) break;
    if (std::string_view(".,;:!?'*~").find(last) != std::string_view::npos ||
        (last == ')' && unmatched('(', ')')) || (last == ']' && unmatched('[', ']')) ||
        (last == '}' && unmatched('{', '}')) || last == '[' || last == '(' || last == '{')
      --at;
    else
      break;
  }
  return at;
}

/// The host of what stands behind a scheme, without user and port.
std::string_view host_in(std::string_view rest) {
  std::size_t end = 0;
  while (end < rest.size() && !is_url_byte(rest[end], ends_host)) ++end;
  std::string_view authority = rest.substr(0, end);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

bool is_private(std::uint32_t address) {
  const std::uint32_t first = address >> 24;
  return first == 10 || first == 127 || first == 0 || first >= 224 || (address >> 20) == 0xAC1 ||
         (address >> 16) == 0xC0A8 || (address >> 16) == 0xA9FE;
}

}  // namespace

bool has_top_level_domain(std::string_view name) {
  while (name.ends_with('.')) name.remove_suffix(1);
  const std::size_t last = name.rfind('.');
  if (last == std::string_view::npos) return false;
  const std::string_view label = name.substr(last + 1);
  if (all_ascii(label)) return is_top_level_domain(label);
  std::string value;
  return intel::canonical_value(intel::SelectorType::domain_name, name, value).has_value() &&
         is_top_level_domain(std::string_view(value).substr(value.rfind('.') + 1));
}

/// Whether the canonical form would be read from a text as it stands. One that would not (brackets in its
/// user's name, half undone ones in its path) is no URL that anybody wrote.
bool Scanner::reads_back(std::string_view url) {
  Token plain;
  plain.assign_refanged(url, 0, url.size());
  if (plain.is_rewritten()) return false;
  const auto again = find_url(url, 0);
  return again && again->begin == 0 && again->end == url.size();
}

std::optional<Scanner::Url> Scanner::find_url(std::string_view plain, std::size_t from) {
  for (std::size_t at = from; at < plain.size();) {
    std::size_t mark = at;
    while (mark < plain.size() && plain[mark] != ':' && plain[mark] != '_') ++mark;
    if (mark == plain.size()) return std::nullopt;
    at = mark + 1;
    const std::size_t length = length_of_separator(plain, mark);
    if (length == 0 || mark == from) continue;
    const Scheme* const scheme = scheme_before(plain, from, mark);
    if (scheme == nullptr) continue;
    if (plain[mark] == '_' && scheme->meant.empty()) continue;
    if (length == 2 && plain[mark] == ':' && !scheme->meant.starts_with("http")) continue;
    const std::size_t rest = mark + length;
    return Url{mark - scheme->written.size(), end_of_url(plain, rest), rest, scheme->meant};
  }
  return std::nullopt;
}

void Scanner::take_url(const Token& token, const Url& url) {
  if (url.end <= url.rest) return;
  const std::string_view rest = token.plain().substr(url.rest, url.end - url.rest);
  const std::string_view host = host_in(rest);
  if (url.scheme.empty()) {  // tcp://example.org:8989: its host
    const std::size_t begin = url.rest + static_cast<std::size_t>(host.data() - rest.data());
    return parts(token, {begin, begin + host.size()}, ~0U, false);
  }
  const std::string_view plain = token.plain().substr(url.begin, url.end - url.begin);
  const bool as_meant = plain.starts_with(url.scheme) && plain.substr(url.scheme.size()).starts_with("://");
  std::string raw;
  if (!as_meant) {
    raw = url.scheme;
    raw += "://";
    raw += rest;
  }
  Hold hold = Hold::none;
  if (!intel::canonical_value(intel::SelectorType::url, as_meant ? plain : raw, value_)) return;
  const bool changed = !as_meant || token.differs(url.begin, url.end);
  // What stands in the text as it is stored has just been read from it.
  if ((token.is_rewritten() || plain != value_) && !reads_back(value_)) return;
  const std::string_view name = intel::host_of_canonical_url(value_);
  if (const auto address = encoding::parse_ipv4(name)) {
    if (is_private(*address)) hold = Hold::not_public;
  } else if (name.find(':') != std::string_view::npos) {
    const auto six = encoding::parse_ipv6(name);
    if (six && ((*six)[0] & 0xE0) != 0x20) hold = Hold::not_public;
  } else if (name.find('.') == std::string_view::npos || name.ends_with(".local") || name.ends_with(".lan") ||
             name.ends_with(".internal")) {
    hold = Hold::not_public;
  } else if (!is_top_level_domain(name.substr(name.rfind('.') + 1)) && !changed) {
    hold = Hold::unknown_name;
  }
  if (emit_value(token, {url.begin, url.end}, intel::SelectorType::url, hold))
    found_.back().defanged = changed;
}

/// A URL that the text holds encoded; `decoded` begins with its scheme.
void Scanner::encoded_url(const Token& token, Range range, const std::string& decoded) {
  const auto url = find_url(decoded, 0);
  if (!url || url->begin != 0 || url->scheme.empty() || url->end <= url->rest) return;
  for (const char c : decoded.substr(0, url->end))
    if (!is_ascii(c) || static_cast<unsigned char>(c) <= 0x20) return;
  std::string raw(url->scheme);
  raw += "://";
  raw += std::string_view(decoded).substr(url->rest, url->end - url->rest);
  if (!intel::canonical_value(intel::SelectorType::url, raw, value_) || !reads_back(value_)) return;
  if (emit_value(token, range, intel::SelectorType::url, Hold::none, "encoded"))
    found_.back().defanged = true;
}

}  // namespace parley::report
