#include "intel/pattern.hpp"

#include <optional>
#include <utility>

#include "pattern/parser.hpp"

namespace parley::intel {
namespace {

using pattern::Node;
using pattern::NodeKind;
using pattern::Operator;

/// Why a node is more than equality, or nothing.
std::string_view beyond_equality(const Node& node) {
  switch (node.kind) {
    case NodeKind::followed_by:
      return "FOLLOWEDBY";
    case NodeKind::within:
    case NodeKind::repeats:
    case NodeKind::start_stop:
      return "a qualifier (WITHIN, REPEATS or START)";
    case NodeKind::comparison:
      if (node.operation == Operator::exists) return "EXISTS";
      if (node.negated) return "NOT";
      if (node.operation != Operator::equal && node.operation != Operator::in)
        return pattern::operator_text(node.operation);
      return {};
    default:
      return {};
  }
}

}  // namespace

PatternReading read_pattern(std::string_view text, const PatternLimits& limits) {
  PatternReading reading;
  pattern::Pattern parsed;
  if (std::optional<pattern::Fault> fault = pattern::parse_pattern(
          text, parsed, {.max_bytes = limits.max_bytes, .max_depth = limits.max_depth})) {
    reading.why = std::move(fault->why);
    reading.offset = fault->offset;
    return reading;
  }
  reading.kind = PatternKind::atomic;
  std::size_t values = 0;
  for (const Node& node : parsed.nodes()) {
    if (const std::string_view why = beyond_equality(node); !why.empty()) {
      reading.kind = PatternKind::not_atomic;
      reading.why = why;
      reading.offset = node.offset;
      reading.equalities.clear();
      return reading;
    }
    if (node.kind != NodeKind::comparison) continue;
    values += node.constant_count;
    if (values > limits.max_comparisons) {
      reading.kind = PatternKind::syntax_error;
      reading.why = "too many values";
      reading.offset = node.offset;
      reading.equalities.clear();
      return reading;
    }
    for (const pattern::Constant& constant : parsed.constants(node))
      reading.equalities.push_back({pattern::path_text(parsed, parsed.path(node)), text_value(constant)});
  }
  return reading;
}

}  // namespace parley::intel
