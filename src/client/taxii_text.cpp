#include "client/taxii_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

namespace parley::client {

namespace {

using encoding::Json;

constexpr std::size_t max_failures = 10'000;
constexpr std::size_t max_name = 1'000;  // of titles, ids and messages, in bytes

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string text_of(const Json& json, std::string_view key) {
  const Json* value = json.find(key);
  if (value == nullptr || !value->is_string()) return {};
  return value->if_string()->substr(0, max_name);
}

std::uint64_t count_of(const Json& json, std::string_view key) {
  const Json* value = json.find(key);
  return value != nullptr ? value->uint_value().value_or(0) : 0;
}

bool flag_of(const Json& json, std::string_view key) {
  const Json* value = json.find(key);
  return value != nullptr && value->if_bool() != nullptr && *value->if_bool();
}

Result<Json> parse_object(std::string_view body, const ResourceLimits& limits) {
  encoding::JsonLimits json_limits;
  json_limits.max_bytes = limits.resource_bytes;
  PARLEY_TRY(Json json, encoding::parse_json(body, json_limits));
  if (!json.is_object()) return fail(ErrorKind::bad_input, "expected a JSON object");
  return json;
}

std::optional<int> number(std::string_view text) {
  int out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

// "Wed, 12 Nov 2025 10:00:00 GMT" (RFC 9110 section 5.6.7) and "Wed Nov 12 2025 10:00:00 GMT+0100 (…)", which
// is what JavaScript makes of a Date that is put into a text. Two words of the date tell the order.
std::optional<WrittenTime> parse_date_words(std::string_view text) {
  static constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                              "jul", "aug", "sep", "oct", "nov", "dec"};
  std::vector<std::string> words;
  std::string word;
  for (const char c : std::string(text.substr(0, 80)) + " ") {
    if (c != ' ' && c != ',') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(lower(word));
      word.clear();
    }
  }
  if (words.size() < 6) return std::nullopt;
  const bool month_first = number(words[1]) == std::nullopt;
  const auto month = std::ranges::find(months, words[month_first ? 1 : 2]);
  const std::optional<int> day = number(words[month_first ? 2 : 1]);
  const std::optional<int> year = number(words[3]);
  std::string zone = words[5];
  if (zone.starts_with("gmt") || zone.starts_with("utc")) zone = zone.substr(3);
  if (zone.size() == 5) zone.insert(3, ":");
  if (zone.empty()) zone = "Z";
  if (month == months.end() || !day || !year || *day < 1 || *day > 31 || *year < 1 || *year > 9999)
    return std::nullopt;
  const std::string written =
      fmt::format("{:04}-{:02}-{:02}T{}{}", *year, month - months.begin() + 1, *day, words[4], zone);
  const Result<Timestamp> time = parse_time(written);
  if (!time) return std::nullopt;
  return WrittenTime{*time, std::chrono::seconds(1)};
}

}  // namespace

BodyKind body_kind(const net::HttpsAnswer& answer) {
  const auto value = answer.fields.only("content-type");
  if (!value || value->empty()) return BodyKind::nothing;
  std::string type = lower(value->substr(0, value->find(';')));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  if (type == "application/taxii+json") return BodyKind::taxii;
  if (type.ends_with("json")) return BodyKind::other_json;
  if (type == "text/html" || type == "application/xhtml+xml") return BodyKind::html;
  return BodyKind::other;
}

std::string printable(std::string_view text, std::size_t max) {
  std::string out;
  for (const char c : text) {
    if (out.size() >= max) return out + "...";
    const bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (space && (out.empty() || out.back() == ' ')) continue;
    out += space ? ' ' : (c > 0x20 && c < 0x7f ? c : '?');
  }
  return out;
}

std::string describe_refusal(const net::HttpsAnswer& answer) {
  std::string out = fmt::format("the server answers {} {}", answer.status, net::reason_phrase(answer.status));
  const BodyKind kind = body_kind(answer);
  if (kind == BodyKind::taxii || kind == BodyKind::other_json) {
    if (const auto json = parse_object(answer.body, {})) {
      if (const std::string title = text_of(*json, "title"); !title.empty()) out += ": " + printable(title);
      if (const std::string more = text_of(*json, "description"); !more.empty())
        out += " (" + printable(more) + ")";
      return out;
    }
  }
  if (kind == BodyKind::html) return out + " with a page for people, not a TAXII error";
  if (!answer.body.empty()) out += ": " + printable(answer.body, 120);
  return out;
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, Timestamp now) {
  if (!value.empty() && value.size() <= 9 &&
      std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; }))
    return std::chrono::seconds(std::strtoll(std::string(value).c_str(), nullptr, 10));
  const std::optional<WrittenTime> date = parse_written_time(value);
  if (!date) return std::nullopt;
  return std::max(std::chrono::milliseconds(0),
                  std::chrono::duration_cast<std::chrono::milliseconds>(date->time - now));
}

