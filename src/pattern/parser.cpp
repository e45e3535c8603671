#include "pattern/parser.hpp"

#include <utility>

#include "encoding/json_text.hpp"
#include "pattern/lexer.hpp"

namespace parley::pattern {
namespace {

/// On one group; bounds how high the tree can get, together with the depth of parentheses.
constexpr std::size_t max_qualifiers = 16;

}  // namespace

/// Recursive descent, one function a rule of the grammar. `no_node` or false means that `fault_` is set.
class Parser {
 public:
  Parser(std::string_view text, Pattern& out, const ParseOptions& options)
      : lexer_(text), out_(out), options_(options) {
    out_.nodes_.clear();
    out_.paths_.clear();
    out_.steps_.clear();
    out_.constants_.clear();
    out_.root_ = no_node;
    out_.nodes_.reserve(4);  // most patterns are one comparison
    out_.steps_.reserve(4);
  }

  std::optional<Fault> run() {
    const NodeIndex root = followed_by();
    if (root == no_node || (token().kind != Kind::end && !expected("an operator or the end"))) return fault_;
    out_.root_ = root;
    return std::nullopt;
  }

 private:
  using Kind = Token::Kind;

  const Token& token() const { return lexer_.peek(); }
  bool is_word(std::string_view word) const { return token().kind == Kind::word && token().text == word; }
  bool take_word(std::string_view word) {
    if (!is_word(word)) return false;
    lexer_.advance();
    return true;
  }
  bool take(Kind kind) {
    if (token().kind != kind) return false;
    lexer_.advance();
    return true;
  }

  bool fail_at(std::size_t offset, std::string why) {
    if (!fault_) fault_ = Fault{offset, std::move(why)};
    return false;
  }
  /// The token is not what the grammar wants there.
  bool expected(std::string_view what) {
    if (token().kind == Kind::error) return fail_at(token().offset, token().why);
    return fail_at(token().offset, "expected " + std::string(what));
  }
  bool too_many_parts() {
    if (out_.nodes_.size() + out_.steps_.size() + out_.constants_.size() < options_.max_parts) return false;
    fail_at(token().offset,
            "more than " + std::to_string(options_.max_parts) + " parts: split the pattern into several");
    return true;
  }

  NodeIndex add(const Node& node) {
    if (too_many_parts()) return no_node;
    out_.nodes_.push_back(node);
    return static_cast<NodeIndex>(out_.nodes_.size() - 1);
  }

  /// operand (word operand)*, as one node when there are several.
  NodeIndex chain(NodeKind kind, std::string_view word, NodeIndex (Parser::*operand)()) {
    const NodeIndex first = (this->*operand)();
    if (first == no_node || !is_word(word)) return first;
    NodeIndex last = first;
    while (take_word(word)) {
      const NodeIndex next = (this->*operand)();
      if (next == no_node) return no_node;
      out_.nodes_[last].next = next;
      last = next;
    }
    return add({.kind = kind, .offset = out_.nodes_[first].offset, .child = first});
  }
  NodeIndex followed_by() { return chain(NodeKind::followed_by, "FOLLOWEDBY", &Parser::observation_or); }
  NodeIndex observation_or() { return chain(NodeKind::observation_or, "OR", &Parser::observation_and); }
  NodeIndex observation_and() { return chain(NodeKind::observation_and, "AND", &Parser::qualified); }
  NodeIndex comparison_or() { return chain(NodeKind::comparison_or, "OR", &Parser::comparison_and); }
  NodeIndex comparison_and() { return chain(NodeKind::comparison_and, "AND", &Parser::proposition); }

  bool open() {
    if (++depth_ <= options_.max_depth) return true;
    return fail_at(token().offset,
                   "parentheses nested deeper than " + std::to_string(options_.max_depth) + ": flatten them");
  }

