#include "render_patterns.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace parley::app {

namespace {

using encoding::Json;

/// Without control characters: the text is somebody else's.
std::string text_of(const Json& json, std::string_view key) {
  const Json* const value = json.find(key);
  std::string out = value != nullptr && value->is_string() ? *value->if_string() : std::string();
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return out;
}

bool flag_of(const Json& json, std::string_view key) {
  const Json* const value = json.find(key);
  return value != nullptr && value->is_bool() && *value->if_bool();
}

std::uint64_t number_of(const Json& json, std::string_view key) {
  const Json* const value = json.find(key);
  return value != nullptr ? value->uint_value().value_or(0) : 0;
}

const Json::Array& array_of(const Json& json, std::string_view key) {
  static const Json::Array none;
  const Json* const value = json.find(key);
  return value != nullptr && value->is_array() ? *value->if_array() : none;
}

/// "uses ->", "<- object_refs".
std::string edge_text(const Json& via) {
  std::string label = text_of(via, "relationship_type");
  if (label.empty()) label = text_of(via, "property");
  if (label.empty()) label = "relationship";
  return flag_of(via, "forward") ? label + " ->" : "<- " + label;
}

}  // namespace

void print_pattern_check(const Json& output) {
  for (const Json& one : array_of(output, "patterns")) {
    const bool usable = flag_of(one, "ok");
    fmt::print("{}: {}\n", usable ? "ok" : "not ok", text_of(one, usable ? "written" : "pattern"));
    for (const Json& finding : array_of(one, "findings"))
      fmt::print("  byte {}: {} ({})\n", number_of(finding, "byte"), text_of(finding, "why"),
                 text_of(finding, "weight"));
  }
}

void print_pattern_match(const Json& output) {
  const std::uint64_t observations = number_of(output, "observations");
  if (!flag_of(output, "match")) {
    fmt::print("no match in {} observations\n", observations);
    return;
  }
  fmt::print("match: {} of {} observations\n", array_of(output, "bound").size(), observations);
  for (const Json& one : array_of(output, "bound")) {
    const std::string id = text_of(one, "id");
    fmt::print("  {}\n", id.empty() ? "number " + std::to_string(number_of(one, "index")) : id);
  }
}

void print_related(const Json& output) {
  for (const Json& one : array_of(output, "objects")) {
    const Json* const via = one.find("via");
    const std::string name = text_of(one, "name");
    fmt::print("{} {}{}{}\n    {} {}\n", number_of(one, "step"), text_of(one, "id"), name.empty() ? "" : "  ",
               name, via != nullptr ? text_of(*via, "from") : "", via != nullptr ? edge_text(*via) : "");
  }
  fmt::print("{} objects within {} steps\n", number_of(output, "found"), number_of(output, "steps"));
  for (const Json& one : array_of(output, "not_followed"))
    fmt::print("not walked through: {} ({} neighbours)\n", text_of(one, "id"), number_of(one, "neighbours"));
  if (!flag_of(output, "complete"))
    fmt::print(stderr, "there is more than can be looked at: ask for fewer steps\n");
  if (const std::string cursor = text_of(output, "cursor"); !cursor.empty())
    fmt::print(stderr, "more: --cursor {}\n", cursor);
}

}  // namespace parley::app
