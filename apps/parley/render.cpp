#include "render.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "commands_report.hpp"
#include "render_patterns.hpp"
#include "render_search.hpp"

namespace parley::app {

namespace {

using encoding::Json;

std::string_view kind_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::refused:
      return "refused";
    case ErrorKind::not_proven:
      return "not_proven";
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::bad_input:
      return "bad_input";
    case ErrorKind::not_found:
      return "not_found";
    case ErrorKind::conflict:
      return "conflict";
    case ErrorKind::peer:
      return "peer";
    case ErrorKind::internal:
      return "internal";
  }
  return "internal";
}

/// Text from files and peers goes to a terminal only without its control characters.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text)
    out.push_back((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f ? '?' : c);
  return out;
}

std::string text_of(const Json& json, std::string_view key) {
  const Json* value = json.find(key);
  if (value == nullptr || value->is_null()) return {};
  if (value->is_string()) return printable(*value->if_string());
  return encoding::write_json(*value);
}

std::uint64_t number_of(const Json& json, std::string_view key) {
  const Json* value = json.find(key);
  return value != nullptr ? value->uint_value().value_or(0) : 0;
}

const Json::Array& array_of(const Json& json, std::string_view key) {
  static const Json::Array none;
  const Json* value = json.find(key);
  return value != nullptr && value->is_array() ? *value->if_array() : none;
}

void line(const std::string& text) {
  std::printf("%s\n", text.c_str());
}

/// 1234567 -> "1,234,567".
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

/// The fallback: members one a line, nested ones indented.
void print_plain(const Json& json, int indent) {
  const std::string pad(static_cast<std::size_t>(indent), ' ');
  if (const auto* object = json.if_object()) {
    std::size_t width = 0;
    for (const auto& [key, value] : *object) width = std::max(width, key.size());
    for (const auto& [key, value] : *object) {
      if (value.is_object() || (value.is_array() && value.size() > 0)) {
        line(pad + key + ":");
        print_plain(value, indent + 2);
      } else {
        line(fmt::format("{}{:<{}}  {}", pad, key, width,
                         value.is_string()  ? printable(*value.if_string())
                         : value.is_array() ? "none"
                                            : encoding::write_json(value)));
      }
    }
  } else if (const auto* array = json.if_array()) {
    for (const Json& element : *array) {
      if (element.is_object()) {
        print_plain(element, indent);
        if (&element != &array->back()) line("");
      } else {
        line(pad + (element.is_string() ? printable(*element.if_string()) : encoding::write_json(element)));
      }
    }
  } else {
    line(pad + (json.is_string() ? printable(*json.if_string()) : encoding::write_json(json)));
  }
}

void print_import(const Json& json) {
  const Json* held = json.find("held_back");
  line(fmt::format(
      "{} items in {} files: {} imported, {} unchanged, {} held back by warninglists, {} off limits, {} "
      "rejected",
      grouped(number_of(json, "found")), grouped(number_of(json, "files")),
      grouped(number_of(json, "imported")), grouped(number_of(json, "unchanged")),
      grouped(held != nullptr ? number_of(*held, "warninglist") : 0),
      grouped(held != nullptr ? number_of(*held, "off_limits") : 0), grouped(number_of(json, "rejected"))));
  if (const Json* selectors = json.find("selectors"); selectors != nullptr && selectors->size() > 0)
    for (const auto& [type, count] : *selectors->if_object())
      line(fmt::format("  {:<18} {:>12}", type, grouped(count.uint_value().value_or(0))));
  if (const std::uint64_t count = number_of(json, "patterns_not_atomic"))
    line(fmt::format("{} patterns are no plain comparisons: kept, and not matched", grouped(count)));
  if (const std::uint64_t count = number_of(json, "without_marking"))
    line(fmt::format("{} items carry no marking: they never leave this node (--tlp sets one)",
                     grouped(count)));
  if (const std::uint64_t count = number_of(json, "unpublished"))
    line(fmt::format(
        "{} items are not published by their source: they take no part in matches (--published, or "
        "unpublished under [match] in policy.toml)",
        grouped(count)));
  const auto& rejects = array_of(json, "rejects");
  for (std::size_t i = 0; i < std::min<std::size_t>(rejects.size(), 10); ++i)
    line("  rejected: " + text_of(rejects[i], "where") + ": " + text_of(rejects[i], "why"));
  if (const std::string why = text_of(json, "why"); !why.empty())
    std::fprintf(stderr, "parley: %s\n", why.c_str());
  if (rejects.size() > 10)
    line(fmt::format("  and {} more (--rejects FILE writes all)", number_of(json, "rejected") - 10));
}

