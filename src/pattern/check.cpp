#include "pattern/check.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/ascii.hpp"
#include "pattern/moment.hpp"
#include "pattern/network.hpp"
#include "pattern/text_match.hpp"

namespace parley::pattern {
namespace {

using Kind = Finding::Kind;

struct HashForm {
  std::string_view name;  ///< in capitals, without hyphens
  std::array<std::size_t, 6> digits;
};

constexpr HashForm hash_forms[] = {
    {"MD5", {32}},        {"MD6", {32, 40, 56, 64, 96, 128}},
    {"RIPEMD160", {40}},  {"SHA1", {40}},
    {"SHA224", {56}},     {"SHA256", {64}},
    {"SHA384", {96}},     {"SHA512", {128}},
    {"SHA3224", {56}},    {"SHA3256", {64}},
    {"SHA3384", {96}},    {"SHA3512", {128}},
    {"WHIRLPOOL", {128}},
};

/// "'SHA-256'" -> "SHA256".
std::string plain_algorithm(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (c != '-') out += to_upper(c);
  return out;
}

bool is_hash(const HashForm& form, std::string_view text) {
  return std::ranges::find(form.digits, text.size()) != form.digits.end() && !text.empty() &&
         std::ranges::all_of(text, [](char c) { return hex_digit(c) >= 0; });
}

bool is_ssdeep(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, [](char c) {
    return is_alnum(c) || c == '/' || c == '+' || c == ':' || c == '.';
  });
}

bool is_number(ConstantKind kind) {
  return kind == ConstantKind::integer || kind == ConstantKind::decimal;
}

class Checker {
 public:
  Checker(const Pattern& pattern, std::size_t max_findings)
      : pattern_(pattern), max_findings_(max_findings) {}

  std::vector<Finding> run() {
    for (const Node& node : pattern_.nodes()) {
      for (const Constant& constant : pattern_.constants(node)) day(constant);
      if (node.again)
        findings_.push_back(
            {.kind = Kind::qualifier_again,
             .weight = Finding::Weight::invalid,
             .offset = node.offset,
             .why = "a second qualifier of this kind: put what stands before it into parentheses"});
      switch (node.kind) {
        case NodeKind::within:
        case NodeKind::repeats:
          amount(node);
          break;
        case NodeKind::start_stop:
          span(node);
          break;
        case NodeKind::comparison_and:
          types(node);
          break;
        case NodeKind::comparison:
          comparison(node);
          break;
        default:
          break;
      }
    }
    std::ranges::sort(findings_, [](const Finding& a, const Finding& b) {
      return std::pair(a.offset, a.kind) < std::pair(b.offset, b.kind);
    });
    if (findings_.size() > max_findings_) findings_.resize(max_findings_);
    return std::move(findings_);
  }

 private:
  void unusable(Kind kind, std::size_t offset, std::string why) {
    findings_.push_back(
        {.kind = kind, .weight = Finding::Weight::unusable, .offset = offset, .why = std::move(why)});
  }
  void doubtful(Kind kind, std::size_t offset, std::string why) {
    findings_.push_back(
        {.kind = kind, .weight = Finding::Weight::doubtful, .offset = offset, .why = std::move(why)});
  }

  void day(const Constant& constant) {
    if (constant.kind == ConstantKind::timestamp && !is_day_of_calendar(constant.text))
      doubtful(Kind::no_such_day, constant.offset,
               "the month has no such day: counted on into the next month");
  }

  void amount(const Node& node) {
    const Constant& constant = pattern_.constants(node)[0];
    if (parse_seconds(constant.text) == Moment{})
      unusable(Kind::zero_amount, constant.offset,
               node.kind == NodeKind::within ? "WITHIN must be longer than 0 SECONDS"
                                             : "REPEATS must be at least 1 TIMES");
  }

  void span(const Node& node) {
    const auto constants = pattern_.constants(node);
    std::optional<Moment> ends[2];
    for (std::size_t i = 0; i < 2; ++i) {
      ends[i] = parse_moment(text_value(constants[i]));
      if (!ends[i])
        unusable(Kind::time_text, constants[i].offset, "no timestamp: write 2024-01-31T12:30:00Z");
    }
    if (ends[0] && ends[1] && *ends[0] >= *ends[1])
      doubtful(Kind::empty_span, constants[0].offset, "STOP is not after START: nothing can match");
  }

  /// STIX 2.1 section 9.5: operands of AND must be satisfiable with the same object.
  void types(const Node& node) {
    std::string_view type;
    for (NodeIndex child = node.child; child != no_node; child = pattern_.node(child).next) {
      const Node& operand = pattern_.node(child);
      if (operand.kind != NodeKind::comparison) continue;
      const Path& path = pattern_.path(operand);
      if (type.empty()) type = path.object_type;
      if (path.object_type == type) continue;
      doubtful(Kind::several_types, path.offset,
               "AND inside of one observation joins " + std::string(type) + " with " +
                   std::string(path.object_type) +
                   ": no object is both, so nothing can match; write [ … ] AND [ … ]");
      return;
    }
  }

  void comparison(const Node& node) {
    const Path& path = pattern_.path(node);
    for (const Step& step : pattern_.steps(path))
      if (step.kind == Step::Kind::index && step.text.front() == '-')
        doubtful(Kind::negative_index, path.offset, "no list has a negative index: nothing can match");
    const auto constants = pattern_.constants(node);
    switch (node.operation) {
      case Operator::in:
        for (const Constant& constant : constants)
          if (constant.kind != constants[0].kind &&
              !(is_number(constant.kind) && is_number(constants[0].kind))) {
            unusable(Kind::mixed_set, constant.offset, "the constants of one IN must be of one kind");
            break;
          }
        break;
      case Operator::matches:
        if (const auto regex = Regex::compile(text_value(constants[0])); !regex)
          unusable(Kind::regex, constants[0].offset, regex.error().message);
        break;
      case Operator::is_subset:
      case Operator::is_superset:
        if (!parse_network(text_value(constants[0])))
          unusable(Kind::network, constants[0].offset,
                   "no address and no network: write 192.0.2.0/24 or 2001:db8::/32");
        break;
      default:
        break;
    }
    hashes(node);
  }

  /// What OASIS's validator asks of paths through `hashes` that end in the name of an algorithm.
  void hashes(const Node& node) {
    if (node.operation != Operator::equal && node.operation != Operator::unequal &&
        node.operation != Operator::in)
      return;
    const auto steps = pattern_.steps(pattern_.path(node));
    if (std::ranges::none_of(steps,
                             [](const Step& s) { return s.kind == Step::Kind::key && s.text == "hashes"; }))
      return;
    if (steps.back().kind != Step::Kind::key) return;
    const std::string algorithm = plain_algorithm(steps.back().text);
    for (const Constant& constant : pattern_.constants(node)) {
      const auto form = std::ranges::find(hash_forms, algorithm, &HashForm::name);
      const bool known = form != std::end(hash_forms);
      if (known ? is_hash(*form, constant.text) : algorithm != "SSDEEP" || is_ssdeep(constant.text)) continue;
      findings_.push_back({.kind = Kind::hash_form,
                           .weight = Finding::Weight::invalid,
                           .offset = constant.offset,
                           .why = "no hash of the algorithm " + std::string(steps.back().text)});
    }
  }

  const Pattern& pattern_;
  std::size_t max_findings_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_pattern(const Pattern& pattern, std::size_t max_findings) {
  return Checker(pattern, max_findings).run();
}

}  // namespace parley::pattern
