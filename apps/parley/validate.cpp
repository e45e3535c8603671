#include "validate.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "render.hpp"
#include "stix/document.hpp"

namespace parley::app {
namespace {

using encoding::Json;
using stix::Severity;

/// Findings of one severity that `--json` shows for one file; the counts are of all.
constexpr std::size_t max_shown = 1000;
/// Kinds of findings that are kept apart for one file.
constexpr std::size_t max_kinds = 200;
constexpr std::size_t places_of_a_kind = 3;

/// Findings that say the same, for a person.
struct Kind {
  Severity severity = Severity::error;
  stix::Rule rule = stix::Rule::not_json;
  std::uint16_t code = 0;
  std::string word;     ///< of the first
  std::string message;  ///< of the first
  std::uint64_t count = 0;
  bool varied = false;  ///< others speak of other words
  std::vector<std::string> places;
};

class Collector final : public stix::FindingSink {
 public:
  explicit Collector(bool json) : json_(json) {}

  bool take(const stix::Finding& finding) override {
    if (json_)
      keep(finding);
    else
      group(finding);
    return true;
  }

  Json::Array findings;
  std::uint64_t left_out = 0;
  std::vector<Kind> kinds;

 private:
  void keep(const stix::Finding& finding) {
    std::size_t& shown = shown_[finding.severity() == Severity::error ? 0 : 1];
    if (shown == max_shown) {
      ++left_out;
      return;
    }
    ++shown;
    const stix::RuleFacts& facts = stix::rule_facts(finding.rule);
    Json entry = Json::object({{"severity", finding.severity() == Severity::error ? "error" : "warning"},
                               {"rule", std::string(finding.name())},
                               {"pointer", finding.pointer()},
                               {"message", finding.message()}});
    if (finding.code != 0) entry.set("code", std::to_string(finding.code));
    if (!finding.id.empty()) entry.set("id", std::string(finding.id));
    if (facts.origin == stix::Origin::specification) entry.set("specification_only", true);
    findings.push_back(std::move(entry));
  }

  /// Errors are told apart by what they say; of advice one sentence stands for its kind, because there are
  /// thousands that differ in a name.
  void group(const stix::Finding& finding) {
    const bool advice = finding.severity() == Severity::warning;
    const std::string message = advice ? std::string() : finding.message();
    for (Kind& kind : kinds) {
      if (kind.rule != finding.rule || kind.code != finding.code || (!advice && kind.message != message))
        continue;
      kind.varied = kind.varied || kind.word != finding.a;
      return add(kind, finding);
    }
    if (kinds.size() == max_kinds) {
      ++left_out;
      return;
    }
    kinds.push_back({.severity = finding.severity(),
                     .rule = finding.rule,
                     .code = finding.code,
                     .word = std::string(finding.a),
                     .message = finding.message(),
                     .count = 0,
                     .varied = false,
                     .places = {}});
    add(kinds.back(), finding);
  }

  static void add(Kind& kind, const stix::Finding& finding) {
    ++kind.count;
    if (kind.places.size() < places_of_a_kind) kind.places.push_back(finding.pointer());
  }

