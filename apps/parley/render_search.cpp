#include "render_search.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace parley::app {

namespace {

using encoding::Json;

/// Without control characters: names and labels are somebody else's.
std::string clean(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return text;
}

std::string text_of(const Json& json, std::string_view key) {
  const Json* const value = json.find(key);
  return value != nullptr && value->is_string() ? clean(*value->if_string()) : std::string();
}

const Json::Array& array_of(const Json& json, std::string_view key) {
  static const Json::Array none;
  const Json* const value = json.find(key);
  return value != nullptr && value->is_array() ? *value->if_array() : none;
}

bool is_set(const Json& json, std::string_view key) {
  const Json* const value = json.find(key);
  return value != nullptr && value->is_bool() && *value->if_bool();
}

/// "feed-a, feed-b".
std::string listed(const Json& json, std::string_view key) {
  std::string out;
  for (const Json& one : array_of(json, key))
    if (one.is_string()) out += (out.empty() ? "" : ", ") + clean(*one.if_string());
  return out;
}

std::string day(const Json& json, std::string_view key) {
  return text_of(json, key).substr(0, 10);
}

void print_hit(const Json& hit) {
  const std::string value = text_of(hit, "value");
  const std::string name = text_of(hit, "name");
  const std::string marking = text_of(hit, "marking");
  std::string what = value.empty() ? (name.empty() ? text_of(hit, "id") : name) : value;
  const Json* const score = hit.find("score");
  if (score != nullptr && is_set(*score, "decayed")) what += "  (decayed)";
  for (const char* const flag : {"open_case", "unpublished", "revoked"})
    if (is_set(hit, flag)) what += std::string("  (") + flag + ")";
  if (hit.contains("expired")) what += "  (expired)";
  fmt::print("{:<20} {}\n", text_of(hit, "type"), what);
  std::string from;
  const auto add = [&](const std::string& more) {
    if (!more.empty()) from += (from.empty() ? "" : "; ") + more;
  };
  add(marking);
  add(listed(hit, "sources"));
  const std::string first = day(hit, value.empty() ? "created" : "first_seen");
  const std::string last = day(hit, value.empty() ? "modified" : "last_seen");
  add(first == last || first.empty() ? last : first + " to " + last);
  add(listed(hit, "labels"));
  fmt::print("{:<20} {}\n", "", from);
  if (!name.empty()) fmt::print("{:<20} {}\n", "", text_of(hit, "id"));
  for (const Json& one : array_of(hit, "values"))
    fmt::print("{:<20} {} {}\n", "", text_of(one, "type"), text_of(one, "value"));
}

}  // namespace

void print_hits(const Json& output) {
  const Json::Array& hits = array_of(output, "hits");
  for (const Json& hit : hits) print_hit(hit);
  if (hits.empty()) fmt::print("Nothing that is held fits.\n");
  if (const std::string cursor = text_of(output, "cursor"); !cursor.empty())
    fmt::print(stderr, "more: --cursor {}\n", cursor);
}

}  // namespace parley::app