  /// ( "[" comparison "]" | "(" observations ")" ) qualifier*
  NodeIndex qualified() {
    const std::uint32_t offset = token().offset;
    NodeIndex index = no_node;
    bool simple = false;
    if (take(Kind::left_bracket)) {
      simple = true;
      const NodeIndex inner = comparison_or();
      if (inner == no_node) return no_node;
      if (!take(Kind::right_bracket)) return expected("AND, OR or ]"), no_node;
      index = add({.kind = NodeKind::observation, .offset = offset, .child = inner});
    } else if (take(Kind::left_parenthesis)) {
      if (!open()) return no_node;
      index = followed_by();
      if (index == no_node) return no_node;
      if (!take(Kind::right_parenthesis)) return expected("AND, OR, FOLLOWEDBY or )"), no_node;
      --depth_;
    } else {
      expected("[ or (");
    }
    bool seen[3] = {};
    std::size_t qualifiers = 0;
    while (index != no_node && token().kind == Kind::word) {
      NodeKind kind = NodeKind::within;
      if (is_word("REPEATS"))
        kind = NodeKind::repeats;
      else if (is_word("START"))
        kind = NodeKind::start_stop;
      else if (!is_word("WITHIN"))
        break;
      bool& again = seen[static_cast<std::size_t>(kind) - static_cast<std::size_t>(NodeKind::within)];
      const bool repeated = again && simple;
      again = true;
      if (++qualifiers > max_qualifiers)
        return fail_at(token().offset, "more qualifiers in a row than any pattern needs"), no_node;
      index = qualifier(kind, index, repeated);
    }
    return index;
  }

  NodeIndex qualifier(NodeKind kind, NodeIndex child, bool again) {
    Node node{.kind = kind,
              .again = again,
              .offset = token().offset,
              .child = child,
              .first_constant = static_cast<std::uint32_t>(out_.constants_.size())};
    lexer_.advance();
    bool right = false;
    if (kind == NodeKind::start_stop)
      right = time() && (take_word("STOP") || expected("STOP")) && time();
    else if (kind == NodeKind::within)
      right = amount(true) && (take_word("SECONDS") || expected("SECONDS"));
    else
      right = amount(false) && (take_word("TIMES") || expected("TIMES"));
    if (!right) return no_node;
    node.constant_count = static_cast<std::uint32_t>(out_.constants_.size()) - node.first_constant;
    return add(node);
  }

  bool time() {
    const bool as_20 = token().kind == Kind::text && options_.dialect != Dialect::stix21;
    const bool as_21 = token().kind == Kind::time;
    if (!as_20 && !as_21) return expected("a timestamp t'…'");
    return constant();
  }

  bool amount(bool decimal_too) {
    const bool number = token().kind == Kind::integer || (decimal_too && token().kind == Kind::decimal);
    if (!number || token().text.front() == '-')
      return expected(decimal_too ? "a positive number" : "a positive whole number");
    return constant();
  }

  /// One comparison, or a comparison expression in parentheses.
  NodeIndex proposition() {
    if (take(Kind::left_parenthesis)) {
      if (!open()) return no_node;
      const NodeIndex inner = comparison_or();
      if (inner == no_node) return no_node;
      if (!take(Kind::right_parenthesis)) return expected("AND, OR or )"), no_node;
      --depth_;
      return inner;
    }
    Node node{.kind = NodeKind::comparison, .offset = token().offset};
    const bool not_exists = options_.dialect == Dialect::any && take_word("NOT");
    if (options_.dialect != Dialect::stix20 && take_word("EXISTS")) {
      node.operation = Operator::exists;
      node.negated = not_exists;
      return path(node) ? add(node) : no_node;
    }
    if (not_exists) return expected("EXISTS: elsewhere NOT stands behind the path"), no_node;
    if (!path(node)) return no_node;
    node.negated = take_word("NOT");
    node.first_constant = static_cast<std::uint32_t>(out_.constants_.size());
    if (!operation(node)) return no_node;
    node.constant_count = static_cast<std::uint32_t>(out_.constants_.size()) - node.first_constant;
    return add(node);
  }

  static Operator operator_of(const Token& token) {
    switch (token.kind) {
      case Kind::equal:
        return Operator::equal;
      case Kind::unequal:
        return Operator::unequal;
      case Kind::less:
        return Operator::less;
      case Kind::less_or_equal:
        return Operator::less_or_equal;
      case Kind::greater:
        return Operator::greater;
      case Kind::greater_or_equal:
        return Operator::greater_or_equal;
      case Kind::word:
        for (const Operator word :
             {Operator::in, Operator::like, Operator::matches, Operator::is_subset, Operator::is_superset})
          if (token.text == operator_text(word)) return word;
        return Operator::none;
      default:
        return Operator::none;
    }
  }

