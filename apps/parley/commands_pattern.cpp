#include "commands_pattern.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "base/ascii.hpp"
#include "files.hpp"
#include "pattern/check.hpp"
#include "pattern/matcher.hpp"
#include "pattern/parser.hpp"

namespace parley::app {

namespace {

/// Of the data that a pattern is matched against, and of a file of patterns.
constexpr std::size_t max_file_bytes = 256U << 20U;

Result<pattern::ParseOptions> parse_options(const Args& args) {
  pattern::ParseOptions options;
  const std::string version = args.text_or("stix", "");
  if (version == "2.0")
    options.dialect = pattern::Dialect::stix20;
  else if (version == "2.1")
    options.dialect = pattern::Dialect::stix21;
  else if (!version.empty())
    return fail(ErrorKind::usage, "--stix is 2.0 or 2.1 (default: both)");
  return options;
}

std::string_view weight_name(pattern::Finding::Weight weight) {
  switch (weight) {
    case pattern::Finding::Weight::invalid:
      return "invalid";
    case pattern::Finding::Weight::unusable:
      return "unusable";
    case pattern::Finding::Weight::doubtful:
      return "doubtful";
  }
  return "";
}

Json finding_json(std::string_view weight, std::size_t offset, const std::string& why) {
  return Json::object({{"weight", weight}, {"byte", offset}, {"why", why}});
}

/// What is wrong with one pattern; `usable` is whether it can be matched.
Json check_one(const std::string& text, const pattern::ParseOptions& options, bool& usable) {
  pattern::Pattern parsed;
  Json findings = Json::array();
  usable = true;
  Json out = Json::object({{"pattern", text}});
  if (const auto fault = pattern::parse_pattern(text, parsed, options)) {
    usable = false;
    findings.push_back(finding_json("invalid", fault->offset, fault->why));
  } else {
    for (const pattern::Finding& finding : pattern::check_pattern(parsed)) {
      usable = usable && finding.weight == pattern::Finding::Weight::doubtful;
      findings.push_back(finding_json(weight_name(finding.weight), finding.offset, finding.why));
    }
    out.set("written", pattern::write_pattern(parsed));
  }
  out.set("ok", usable);
  out.set("findings", std::move(findings));
  return out;
}

}  // namespace

Result<Answer> check_patterns(const Json& arguments) {
  const Args args(arguments);
  PARLEY_TRY(const pattern::ParseOptions options, parse_options(args));
  std::vector<std::string> patterns = args.list("patterns");
  if (args.has("file")) {
    PARLEY_TRY(const std::string text, read_file(args.text_or("file", ""), max_file_bytes));
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      const std::string_view line = trim(std::string_view(text).substr(begin, end - begin));
      if (!line.empty() && line.front() != '#') patterns.emplace_back(line);
      begin = end + 1;
    }
  }
  if (patterns.empty()) return fail(ErrorKind::usage, "name a pattern, or a file of patterns with --file");
  Json list = Json::array();
  std::size_t wrong = 0;
  for (const std::string& text : patterns) {
    bool usable = true;
    list.push_back(check_one(std::string(trim(text)), options, usable));
    if (!usable) ++wrong;
  }
  Json output = Json::object({{"checked", patterns.size()}, {"wrong", wrong}, {"patterns", std::move(list)}});
  return Answer{std::move(output), wrong > 0 ? exit_code(ErrorKind::bad_input) : 0};
}

Result<Answer> match_pattern(const Json& arguments) {
  const Args args(arguments);
  PARLEY_TRY(const pattern::ParseOptions options, parse_options(args));
  PARLEY_TRY(const std::string text, args.text("pattern"));
  PARLEY_TRY(const pattern::Pattern parsed, pattern::parse_pattern(text, options));
  PARLEY_TRY(const pattern::Matcher matcher, pattern::Matcher::compile(parsed));
  PARLEY_TRY(const std::string file, args.text("data"));
  PARLEY_TRY(const std::string bytes, read_file(file, max_file_bytes));
  PARLEY_TRY(const Json data, encoding::parse_json(bytes, {.max_bytes = max_file_bytes}));
  PARLEY_TRY(const pattern::Observations observations, pattern::Observations::read(data));
  PARLEY_TRY(const pattern::Match match, matcher.match(observations));
  Json bound = Json::array();
  for (const std::size_t index : match.observations)
    bound.push_back(Json::object({{"index", index}, {"id", observations[index].id}}));
  Json output = Json::object(
      {{"match", match.found}, {"observations", observations.size()}, {"bound", std::move(bound)}});
  return Answer{std::move(output), match.found ? 0 : 1};
}

}  // namespace parley::app
