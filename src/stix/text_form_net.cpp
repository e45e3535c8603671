#include <idn2.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/ascii.hpp"
#include "stix/text_form.hpp"

// URIs, host names and CPE names: the forms that have a grammar of their own.

namespace parley::stix {
namespace {

/// unreserved and sub-delims of RFC 3986 section 2, and `more`.
bool has_only(std::string_view text, std::string_view more) {
  constexpr std::array<bool, 128> plain = [] {
    std::array<bool, 128> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = is_alnum(static_cast<char>(i));
    for (const char c : std::string_view("_.~-!$&'()*+,;=")) out[static_cast<unsigned char>(c)] = true;
    return out;
  }();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 128 && (plain[c] || more.find(text[i]) != std::string_view::npos)) continue;
    if (c != '%' || i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0)
      return false;
    i += 2;
  }
  return true;
}

bool is_authority(std::string_view text) {
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    if (!has_only(text.substr(0, at), ":")) return false;
    text.remove_prefix(at + 1);
  }
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    const std::string_view inside = text.substr(1, end - 1);
    const std::size_t dot = inside.find('.');
    const bool future =
        inside.size() > 3 && inside.front() == 'v' && dot != std::string_view::npos && dot > 1 &&
        std::ranges::all_of(inside.substr(1, dot - 1), [](char c) { return hex_digit(c) >= 0; }) &&
        dot + 1 < inside.size() && has_only(inside.substr(dot + 1), ":");
    if (!future && (inside.empty() || !is_ipv6_address(inside))) return false;
    text.remove_prefix(end + 1);
    return text.empty() || (text.front() == ':' && std::ranges::all_of(text.substr(1), is_digit));
  }
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos && !std::ranges::all_of(text.substr(colon + 1), is_digit)) return false;
  return has_only(text.substr(0, colon), "");
}

bool is_ascii_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  if (label.size() > 3 && label[2] == '-' && label[3] == '-') return false;
  return std::ranges::all_of(label, [](char c) { return is_alnum(c) || c == '-'; });
}

/// One part of a CPE name: `*`, `-`, or letters and escaped signs with wildcards at the ends.
bool is_cpe_part(std::string_view text) {
  if (text == "*" || text == "-") return true;
  std::size_t begin = 0;
  while (begin < text.size() && (text[begin] == '?' || text[begin] == '*')) ++begin;
  std::size_t content = 0;
  std::size_t i = begin;
  for (; i < text.size(); ++i) {
    if (text[i] == '\\') {
      if (i + 1 >= text.size() || is_alnum(text[i + 1])) return false;
      ++i;
    } else if (!is_alnum(text[i]) && text[i] != '-' && text[i] != '.' && text[i] != '_') {
      break;
    }
    ++content;
  }
  return content > 0 && std::ranges::all_of(text.substr(i), [](char c) { return c == '?' || c == '*'; });
}

/// Up to the next colon that is not escaped.
std::string_view take_cpe_part(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && text[end] != ':') end += text[end] == '\\' ? 2 : 1;
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(text.size(), end + 1));
  return part;
}

}  // namespace

bool is_uri(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_alpha(text.front())) return false;
  if (!std::ranges::all_of(text.substr(0, colon),
                           [](char c) { return is_alnum(c) || c == '+' || c == '-' || c == '.'; }))
    return false;
  text.remove_prefix(colon + 1);
  if (const std::size_t hash = text.find('#'); hash != std::string_view::npos) {
    if (!has_only(text.substr(hash + 1), ":@/?")) return false;
    text = text.substr(0, hash);
  }
  if (const std::size_t question = text.find('?'); question != std::string_view::npos) {
    if (!has_only(text.substr(question + 1), ":@/?")) return false;
    text = text.substr(0, question);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const std::size_t slash = std::min(text.find('/'), text.size());
    if (!is_authority(text.substr(0, slash))) return false;
    text.remove_prefix(slash);
  }
  return has_only(text, ":@/");
}

bool is_host_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty()) return false;
  if (!all_ascii(text) || text.find("xn--") != std::string_view::npos) {
    char* ascii = nullptr;
    const std::string name(text);
    const int code = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(name.c_str()),
                                    reinterpret_cast<std::uint8_t**>(&ascii), IDN2_NFC_INPUT | IDN2_NO_TR46);
    if (code != IDN2_OK) return false;
    const bool short_enough = std::string_view(ascii).size() <= 253;
    idn2_free(ascii);
    return short_enough;
  }
  if (text.size() > 253) return false;
  while (true) {
    const std::size_t end = std::min(text.find('.'), text.size());
    if (!is_ascii_label(text.substr(0, end))) return false;
    if (end == text.size()) return true;
    text.remove_prefix(end + 1);
  }
}

bool is_cpe(std::string_view text) {
  if (!text.starts_with("cpe:2.3:")) return false;
  text.remove_prefix(8);
  const std::string_view part = take_cpe_part(text);
  if (part.size() != 1 || std::string_view("aho*-").find(part.front()) == std::string_view::npos)
    return false;
  for (int i = 0; i < 10; ++i)
    if (!is_cpe_part(take_cpe_part(text))) return false;
  return text.empty();
}

}  // namespace parley::stix