  bool operation(Node& node) {
    node.operation = operator_of(token());
    if (node.operation == Operator::none)
      return expected("a comparison operator (=, !=, <, <=, >, >=, IN, LIKE, MATCHES, ISSUBSET, ISSUPERSET)");
    lexer_.advance();
    switch (node.operation) {
      case Operator::equal:
      case Operator::unequal:
        return constant();
      case Operator::in:
        return set();
      case Operator::like:
      case Operator::matches:
      case Operator::is_subset:
      case Operator::is_superset:
        return token().kind == Kind::text ? constant() : expected("a string in single quotes");
      default:
        if (token().kind == Kind::word && (token().text == "true" || token().text == "false"))
          return expected("a constant that has an order");
        return constant();
    }
  }

  bool set() {
    if (!take(Kind::left_parenthesis)) return expected("( and a list of constants");
    if (take(Kind::right_parenthesis)) return true;
    do {
      if (!constant()) return false;
    } while (take(Kind::comma));
    return take(Kind::right_parenthesis) || expected(", or )");
  }

  bool constant() {
    ConstantKind kind = ConstantKind::text;
    switch (token().kind) {
      case Kind::text:
        break;
      case Kind::integer:
        kind = ConstantKind::integer;
        break;
      case Kind::decimal:
        kind = ConstantKind::decimal;
        break;
      case Kind::hex:
        kind = ConstantKind::hex;
        break;
      case Kind::binary:
        kind = ConstantKind::binary;
        break;
      case Kind::time:
        kind = ConstantKind::timestamp;
        break;
      case Kind::word:
        if (token().text == "true" || token().text == "false") {
          kind = ConstantKind::boolean;
          break;
        }
        return expected("a constant: strings stand in single quotes");
      default:
        return expected("a constant");
    }
    if (too_many_parts()) return false;
    out_.constants_.push_back({.kind = kind,
                               .has_escape = token().kind == Kind::text && token().has_escape,
                               .offset = token().offset,
                               .text = token().text});
    lexer_.advance();
    return true;
  }

  /// type ":" name ( "." name | "[" (integer | "*") "]" )*
  bool path(Node& node) {
    if (token().kind != Kind::word || is_keyword(token().text))
      return expected("an object path (type:property)");
    Path path{.object_type = token().text,
              .first_step = static_cast<std::uint32_t>(out_.steps_.size()),
              .offset = token().offset};
    lexer_.advance();
    if (!take(Kind::colon)) return expected("a colon behind the object type");
    if (!name()) return false;
    for (;;) {
      if (take(Kind::dot)) {
        if (!name()) return false;
      } else if (take(Kind::left_bracket)) {
        const bool every = token().kind == Kind::star;
        if (!every && token().kind != Kind::integer) return expected("an index or *");
        if (!step({.kind = every ? Step::Kind::every : Step::Kind::index, .text = token().text}))
          return false;
        if (!take(Kind::right_bracket)) return expected("]");
      } else {
        break;
      }
    }
    path.step_count = static_cast<std::uint32_t>(out_.steps_.size()) - path.first_step;
    node.path = static_cast<std::uint32_t>(out_.paths_.size());
    out_.paths_.push_back(path);
    return true;
  }

  bool name() {
    if (token().kind == Kind::word) {
      if (token().has_hyphen || is_keyword(token().text))
        return expected("single quotes around this name: it has a hyphen or is a keyword");
      return step({.kind = Step::Kind::key, .text = token().text});
    }
    if (token().kind == Kind::text)
      return step({.kind = Step::Kind::key, .has_escape = token().has_escape, .text = token().text});
    return expected("a property name");
  }

  bool step(const Step& step) {
    if (too_many_parts()) return false;
    out_.steps_.push_back(step);
    lexer_.advance();
    return true;
  }

  Lexer lexer_;
  Pattern& out_;
  const ParseOptions& options_;
  std::optional<Fault> fault_;
  std::size_t depth_ = 0;
};

std::optional<Fault> parse_pattern(std::string_view text, Pattern& out, const ParseOptions& options) {
  if (text.size() > options.max_bytes || text.size() > 0xFFFF'FFFE)
    return Fault{
        0, "longer than " + std::to_string(options.max_bytes) + " bytes: split the pattern into several"};
  if (!encoding::is_utf8(text)) return Fault{0, "no UTF-8"};
  return Parser(text, out, options).run();
}

Result<Pattern> parse_pattern(std::string_view text, const ParseOptions& options) {
  Pattern out;
  if (std::optional<Fault> fault = parse_pattern(text, out, options))
    return fail(ErrorKind::bad_input, std::move(fault->why), "byte " + std::to_string(fault->offset));
  return out;
}

}  // namespace parley::pattern
