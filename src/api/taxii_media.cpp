#include "api/taxii_media.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace parley::api {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}
std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}
std::string_view next_part(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const std::string_view part = trim(rest.substr(0, at));
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return part;
}

struct MediaRange {
  std::string_view name;     // "type/subtype"
  std::string_view version;  // empty: none
  std::string_view charset;
  bool weight = true;  // above 0
};

// RFC 9110 sections 8.3.1 and 12.5.1. No media type of ours needs a quoted string with separators in it.
MediaRange read_range(std::string_view text) {
  MediaRange out;
  out.name = next_part(text, ';');
  while (!text.empty()) {
    std::string_view value = next_part(text, ';');
    const std::string_view key = next_part(value, '=');
    value = trim(value);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    if (same(key, "version")) out.version = value;
    if (same(key, "charset")) out.charset = value;
    if (same(key, "q")) out.weight = value.find_first_of("123456789") != std::string_view::npos;
  }
  return out;
}

bool is_taxii(const MediaRange& range) {
  return same(range.name, "application/taxii+json") && (range.version.empty() || range.version == "2.1");
}
bool is_stix(const MediaRange& range) {
  return same(range.name, "application/stix+json") &&
         (range.version.empty() || range.version == "2.1" || range.version == "2.0");
}
bool is_any(const MediaRange& range) {
  return range.name == "*/*" || same(range.name, "application/*") || same(range.name, "application/json");
}

}  // namespace

bool accepts_taxii(const net::HttpFields& fields) {
  bool any = false;
  for (const auto& [name, value] : fields) {
    if (name != "accept") continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::string_view part = next_part(rest, ',');
      if (part.empty()) continue;
      any = true;
      const MediaRange range = read_range(part);
      if (range.weight && (is_taxii(range) || is_stix(range) || is_any(range))) return true;
    }
  }
  return !any;
}

bool is_taxii_content(const net::HttpFields& fields) {
  const auto value = fields.only("content-type");
  if (!value) return false;
  const MediaRange range = read_range(*value);
  return (is_taxii(range) || is_stix(range)) && (range.charset.empty() || same(range.charset, "utf-8"));
}

}  // namespace parley::api
