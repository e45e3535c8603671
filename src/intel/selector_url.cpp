#include <array>
#include <cstdint>

#include "base/ascii.hpp"
#include "intel/selector_rules.hpp"
#include "intel/url_host.hpp"
#include "intel/utf8.hpp"

// The "basic URL parser" and "URL serializer" of the WHATWG URL Standard (sections 4.4 and 4.5), without a
// base URL and for special schemes other than file. Instead of one state a character it cuts the parts of
// the URL apart, which for these schemes gives the same result; tests compare it with another implementation.
namespace parley::intel::rules {
namespace {

struct Scheme {
  std::string_view name;
  std::uint32_t default_port;
};
constexpr std::array schemes =
    std::to_array<Scheme>({{"http", 80}, {"https", 443}, {"ftp", 21}, {"ws", 80}, {"wss", 443}});

/// Bits of the percent-encode sets (section 1.3) by byte; all hold the controls and what is not ASCII.
enum : std::uint8_t { in_fragment = 1, in_query = 2, in_path = 4, in_userinfo = 8 };

constexpr std::array<std::uint8_t, 256> encode_sets = [] {
  std::array<std::uint8_t, 256> sets{};
  const auto add = [&](std::string_view characters, unsigned bits) {
    for (const char c : characters) sets[static_cast<unsigned char>(c)] |= static_cast<std::uint8_t>(bits);
  };
  for (std::size_t byte = 0; byte < sets.size(); ++byte)
    if (byte <= 0x1F || byte > 0x7E) sets[byte] = in_fragment | in_query | in_path | in_userinfo;
  add(" \"<>", in_fragment | in_query | in_path | in_userinfo);
  add("`", in_fragment | in_path | in_userinfo);
  add("#", in_query | in_path | in_userinfo);
  add("'", in_query);  // the special-query set
  add("?{}", in_path | in_userinfo);
  // The standard of 2024-11 and later has ^ in the path set too; selector/1 is fixed on the set before.
  add("/:;=@[\\]^|", in_userinfo);
  return sets;
}();

void append_encoded(std::string& out, std::string_view text, std::uint8_t set) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    while (at < text.size() && (encode_sets[static_cast<unsigned char>(text[at])] & set) == 0) ++at;
    out.append(text.substr(begin, at - begin));
    for (; at < text.size() && (encode_sets[static_cast<unsigned char>(text[at])] & set) != 0; ++at) {
      const auto byte = static_cast<unsigned char>(text[at]);
      out.push_back('%');
      out.push_back(digits[byte >> 4]);
      out.push_back(digits[byte & 0xF]);
    }
  }
}

constexpr bool is_slash(char c) {
  return c == '/' || c == '\\';  // special schemes take both
}

constexpr bool ends_authority(char c) {
  return is_slash(c) || c == '?' || c == '#';
}

/// How many dots the segment stands for, `%2e` counting as one; 0 when it is an ordinary segment.
int dots(std::string_view segment) {
  int count = 0;
  while (!segment.empty()) {
    if (segment.front() == '.') {
      segment.remove_prefix(1);
    } else if (starts_with_ignoring_case(segment, "%2e")) {
      segment.remove_prefix(3);
    } else {
      return 0;
    }
    if (++count > 2) return 0;
  }
  return count;
}

/// Whether the path may have segments of dots, or slashes that are written otherwise.
bool has_dots_or_backslashes(std::string_view path) {
  for (std::size_t at = 0; at < path.size(); ++at) {
    const char c = path[at];
    if (c == '\\') return true;
    const bool first = at == 0 || path[at - 1] == '/';
    if (first && (c == '.' || c == '%')) return true;
  }
  return false;
}

void append_path(std::string& out, std::string_view path) {
  if (!path.empty() && is_slash(path.front())) path.remove_prefix(1);
  if (!has_dots_or_backslashes(path)) {
    out.push_back('/');
    return append_encoded(out, path, in_path);
  }
  const std::size_t begin = out.size();
  for (;;) {
    std::size_t end = 0;
    while (end < path.size() && !is_slash(path[end])) ++end;
    const std::string_view segment = path.substr(0, end);
    const bool last = end == path.size();
    const int dot_count = dots(segment);
    // No segment holds a slash, so the last slash is where the last one begins.
    if (dot_count == 2 && out.size() > begin) out.resize(out.rfind('/'));
    if (dot_count == 0 || last) {  // a dot segment at the end leaves an empty one
      out.push_back('/');
      if (dot_count == 0) append_encoded(out, segment, in_path);
    }
    if (last) return;
    path.remove_prefix(end + 1);
  }
}

