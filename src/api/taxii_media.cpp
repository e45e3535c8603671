#include "api/taxii_media.hpp"

#include <optional>
#include <string>

#include "base/ascii.hpp"
#include "net/field_value.hpp"

namespace parley::api {

namespace {

struct MediaRange {
  std::string_view name;     // "type/subtype"
  std::string_view version;  // empty: none
  std::string_view charset;
  bool weight = true;  // above 0
};

// RFC 9110 sections 8.3.1 and 12.5.1. No media type of ours needs a quoted string with separators in it.
MediaRange read_range(std::string_view text) {
  MediaRange out;
  out.name = net::next_part(text, ';');
  while (!text.empty()) {
    std::string_view value = net::next_part(text, ';');
    const std::string_view key = net::next_part(value, '=');
    value = net::trim_ows(value);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    if (equal_ignoring_case(key, "version")) out.version = value;
    if (equal_ignoring_case(key, "charset")) out.charset = value;
    if (equal_ignoring_case(key, "q"))
      out.weight = value.find_first_of("123456789") != std::string_view::npos;
  }
  return out;
}

bool is_taxii(const MediaRange& range) {
  return equal_ignoring_case(range.name, "application/taxii+json") &&
         (range.version.empty() || range.version == "2.1");
}
bool is_stix(const MediaRange& range) {
  return equal_ignoring_case(range.name, "application/stix+json") &&
         (range.version.empty() || range.version == "2.1" || range.version == "2.0");
}
bool is_any(const MediaRange& range) {
  return range.name == "*/*" || equal_ignoring_case(range.name, "application/*") ||
         equal_ignoring_case(range.name, "application/json");
}

}  // namespace

bool accepts_taxii(const net::HttpFields& fields) {
  bool any = false;
  for (const auto& [name, value] : fields) {
    if (name != "accept") continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::string_view part = net::next_part(rest, ',');
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
  return (is_taxii(range) || is_stix(range)) &&
         (range.charset.empty() || equal_ignoring_case(range.charset, "utf-8"));
}

}  // namespace parley::api
