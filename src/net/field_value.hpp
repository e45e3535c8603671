#pragma once

#include <cstddef>
#include <string_view>

namespace parley::net {

/// Without the optional white space (space and tab, RFC 9110 section 5.6.3) at both ends.
constexpr std::string_view trim_ows(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Takes the next part of a list, trimmed, off the front of `rest`, with its separator; `rest` is empty after
/// the last one. Quoted strings are not known: a separator inside one separates too.
constexpr std::string_view next_part(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const std::string_view part = trim_ows(rest.substr(0, at));
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return part;
}

}  // namespace parley::net