bool append_port(std::string& out, std::string_view port, std::uint32_t default_port) {
  std::uint32_t value = 0;
  for (const char c : port) {
    if (!is_digit(c)) return false;
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
    if (value > 65535) return false;
  }
  if (port.empty() || value == default_port) return true;
  out.push_back(':');
  out += std::to_string(value);
  return true;
}

void append_credentials(std::string& out, std::string_view userinfo) {
  const std::size_t colon = userinfo.find(':');
  const std::string_view user = userinfo.substr(0, colon);
  const std::string_view password =
      colon == std::string_view::npos ? std::string_view{} : userinfo.substr(colon + 1);
  if (user.empty() && password.empty()) return;
  append_encoded(out, user, in_userinfo);
  if (!password.empty()) {
    out.push_back(':');
    append_encoded(out, password, in_userinfo);
  }
  out.push_back('@');
}

Result<void> append_authority(std::string& out, std::string_view authority, std::uint32_t default_port) {
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    append_credentials(out, authority.substr(0, at));
    authority.remove_prefix(at + 1);
  }
  std::size_t colon = 0;  // the first colon outside brackets ends the host
  for (bool inside = false; colon < authority.size(); ++colon) {
    if (authority[colon] == '[') inside = true;
    if (authority[colon] == ']') inside = false;
    if (authority[colon] == ':' && !inside) break;
  }
  if (colon == 0) return fail(ErrorKind::bad_input, "the URL has no host");
  if (!append_url_host(out, authority.substr(0, colon)))
    return fail(ErrorKind::bad_input, "the host of the URL is neither a valid name nor an address");
  const std::string_view port = colon < authority.size() ? authority.substr(colon + 1) : std::string_view{};
  if (!append_port(out, port, default_port))
    return fail(ErrorKind::bad_input, "the port of the URL is no number up to 65535");
  return {};
}

/// Steps 1 to 3 of the parser: outer controls and spaces go, tabs and line ends go everywhere.
std::string_view cleaned(std::string_view raw, bool controls, std::string& storage) {
  const auto outer = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!raw.empty() && outer(raw.front())) raw.remove_prefix(1);
  while (!raw.empty() && outer(raw.back())) raw.remove_suffix(1);
  if (!controls) return raw;
  for (const char c : raw)
    if (c != '\t' && c != '\n' && c != '\r') storage.push_back(c);
  return storage;
}

const Scheme* find_scheme(std::string_view name) {
  for (const Scheme& scheme : schemes)
    if (equal_ignoring_case(scheme.name, name)) return &scheme;
  return nullptr;
}

}  // namespace

Result<void> url(std::string_view raw, std::string& out) {
  unsigned any = 0;
  bool controls = false;
  for (const char c : raw) {
    any |= static_cast<unsigned char>(c);
    controls |= static_cast<unsigned char>(c) < 0x20;
  }
  if (any >= 0x80 && !is_utf8(raw)) return fail(ErrorKind::bad_input, "the URL is not UTF-8");
  std::string storage;
  std::string_view rest = cleaned(raw, controls, storage);
  const std::size_t colon = rest.find(':');
  const Scheme* scheme = colon == std::string_view::npos ? nullptr : find_scheme(rest.substr(0, colon));
  if (scheme == nullptr)
    return fail(ErrorKind::bad_input,
                "a URL of selector/1 begins with http, https, ftp, ws or wss and a colon");
  rest.remove_prefix(colon + 1);
  while (!rest.empty() && is_slash(rest.front())) rest.remove_prefix(1);

  out.append(scheme->name);
  out += "://";
  std::size_t authority_end = 0;
  while (authority_end < rest.size() && !ends_authority(rest[authority_end])) ++authority_end;
  PARLEY_CHECK(append_authority(out, rest.substr(0, authority_end), scheme->default_port));
  rest.remove_prefix(authority_end);

  const std::size_t hash = rest.find('#');
  const std::string_view before = rest.substr(0, hash);
  const std::size_t mark = before.find('?');
  append_path(out, before.substr(0, mark));
  if (mark != std::string_view::npos) {
    out.push_back('?');
    append_encoded(out, before.substr(mark + 1), in_query);
  }
  if (hash != std::string_view::npos) {
    out.push_back('#');
    append_encoded(out, rest.substr(hash + 1), in_fragment);
  }
  return {};
}

}  // namespace parley::intel::rules