void print_export(const Json& json) {
  std::string text = fmt::format("{} objects, {} values", grouped(number_of(json, "objects")),
                                 grouped(number_of(json, "values")));
  if (const std::string file = text_of(json, "file"); !file.empty()) text += " in " + file;
  line(text +
       fmt::format(" ({} bytes, SHA-256 {})", grouped(number_of(json, "bytes")), text_of(json, "sha256")));
  if (const Json* held = json.find("held_back"); held != nullptr)
    for (const auto& [rule, count] : *held->if_object())
      line(fmt::format("  stays here by {:<20} {:>12}", printable(rule),
                       grouped(count.uint_value().value_or(0))));
}

void print_lookup(const Json& json) {
  for (const Json& one : array_of(json, "lookups")) {
    const Json* hit = one.find("hit");
    const bool is_hit = hit != nullptr && hit->is_bool() && *hit->if_bool();
    std::string text = fmt::format("  {}  {:<14} {}", is_hit ? "held    " : "not held", text_of(one, "type"),
                                   text_of(one, "value"));
    if (const Json* label = one.find("label"))
      text += fmt::format("  ({}, {})", text_of(*label, "pointer"), text_of(*label, "marking"));
    line(text);
  }
  line(text_of(json, "leak_statement"));
}

void print_match(const Json& json) {
  if (json.find("matches") == nullptr) return print_plain(json, 0);
  if (const Json* stored = json.find("stored"); stored != nullptr && stored->is_bool() && *stored->if_bool())
    line("This question was answered today already; here is the stored result, and nothing was sent.");
  line(fmt::format("Both hold {} selectors. Own set: {}; the peer's set: at most {}.",
                   grouped(number_of(json, "size")), grouped(number_of(json, "own_size")),
                   grouped(number_of(json, "peer_size_padded"))));
  for (const Json& match : array_of(json, "matches"))
    line(fmt::format("  {:<14} {}", text_of(match, "type"), text_of(match, "value")));
  line(fmt::format("Run {}, protocol {} ({}), {} bytes sent, {} received, ledger entry {}.",
                   text_of(json, "run"), text_of(json, "protocol"), text_of(json, "security"),
                   grouped(number_of(json, "bytes_sent")), grouped(number_of(json, "bytes_received")),
                   text_of(json, "ledger_index")));
}

void print_release(const Json& json) {
  if (json.find("leaves") == nullptr) return print_plain(json, 0);
  line("What will leave:");
  for (const Json& item : array_of(json, "leaves"))
    line(fmt::format("  {:<22} {:<18} {}", text_of(item, "type"), text_of(item, "marking"),
                     text_of(item, "id")));
  const auto& removed = array_of(json, "removed");
  if (!removed.empty()) line("What stays behind:");
  for (const Json& one : removed)
    line(fmt::format("  {}\n      {}: {}", text_of(one, "what"), text_of(one, "rule"), text_of(one, "why")));
  if (json.find("release") != nullptr) {
    const Json* needs = json.find("approvals_needed");
    line(fmt::format("Release {} is {}{}; {} of {} approvals; expires {}.", text_of(json, "release"),
                     text_of(json, "state"),
                     text_of(json, "why").empty() ? "" : " (" + text_of(json, "why") + ")",
                     array_of(json, "approvals").size(), needs != nullptr ? number_of(*needs, "count") : 0,
                     text_of(json, "expires")));
    if (const std::string why = text_of(json, "why_not_delivered"); !why.empty())
      line("Not delivered yet: " + why + " (`parley release deliver` tries again)");
  } else {
    line("Decision: " + text_of(json, "decision") + " (" + text_of(json, "why") + ")");
  }
}

void print_peers(const Json& json) {
  if (const std::string trust = text_of(json, "trust"); !trust.empty()) {
    std::fputs(trust.c_str(), stdout);
    return;
  }
  for (const Json& peer : array_of(json, "peers"))
    line(fmt::format("{:<24} {:<14} {}  {:<10} {}\n    {}\n    {}", text_of(peer, "name"),
                     text_of(peer, "kind"), text_of(peer, "jurisdiction"), text_of(peer, "status"),
                     text_of(peer, "address"), text_of(peer, "origin"), text_of(peer, "fingerprint")));
  if (array_of(json, "peers").empty())
    line("No peer is pinned. `parley peer invite` makes an invitation to carry to one.");
}

void print_agreement(const Json& json) {
  line(fmt::format("{}  {}  valid {} to {}", text_of(json, "agreement"), text_of(json, "status"),
                   text_of(json, "valid_from"), text_of(json, "valid_to")));
  for (const Json& party : array_of(json, "parties"))
    line(fmt::format("  {} ({}, {}): {}", text_of(party, "name"), text_of(party, "kind"),
                     text_of(party, "jurisdiction"), text_of(party, "authority")));
  line(fmt::format("  purposes {}; types {}; output {}; sets of {} to {}; {} runs a day",
                   text_of(json, "purposes"), text_of(json, "types"), text_of(json, "output"),
                   grouped(number_of(json, "min_set")), grouped(number_of(json, "max_set")),
                   number_of(json, "runs_per_day")));
  if (const Json* delivered = json.find("delivered");
      delivered != nullptr && delivered->is_bool() && !*delivered->if_bool())
    line("  signed here; not delivered yet: " + text_of(json, "why_not_delivered") +
         " (sign again to deliver)");
}

}  // namespace

