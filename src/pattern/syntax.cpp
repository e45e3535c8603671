#include "pattern/syntax.hpp"

#include <algorithm>

#include "pattern/lexer.hpp"

namespace parley::pattern {
namespace {

/// How tightly a node binds; an operand that binds no tighter than its parent needs parentheses.
int binding(NodeKind kind) {
  switch (kind) {
    case NodeKind::followed_by:
      return 0;
    case NodeKind::observation_or:
    case NodeKind::comparison_or:
      return 1;
    case NodeKind::observation_and:
    case NodeKind::comparison_and:
      return 2;
    case NodeKind::within:
    case NodeKind::repeats:
    case NodeKind::start_stop:
      return 3;
    case NodeKind::observation:
    case NodeKind::comparison:
      return 4;
  }
  return 4;
}

class Writer {
 public:
  Writer(std::string& out, const Pattern& pattern) : out_(out), pattern_(pattern) {}

  void node(NodeIndex index) {
    const Node& node = pattern_.node(index);
    switch (node.kind) {
      case NodeKind::followed_by:
        return operands(node, " FOLLOWEDBY ");
      case NodeKind::observation_or:
      case NodeKind::comparison_or:
        return operands(node, " OR ");
      case NodeKind::observation_and:
      case NodeKind::comparison_and:
        return operands(node, " AND ");
      case NodeKind::within:
      case NodeKind::repeats:
      case NodeKind::start_stop:
        return qualified(node);
      case NodeKind::observation:
        out_ += '[';
        this->node(node.child);
        out_ += ']';
        return;
      case NodeKind::comparison:
        return comparison(node);
    }
  }

 private:
  void operand(NodeIndex index, bool parentheses) {
    if (parentheses) out_ += '(';
    node(index);
    if (parentheses) out_ += ')';
  }

  void operands(const Node& node, std::string_view word) {
    for (NodeIndex child = node.child; child != no_node; child = pattern_.node(child).next) {
      if (child != node.child) out_ += word;
      operand(child, binding(pattern_.node(child).kind) <= binding(node.kind));
    }
  }

  /// Qualifiers in a row, innermost first. What is in parentheses takes any number of them; a kind that comes
  /// twice without being marked `again` had parentheses before it.
  void qualified(const Node& outermost) {
    std::vector<const Node*> chain;
    const Node* inner = &outermost;
    for (; binding(inner->kind) == 3; inner = &pattern_.node(inner->child)) chain.push_back(inner);
    const std::size_t begin = out_.size();
    bool simple = inner->kind == NodeKind::observation;
    operand(chain.back()->child, !simple);
    for (std::size_t i = chain.size(); i-- > 0;) {
      const auto same_kind = [&](const Node* before) { return before->kind == chain[i]->kind; };
      const bool again =
          simple && std::any_of(chain.begin() + static_cast<std::ptrdiff_t>(i) + 1, chain.end(), same_kind);
      if (again && !chain[i]->again) {
        out_.insert(begin, 1, '(');
        out_ += ')';
        simple = false;
      }
      qualifier(*chain[i]);
    }
  }

  void qualifier(const Node& node) {
    const auto constants = pattern_.constants(node);
    out_ += node.kind == NodeKind::within    ? " WITHIN "
            : node.kind == NodeKind::repeats ? " REPEATS "
                                             : " START ";
    constant(constants[0]);
    if (node.kind == NodeKind::within) out_ += " SECONDS";
    if (node.kind == NodeKind::repeats) out_ += " TIMES";
    if (node.kind == NodeKind::start_stop) {
      out_ += " STOP ";
      constant(constants[1]);
    }
  }

  void comparison(const Node& node) {
    if (node.operation == Operator::exists) {
      out_ += node.negated ? "NOT EXISTS " : "EXISTS ";
      return append_path(out_, pattern_, pattern_.path(node));
    }
    append_path(out_, pattern_, pattern_.path(node));
    out_ += node.negated ? " NOT " : " ";
    out_ += operator_text(node.operation);
    out_ += ' ';
    const bool set = node.operation == Operator::in;
    if (set) out_ += '(';
    bool first = true;
    for (const Constant& one : pattern_.constants(node)) {
      if (!first) out_ += ", ";
      first = false;
      constant(one);
    }
    if (set) out_ += ')';
  }