  bool json_;
  std::size_t shown_[2] = {0, 0};
};

struct Closer {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

Result<stix::DocumentVerdict> check_file(const std::string& path, const stix::ValidateOptions& options,
                                         Collector& collector) {
  const std::unique_ptr<std::FILE, Closer> file(path == "-" ? stdin : std::fopen(path.c_str(), "rb"));
  if (!file) return fail(ErrorKind::bad_input, std::string("cannot be read: ") + std::strerror(errno), path);
  stix::DocumentValidator validator(options, collector);
  std::vector<std::uint8_t> buffer(1U << 20U);
  while (std::feof(file.get()) == 0 && std::ferror(file.get()) == 0) {
    const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), file.get());
    if (count > 0) validator.feed(BytesView(buffer.data(), count));
  }
  if (std::ferror(file.get()) != 0) return fail(ErrorKind::bad_input, "cannot be read to its end", path);
  return validator.finish();
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string of_many(std::uint64_t number, std::string_view one) {
  return grouped(number) + " " + std::string(one) + (number == 1 ? "" : "s");
}

/// Files hold what they like; a terminal gets it without control characters.
std::string plain(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

void print_kind(const Kind& kind, bool colour) {
  const bool error = kind.severity == Severity::error;
  const char* on = !colour ? "" : error ? "\x1b[31m" : "\x1b[33m";
  const char* off = colour ? "\x1b[0m" : "";
  const std::string code = kind.code != 0 ? " " + std::to_string(kind.code) : "";
  fmt::print("  {}{}{}{} {}\n", on, error ? "error" : "warning", code, off, plain(kind.message));
  std::string places;
  for (const std::string& place : kind.places)
    places += (places.empty() ? "" : ", ") + (place.empty() ? "the object itself" : place);
  if (kind.varied) places += " and the like";
  if (kind.count > kind.places.size()) places += ", … " + of_many(kind.count, "time") + " in all";
  fmt::print("        at {}\n", plain(places));
}

void print_file(const std::string& path, const stix::DocumentVerdict& verdict, const Collector& collector,
                bool valid, bool strict) {
  const bool colour = use_colour();
  std::string what = verdict.is_bundle ? "bundle of " + of_many(verdict.objects, "object")
                                       : of_many(verdict.objects, "object");
  if (verdict.objects_20 > 0) what += ", " + grouped(verdict.objects_20) + " of them STIX 2.0";
  fmt::print("{}: {}\n", plain(path), verdict.readable ? what : "not readable as STIX");
  for (const Severity severity : {Severity::error, Severity::warning})
    for (const Kind& kind : collector.kinds)
      if (kind.severity == severity) print_kind(kind, colour);
  if (collector.left_out > 0)
    fmt::print("  … and {} of other kinds\n", of_many(collector.left_out, "finding"));
  std::string why;
  if (verdict.errors > 0)
    why = of_many(verdict.errors, "error") + " in " + of_many(verdict.invalid_objects, "object");
  if (verdict.warnings > 0) why += (why.empty() ? "" : ", ") + of_many(verdict.warnings, "warning");
  if (why.empty()) why = "nothing to say against it";
  if (!valid && verdict.errors == 0 && strict) why += " (--strict counts those with a code)";
  fmt::print("  {}{}{}: {}\n", colour ? (valid ? "\x1b[32m" : "\x1b[31m") : "", valid ? "VALID" : "INVALID",
             colour ? "\x1b[0m" : "", why);
}

std::vector<std::string> paths_of(const Json& args) {
  std::vector<std::string> out;
  if (const Json* paths = args.find("paths"); paths != nullptr && paths->is_array())
    for (const Json& path : *paths->if_array())
      if (path.is_string()) out.push_back(*path.if_string());
  return out;
}

bool flag_of(const Json& args, std::string_view key) {
  const Json* value = args.find(key);
  return value != nullptr && value->if_bool() != nullptr && *value->if_bool();
}

}  // namespace

Result<ValidateAnswer> validate_files(const Request& request) {
  const bool strict = flag_of(request.args, "strict");
  stix::ValidateOptions options;
  options.interop = flag_of(request.args, "interop");
  ValidateAnswer answer;
  Json::Array files;
  bool all_valid = true;
  bool all_readable = true;
  std::uint64_t objects = 0;
  std::uint64_t errors = 0;
  std::uint64_t warnings = 0;
  for (const std::string& path : paths_of(request.args)) {
    Collector collector(request.json);
    const Result<stix::DocumentVerdict> checked = check_file(path, options, collector);
    Json entry = Json::object({{"file", path}});
    if (!checked) {
      all_valid = all_readable = false;
      if (!request.json) fmt::print(stderr, "parley: {}\n", plain(checked.error().text()));
      entry.set("valid", false);
      entry.set("readable", false);
      entry.set("why", checked.error().message);
      files.push_back(std::move(entry));
      continue;
    }
    const bool valid = checked->errors == 0 && !(strict && checked->coded_warnings > 0);
    all_valid = all_valid && valid;
    all_readable = all_readable && checked->readable;
    objects += checked->objects;
    errors += checked->errors;
    warnings += checked->warnings;
    if (!request.json) print_file(path, *checked, collector, valid, strict);
    entry.set("valid", valid);
    entry.set("readable", checked->readable);
    entry.set("objects", checked->objects);
    entry.set("invalid_objects", checked->invalid_objects);
    entry.set("stix_20_objects", checked->objects_20);
    entry.set("errors", checked->errors);
    entry.set("warnings", checked->warnings);
    entry.set("findings", Json(std::move(collector.findings)));
    entry.set("findings_left_out", collector.left_out);
    files.push_back(std::move(entry));
  }
  answer.json =
      Json::object({{"valid", all_valid}, {"objects", objects}, {"errors", errors}, {"warnings", warnings}});
  answer.json.set("files", Json(std::move(files)));
  answer.exit = !all_readable ? 3 : all_valid ? 0 : 1;
  return answer;
}

}  // namespace parley::app
