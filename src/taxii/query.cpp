#include "taxii/query.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "taxii/percent.hpp"
#include "taxii/timestamp.hpp"

namespace parley::taxii {

namespace {

constexpr std::uint64_t max_integer = (std::uint64_t{1} << 53) - 1;  // TAXII 2.1 section 1.6.1

std::unexpected<Error> malformed(std::string_view name, std::string_view why) {
  return fail(ErrorKind::bad_input, std::string(name) + ": " + std::string(why));
}

Result<std::uint64_t> parse_limit(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || out == 0 || out > max_integer)
    return malformed("limit", "must be a whole number above zero");
  return out;
}

/// The values between the commas, sorted, each once. TAXII 2.1 section 3.4.1 forbids only versions to be
/// named twice.
Result<std::vector<std::string>> values_of(std::string_view name, std::string_view text, bool may_repeat) {
  std::vector<std::string> out;
  for (;;) {
    const std::size_t comma = text.find(',');
    const std::string_view value = text.substr(0, comma);
    if (value.empty()) return malformed(name, "has an empty value");
    if (value.size() > max_match_value_bytes) return malformed(name, "has a value that is too long");
    if (out.size() == max_match_values) return malformed(name, "has too many values");
    out.emplace_back(value);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  std::ranges::sort(out);
  const auto repeated = std::unique(out.begin(), out.end());
  if (repeated != out.end() && !may_repeat) return malformed(name, "names a version twice");
  out.erase(repeated, out.end());
  return out;
}

bool is_spec_version(std::string_view text) {
  return text.size() == 3 && text[0] >= '0' && text[0] <= '9' && text[1] == '.' && text[2] >= '0' &&
         text[2] <= '9';
}

Result<void> read_versions(const std::vector<std::string>& values, Match& match) {
  match.last = false;
  for (const std::string& value : values) {
    if (value == "first") {
      match.first = true;
    } else if (value == "last") {
      match.last = true;
    } else if (value == "all") {
      match.all = true;
    } else {
      const Result<Timestamp> time = parse_timestamp(value);
      if (!time) return malformed("match[version]", "must be first, last, all or timestamps");
      match.versions.push_back(*time);
    }
  }
  if (match.all && values.size() > 1) return malformed("match[version]", "\"all\" stands alone");
  std::ranges::sort(match.versions);
  match.versions.erase(std::unique(match.versions.begin(), match.versions.end()), match.versions.end());
  return {};
}

/// One field of `match`; whether it is one that we know.
Result<bool> read_field(std::string_view field, std::string_view text, Match& match) {
  const std::string name = "match[" + std::string(field) + "]";
  if (field != "id" && field != "type" && field != "version" && field != "spec_version") return false;
  PARLEY_TRY(std::vector<std::string> values, values_of(name, text, field != "version"));
  if (field == "id")
    match.ids = std::move(values);
  else if (field == "type")
    match.types = std::move(values);
  else if (field == "version")
    PARLEY_CHECK(read_versions(values, match));
  else {
    if (!std::ranges::all_of(values, is_spec_version))
      return malformed(name, "must be versions of STIX, such as 2.1");
    match.spec_versions = std::move(values);
  }
  return true;
}

void append_field(std::string& out, std::string_view name, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    out += name;
    out += std::to_string(value.size());
    out += ':';
    out += value;
  }
}

}  // namespace

Result<Query> parse_query(std::string_view query) {
  if (query.size() > max_query_bytes) return malformed("query", "is too long");
  Query out;
  std::set<std::string, std::less<>> seen;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view one = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (one.empty()) continue;
    const std::size_t equals = one.find('=');
    const auto name = percent_decode(one.substr(0, equals));
    const auto value =
        percent_decode(equals == std::string_view::npos ? std::string_view() : one.substr(equals + 1));
    if (!name || !value) return malformed("query", "has a broken escape");
    const bool is_match = name->starts_with("match[") && name->ends_with("]");
    if (!is_match && *name != "added_after" && *name != "limit" && *name != "next") continue;
    if (!seen.insert(*name).second) return malformed(*name, "comes twice");
    if (is_match) {
      const std::string_view field = std::string_view(*name).substr(6, name->size() - 7);
      PARLEY_TRY(const bool known, read_field(field, *value, out.match));
      out.has_match = out.has_match || known;
      out.has_version = out.has_version || field == "version";
    } else if (*name == "added_after") {
      const Result<Timestamp> time = parse_timestamp(*value);
      if (!time) return malformed("added_after", time.error().message);
      out.added_after = *time;
    } else if (*name == "limit") {
      PARLEY_TRY(out.limit, parse_limit(*value));
    } else {
      if (value->empty() || value->size() > max_cursor_bytes)
        return malformed("next", "is no cursor of this server");
      out.next = *value;
    }
  }
  return out;
}

std::string canonical_match(const Match& match) {
  std::string out;
  append_field(out, "i", match.ids);
  append_field(out, "t", match.types);
  append_field(out, "s", match.spec_versions);
  if (match.first) out += 'f';
  if (match.last) out += 'l';
  if (match.all) out += 'a';
  std::vector<std::string> versions;
  for (const Timestamp version : match.versions) versions.push_back(format_timestamp(version));
  append_field(out, "v", versions);
  return out;
}

Result<Match> parse_canonical_match(std::string_view text) {
  const std::string_view whole = text;
  Match out;
  out.last = false;
  const auto refused = [] { return fail(ErrorKind::bad_input, "next: is no cursor of this server"); };
  while (!text.empty()) {
    const char kind = text.front();
    text.remove_prefix(1);
    if (kind == 'f')
      out.first = true;
    else if (kind == 'l')
      out.last = true;
    else if (kind == 'a')
      out.all = true;
    if (kind == 'f' || kind == 'l' || kind == 'a') continue;
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (error != std::errc() || text.empty() || text.front() != ':' || size > max_match_value_bytes ||
        size > text.size() - 1)
      return refused();
    const std::string value(text.substr(1, size));
    text.remove_prefix(size + 1);
    if (kind == 'i')
      out.ids.push_back(value);
    else if (kind == 't')
      out.types.push_back(value);
    else if (kind == 's')
      out.spec_versions.push_back(value);
    else if (kind == 'v') {
      const Result<Timestamp> time = parse_timestamp(value);
      if (!time) return refused();
      out.versions.push_back(*time);
    } else {
      return refused();
    }
  }
  if (canonical_match(out) != whole) return refused();
  return out;
}

}  // namespace parley::taxii