bool use_colour() {
  return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
}

/// The other side ends every session alike, whatever its reason; what this side can do about it is said here.
void say_why_not(const Error& error) {
  if (error.kind == ErrorKind::peer && error.message == "the other side aborted the session")
    std::fputs(
        "parley: it does not say why: its rules, its budgets, or too small or large a set may be the reason; "
        "its "
        "operator finds it in its log\n",
        stderr);
}

int report_error(const Error& error, bool json) {
  if (json) {
    Json out;
    if (error.kind == ErrorKind::refused) {
      Json rules = Json::array();
      for (const std::string& rule : error.rules) rules.push_back(rule);
      out = Json::object({{"refused", true}, {"rules", std::move(rules)}, {"why", error.text()}});
    } else {
      out = Json::object({{"error", Json::object({{"kind", kind_name(error.kind)},
                                                  {"message", error.message},
                                                  {"where", error.where}})}});
    }
    std::printf("%s\n", encoding::write_json(out).c_str());
  } else if (error.kind == ErrorKind::refused) {
    std::string rules;
    for (const std::string& rule : error.rules) rules += (rules.empty() ? "" : ", ") + rule;
    std::fprintf(stderr, "refused%s: %s\n", rules.empty() ? "" : (" by " + rules).c_str(),
                 printable(error.text()).c_str());
  } else {
    std::fprintf(stderr, "parley: %s\n", printable(error.text()).c_str());
  }
  say_why_not(error);
  return exit_code(error.kind);
}

void print_answer(std::string_view command, const Json& output) {
  if (command == "import") return print_import(output);
  if (command == "export") return print_export(output);
  if (command == "related") return print_related(output);
  if (command == "search" && output.contains("hits")) return print_hits(output);
  if (command == "report list") return print_reports(output);
  if (command == "report add" || command == "report show") return print_report(output);
  if (command == "pattern check") return print_pattern_check(output);
  if (command == "pattern match") return print_pattern_match(output);
  if (command == "match") return print_match(output);
  if (command == "lookup" && output.contains("lookups")) return print_lookup(output);
  const bool decided = command == "approve" || command == "reject";
  if ((decided && !output.contains("set")) || command.starts_with("release p") || command == "release show" ||
      command == "release deliver")
    return print_release(output);
  if (command == "peer list") return print_peers(output);
  if (command.starts_with("agreement ") && output.contains("agreement")) return print_agreement(output);
  if (command == "agreement list") {
    if (array_of(output, "agreements").empty())
      line("There is no agreement. `parley agreement draft` writes one.");
    for (const Json& one : array_of(output, "agreements")) print_agreement(one);
    return;
  }
  if (command == "peer invite" && !output.contains("file")) {
    line(text_of(output, "invitation"));
    std::fprintf(stderr, "Read aloud, from both sides: %s\n", text_of(output, "fingerprint").c_str());
    return;
  }
  if (command == "ledger checkpoint")
    return static_cast<void>(std::fputs(text_of(output, "checkpoint").c_str(), stdout));
  if (command == "policy explain") return line(text_of(output, "explanation"));
  if (command == "selectors") {
    for (const Json& selector : array_of(output, "selectors"))
      line(text_of(selector, "type") + "\t" + text_of(selector, "value"));
    if (const std::string cursor = text_of(output, "cursor"); !cursor.empty())
      std::fprintf(stderr, "more: --cursor %s\n", cursor.c_str());
    return;
  }
  print_plain(output, 0);
}

ProgressBar::ProgressBar() : terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  clear();
}

void ProgressBar::clear() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

void ProgressBar::update(std::string_view step, std::uint64_t done, std::uint64_t total) {
  if (!terminal_) return;
  constexpr std::uint64_t width = 30;
  std::string bar;
  if (total > 0) {
    const std::uint64_t filled = std::min(width, done * width / total);
    for (std::uint64_t i = 0; i < width; ++i) bar += i < filled ? "█" : "░";
    bar += fmt::format(" {:3} %", std::min<std::uint64_t>(100, done * 100 / total));
  } else if (done > 0) {
    bar = grouped(done);
  }
  std::fprintf(stderr, "\r\033[K%s %s", bar.c_str(), printable(step.substr(0, 60)).c_str());
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace parley::app