std::optional<WrittenTime> parse_written_time(std::string_view text) {
  if (text.size() > 100) return std::nullopt;
  const Result<Timestamp> time = parse_time(text);
  if (!time) return parse_date_words(text);
  WrittenTime out{*time};
  const std::size_t dot = text.find('.');
  std::size_t digits = 0;
  if (dot != std::string_view::npos)
    while (dot + 1 + digits < text.size() && text[dot + 1 + digits] >= '0' && text[dot + 1 + digits] <= '9')
      ++digits;
  if (digits < 6) {
    std::int64_t unit = 1'000'000;
    for (std::size_t i = 0; i < digits; ++i) unit /= 10;
    out.unit = std::chrono::microseconds(unit);
  }
  return out;
}

std::string taxii_time(Timestamp time) {
  std::string out = format_time(time);
  if (out.find('.') == std::string::npos) out.insert(out.size() - 1, ".000000");
  return out;
}

Result<RootResource> parse_root(std::string_view body, const ResourceLimits& limits) {
  PARLEY_TRY(const Json json, parse_object(body, limits));
  RootResource out;
  out.title = text_of(json, "title");
  out.default_root = text_of(json, "default");
  out.max_content_length = count_of(json, "max_content_length");
  if (const Json* roots = json.find("api_roots"); roots != nullptr && roots->is_array())
    for (const Json& root : *roots->if_array()) {
      if (!root.is_string() || out.api_roots.size() == limits.api_roots) continue;
      out.api_roots.push_back(*root.if_string());
    }
  const Json* versions = json.find("versions");
  out.is_api_root = versions != nullptr && versions->is_array();
  if (out.is_api_root)
    out.speaks_21 = std::ranges::any_of(*versions->if_array(), [](const Json& one) {
      if (!one.is_string()) return false;
      std::string text = lower(*one.if_string());
      std::erase(text, ' ');
      return text == taxii_media_type || text == "taxii-2.1";
    });
  if (!out.is_api_root && out.api_roots.empty() && out.default_root.empty() && out.title.empty())
    return fail(ErrorKind::bad_input, "it is neither a TAXII discovery nor an API root");
  return out;
}

Result<CollectionResource> parse_collection(const Json& json) {
  if (!json.is_object()) return fail(ErrorKind::bad_input, "a collection is an object");
  CollectionResource out{text_of(json, "id"), text_of(json, "title"), text_of(json, "alias"),
                         flag_of(json, "can_read"), flag_of(json, "can_write")};
  if (out.id.empty()) return fail(ErrorKind::bad_input, "a collection without an id");
  return out;
}

Result<std::vector<CollectionResource>> parse_collections(std::string_view body,
                                                          const ResourceLimits& limits) {
  PARLEY_TRY(const Json json, parse_object(body, limits));
  std::vector<CollectionResource> out;
  const Json* list = json.find("collections");
  if (list == nullptr) return out;
  if (!list->is_array()) return fail(ErrorKind::bad_input, "collections is no list");
  if (list->size() > limits.collections)
    return fail(ErrorKind::bad_input, fmt::format("more than {} collections", limits.collections));
  for (const Json& one : *list->if_array())
    if (auto collection = parse_collection(one)) out.push_back(std::move(*collection));
  return out;
}

Result<StatusResource> parse_status(std::string_view body, const ResourceLimits& limits) {
  PARLEY_TRY(const Json json, parse_object(body, limits));
  StatusResource out;
  out.id = text_of(json, "id");
  const std::string state = text_of(json, "status");
  if (state != "complete" && state != "pending")
    return fail(ErrorKind::bad_input, "it is no status resource: \"status\" is neither complete nor pending");
  out.complete = state == "complete";
  out.total = count_of(json, "total_count");
  out.success = count_of(json, "success_count");
  out.failure = count_of(json, "failure_count");
  out.pending = count_of(json, "pending_count");
  if (const Json* list = json.find("failures"); list != nullptr && list->is_array())
    for (const Json& one : *list->if_array()) {
      if (out.failures.size() == max_failures) break;
      // TAXII 2.0 gave bare ids here, and some servers still do.
      if (one.is_string())
        out.failures.push_back({one.if_string()->substr(0, max_name), {}});
      else
        out.failures.push_back({text_of(one, "id"), printable(text_of(one, "message"), 400)});
    }
  return out;
}

}  // namespace parley::client
