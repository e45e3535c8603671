#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "commands_report.hpp"

namespace parley::app {

namespace {

using encoding::Json;

/// Without control characters: the text is somebody else's.
std::string text_of(const Json& json, std::string_view key) {
  const Json* const value = json.find(key);
  std::string out = value != nullptr && value->is_string() ? *value->if_string() : std::string();
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return out;
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

/// "domain-name evil.example.org", "threat-actor APT28 (G0007)".
std::string what(const Json& finding) {
  const Json* const thing = finding.find("thing");
  if (thing == nullptr) return text_of(finding, "type") + " " + text_of(finding, "value");
  const std::string id = text_of(*thing, "external_id");
  return text_of(*thing, "kind") + " " + text_of(*thing, "name") + (id.empty() ? "" : " (" + id + ")");
}

void print_finding(const Json& finding) {
  const Json::Array& places = array_of(finding, "places");
  const std::string page = !places.empty() && places[0].contains("page")
                               ? "page " + std::to_string(number_of(places[0], "page")) + ", "
                               : std::string();
  const std::uint64_t line = places.empty() ? 0 : number_of(places[0], "line");
  const std::uint64_t count = number_of(finding, "count");
  const std::string decision = text_of(finding, "decision");
  fmt::print("{:>4}  {}{}\n", number_of(finding, "number"), what(finding),
             decision == "open" ? "" : "  [" + decision + "]");
  fmt::print("      {}line {}{}: {}\n", page, line, count > 1 ? fmt::format(" and {} more", count - 1) : "",
             text_of(finding, "context"));
  if (const std::string note = text_of(finding, "note"); !note.empty()) fmt::print("      {}\n", note);
  if (const std::string why = text_of(finding, "why"); !why.empty()) fmt::print("      held back: {}\n", why);
  for (const Json& other : array_of(finding, "also"))
    if (other.is_string()) fmt::print("      or: {}\n", *other.if_string());
}

}  // namespace

void print_reports(const Json& output) {
  for (const Json& one : array_of(output, "reports"))
    fmt::print("{}  {}\n    {} open ({} of them held back), {} confirmed, {} rejected\n", text_of(one, "id"),
               text_of(one, "title"), number_of(one, "open"), number_of(one, "held_back"),
               number_of(one, "confirmed"), number_of(one, "rejected"));
  if (const std::string cursor = text_of(output, "cursor"); !cursor.empty())
    fmt::print(stderr, "more: --cursor {}\n", cursor);
}

void print_report(const Json& output) {
  if (output.contains("objects")) {  // the bundle
    fmt::print("{}\n", encoding::write_json(output));
    return;
  }
  if (const Json* const text = output.find("text"); text != nullptr && text->is_string()) {
    std::fputs(text->if_string()->c_str(), stdout);
    return;
  }
  fmt::print("{}  {}\n", text_of(output, "id"), text_of(output, "title"));
  for (const Json& warning : array_of(output, "warnings"))
    if (warning.is_string()) fmt::print(stderr, "{}\n", *warning.if_string());
  const Json* const held = output.find("show_held");
  const bool show_held = held != nullptr && held->is_bool() && *held->if_bool();
  for (const Json& finding : array_of(output, "findings"))
    if (show_held || !finding.contains("hold") || text_of(finding, "decision") != "open")
      print_finding(finding);
  if (const Json* const counts = output.find("counts"); counts != nullptr)
    fmt::print("{} open, {} held back{}, {} confirmed, {} rejected\n", number_of(*counts, "open"),
               number_of(*counts, "held_back"), show_held ? "" : " (report show --held)",
               number_of(*counts, "confirmed"), number_of(*counts, "rejected"));
}

}  // namespace parley::app