  void constant(const Constant& constant) {
    switch (constant.kind) {
      case ConstantKind::integer:
      case ConstantKind::decimal:
      case ConstantKind::boolean:
        out_ += constant.text;
        return;
      case ConstantKind::text:
        break;
      case ConstantKind::binary:
        out_ += 'b';
        break;
      case ConstantKind::hex:
        out_ += 'h';
        break;
      case ConstantKind::timestamp:
        out_ += 't';
        break;
    }
    out_ += '\'';
    out_ += constant.text;
    out_ += '\'';
  }

  std::string& out_;
  const Pattern& pattern_;
};

bool same_path(const Pattern& a, const Path& path_a, const Pattern& b, const Path& path_b) {
  return path_a.object_type == path_b.object_type &&
         std::ranges::equal(a.steps(path_a), b.steps(path_b), [](const Step& x, const Step& y) {
           return x.kind == y.kind && (x.kind == Step::Kind::every || x.text == y.text);
         });
}

bool same_node(const Pattern& a, NodeIndex index_a, const Pattern& b, NodeIndex index_b) {
  const Node& x = a.node(index_a);
  const Node& y = b.node(index_b);
  if (x.kind != y.kind || x.operation != y.operation || x.negated != y.negated || x.again != y.again)
    return false;
  if (!std::ranges::equal(a.constants(x), b.constants(y), [](const Constant& left, const Constant& right) {
        return left.kind == right.kind && left.text == right.text;
      }))
    return false;
  if (x.kind == NodeKind::comparison) return same_path(a, a.path(x), b, b.path(y));
  NodeIndex left = x.child;
  NodeIndex right = y.child;
  while (left != no_node && right != no_node) {
    if (!same_node(a, left, b, right)) return false;
    left = a.node(left).next;
    right = b.node(right).next;
  }
  return left == right;
}

}  // namespace

std::string_view operator_text(Operator operation) {
  switch (operation) {
    case Operator::none:
      return "";
    case Operator::equal:
      return "=";
    case Operator::unequal:
      return "!=";
    case Operator::less:
      return "<";
    case Operator::less_or_equal:
      return "<=";
    case Operator::greater:
      return ">";
    case Operator::greater_or_equal:
      return ">=";
    case Operator::in:
      return "IN";
    case Operator::like:
      return "LIKE";
    case Operator::matches:
      return "MATCHES";
    case Operator::is_subset:
      return "ISSUBSET";
    case Operator::is_superset:
      return "ISSUPERSET";
    case Operator::exists:
      return "EXISTS";
  }
  return "";
}

std::string text_value(std::string_view text, bool has_escape) {
  if (!has_escape) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') ++i;
    out += text[i];
  }
  return out;
}

void append_path(std::string& out, const Pattern& pattern, const Path& path) {
  out += path.object_type;
  char before = ':';
  for (const Step& step : pattern.steps(path)) {
    if (step.kind != Step::Kind::key) {
      out += '[';
      out += step.kind == Step::Kind::every ? std::string_view("*") : step.text;
      out += ']';
      continue;
    }
    out += before;
    before = '.';
    const bool plain = is_plain_name(step.text);
    if (!plain) out += '\'';
    out += step.text;
    if (!plain) out += '\'';
  }
}

std::string write_pattern(const Pattern& pattern) {
  std::string out;
  if (pattern.root() != no_node) Writer(out, pattern).node(pattern.root());
  return out;
}

bool same_pattern(const Pattern& a, const Pattern& b) {
  if (a.root() == no_node || b.root() == no_node) return a.root() == b.root();
  return same_node(a, a.root(), b, b.root());
}

}  // namespace parley::pattern
