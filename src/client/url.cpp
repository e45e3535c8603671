#include "client/url.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace parley::client {

namespace {

constexpr std::size_t max_url_bytes = 2'048;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

std::unexpected<Error> no(std::string why, std::string_view text) {
  return fail(ErrorKind::usage, std::move(why), std::string(text.substr(0, 120)));
}

bool is_path_or_query(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; }) &&
         text.find_first_of("\"<>\\^`{|}") == std::string_view::npos;
}

Result<void> parse_authority(std::string_view authority, Url& out) {
  if (authority.find('@') != std::string_view::npos)
    return fail(ErrorKind::usage, "a URL carries no user and password here; name them with options");
  std::string_view host = authority;
  std::string_view port;
  const std::size_t colon = authority.rfind(':');
  const std::size_t bracket = authority.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (port.empty() || error != std::errc() || end != port.data() + port.size() || out.port == 0)
      return no("the port is no number", authority);
  }
  const bool literal = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (literal) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.size() > 253 || !std::ranges::all_of(host, [&](char c) {
        return is_alphanumeric(c) || c == '.' || (literal ? c == ':' : c == '-' || c == '_');
      }))
    return no("the host is neither a name nor an address", authority);
  out.host = std::string(host);
  for (char& c : out.host)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return {};
}

// RFC 3986 section 5.2.4.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> parts;
  std::string_view rest = path.substr(1);
  bool last_is_dots = false;
  while (true) {
    const std::size_t end = rest.find('/');
    const std::string_view part = rest.substr(0, end);
    last_is_dots = part == "." || part == "..";
    if (part == ".." && !parts.empty()) parts.pop_back();
    if (!last_is_dots) parts.push_back(part);
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  std::string out;
  for (const std::string_view part : parts) out.append("/").append(part);
  if (last_is_dots || out.empty()) out += '/';
  return out;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  if (text.size() > max_url_bytes) return no("the URL is too long", text);
  constexpr std::string_view scheme = "https://";
  std::string head(text.substr(0, scheme.size()));
  for (char& c : head)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (head != scheme)
    return no(head.starts_with("http://") ? "TAXII needs https, not http (TAXII 2.1 section 1.4.9)"
                                          : "expected a URL that begins with https://",
              text);
  std::string_view rest = text.substr(scheme.size());
  rest = rest.substr(0, rest.find('#'));
  const std::size_t end = rest.find_first_of("/?");
  Url out;
  PARLEY_CHECK(parse_authority(rest.substr(0, end), out));
  if (end == std::string_view::npos) return out;
  rest.remove_prefix(end);
  const std::size_t question = rest.find('?');
  const std::string_view path = rest.substr(0, question);
  if (question != std::string_view::npos) out.query = std::string(rest.substr(question + 1));
  if (!is_path_or_query(path) || !is_path_or_query(out.query))
    return no("the URL holds what must be escaped", text);
  out.path = path.empty() ? "/" : without_dots(path);
  return out;
}

Result<Url> Url::resolve(std::string_view reference) const {
  const std::size_t colon = reference.find(':');
  if (colon != std::string_view::npos && colon < reference.find_first_of("/?#")) return parse(reference);
  if (reference.starts_with("//")) return parse("https:" + std::string(reference));
  if (reference.starts_with('/')) return parse(origin() + std::string(reference));
  if (reference.starts_with('?')) return parse(origin() + path + std::string(reference));
  return parse(origin() + path.substr(0, path.rfind('/') + 1) + std::string(reference));
}

std::string Url::origin() const {
  const bool literal = host.find(':') != std::string::npos;
  std::string out = "https://" + (literal ? "[" + host + "]" : host);
  if (port != 443) out += ":" + std::to_string(port);
  return out;
}

Url Url::below(std::string_view more) const {
  Url out = *this;
  out.query.clear();
  if (!out.path.ends_with('/')) out.path += '/';
  out.path += more;
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_alphanumeric(c) || std::string_view("-._~").find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

}  // namespace parley::client
