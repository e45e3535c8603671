#include "intel/pattern.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "intel/pattern_lexer.hpp"

namespace parley::intel {
namespace {

using Kind = PatternToken::Kind;

/// Recursive descent over the grammar; false means that `reading` holds the syntax error. Operators of equal
/// kind need no tree: to know whether a pattern is atomic it is enough that every part is.
class Parser {
 public:
  Parser(std::string_view pattern, const PatternLimits& limits, PatternReading& reading)
      : lexer_(pattern), limits_(limits), reading_(reading) {}

  bool pattern() {
    return observations() && (lexer_.peek().kind == Kind::end || error("an operator or the end"));
  }

 private:
  bool is_word(std::string_view word) const {
    return lexer_.peek().kind == Kind::word && lexer_.peek().text == word;
  }
  bool take_word(std::string_view word) {
    if (!is_word(word)) return false;
    lexer_.next();
    return true;
  }
  bool take(Kind kind) {
    if (lexer_.peek().kind != kind) return false;
    lexer_.next();
    return true;
  }

  bool error(std::string_view expected) {
    const PatternToken& token = lexer_.peek();
    reading_.offset = token.offset;
    reading_.why = token.kind == Kind::error ? token.why : "expected " + std::string(expected);
    return false;
  }
  bool limit(std::string_view what) {
    reading_.offset = lexer_.peek().offset;
    reading_.why = what;
    return false;
  }
  /// The first reason is the one that is told.
  void not_atomic(std::string_view what) {
    if (!reading_.why.empty()) return;
    reading_.why = what;
    reading_.offset = lexer_.peek().offset;
  }

  /// observation ((AND | OR | FOLLOWEDBY) observation)*
  bool observations() {
    if (!observation()) return false;
    for (;;) {
      if (is_word("FOLLOWEDBY"))
        not_atomic("FOLLOWEDBY");
      else if (!is_word("AND") && !is_word("OR"))
        return true;
      lexer_.next();
      if (!observation()) return false;
    }
  }

  /// ( "[" comparisons "]" | "(" observations ")" ) qualifier*
  bool observation() {
    bool simple = false;
    if (take(Kind::left_bracket)) {
      simple = true;
      if (!comparisons()) return false;
      if (!take(Kind::right_bracket)) return error("AND, OR or ]");
    } else if (take(Kind::left_parenthesis)) {
      if (++depth_ > limits_.max_depth) return limit("parentheses nested too deep");
      if (!observations()) return false;
      if (!take(Kind::right_parenthesis)) return error("AND, OR, FOLLOWEDBY or )");
      --depth_;
    } else {
      return error("[ or (");
    }
    return qualifiers(simple);
  }

  /// STIX 2.1 section 9.4.1: each qualifier at most once on one observation.
  bool qualifiers(bool simple) {
    bool within = false;
    bool repeats = false;
    bool start = false;
    for (;;) {
      bool* seen = nullptr;
      if (is_word("WITHIN"))
        seen = &within;
      else if (is_word("REPEATS"))
        seen = &repeats;
      else if (is_word("START"))
        seen = &start;
      else
        return true;
      if (*seen && simple) return error("each qualifier only once");
      *seen = true;
      not_atomic("a qualifier (WITHIN, REPEATS or START)");
      lexer_.next();
      if (seen == &start) {
        if (!time() || !(take_word("STOP") || error("STOP")) || !time()) return false;
      } else if (!amount(seen == &within)) {
        return false;
      } else if (!take_word(seen == &within ? "SECONDS" : "TIMES")) {
        return error(seen == &within ? "SECONDS" : "TIMES");
      }
    }
  }

  /// STIX 2.0 wrote the times of START and STOP as strings too.
  bool time() { return take(Kind::time) || take(Kind::text) || error("a timestamp"); }

  bool amount(bool decimal_too) {
    const PatternToken& token = lexer_.peek();
    const bool number = token.kind == Kind::integer || (decimal_too && token.kind == Kind::decimal);
    if (!number || token.text.front() == '-') return error("a positive number");
    lexer_.next();
    return true;
  }

  bool comparisons() {
    if (!comparison()) return false;
    while (is_word("AND") || is_word("OR")) {
      lexer_.next();
      if (!comparison()) return false;
    }
    return true;
  }

  bool comparison() {
    if (take(Kind::left_parenthesis)) {
      if (++depth_ > limits_.max_depth) return limit("parentheses nested too deep");
      if (!comparisons()) return false;
      if (!take(Kind::right_parenthesis)) return error("AND, OR or )");
      --depth_;
      return true;
    }
    if (is_word("NOT") || is_word("EXISTS")) {
      not_atomic("EXISTS");
      take_word("NOT");
      if (!take_word("EXISTS")) return error("EXISTS");
      return path();
    }
    if (!path()) return false;
    bool negated = false;
    if (take_word("NOT")) {
      negated = true;
      not_atomic("NOT");
    }
    const PatternToken operation = lexer_.next();
    if (operation.kind == Kind::equal) return literal(!negated);
    if (operation.kind == Kind::unequal) {
      not_atomic("!=");
      return literal(false);
    }
    if (operation.kind == Kind::order) {
      not_atomic("an order comparison");
      if (is_word("true") || is_word("false")) return error("a literal that has an order");
      return literal(false);
    }
    if (operation.kind == Kind::word) {
      if (operation.text == "IN") return set(!negated);
      if (operation.text == "LIKE" || operation.text == "MATCHES" || operation.text == "ISSUBSET" ||
          operation.text == "ISSUPERSET") {
        not_atomic(operation.text);
        return take(Kind::text) || error("a string");
      }
    }
    reading_.offset = operation.offset;
    reading_.why = operation.kind == Kind::error ? operation.why : "expected a comparison operator";
    return false;
  }

  /// type ":" name ( "." name | "[" (integer | "*") "]" )*
  bool path() {
    path_.clear();
    if (lexer_.peek().kind != Kind::word) return error("an object path");
    path_ += lexer_.next().text;
    if (!take(Kind::colon)) return error("a colon after the object type");
    path_ += ':';
    if (!name()) return false;
    for (;;) {
      if (take(Kind::dot)) {
        path_ += '.';
        if (!name()) return false;
      } else if (take(Kind::left_bracket)) {
        const PatternToken index = lexer_.peek();
        if (index.kind != Kind::star && index.kind != Kind::integer) return error("an index or *");
        lexer_.next();
        path_ += '[';
        path_ += index.text;
        path_ += ']';
        if (!take(Kind::right_bracket)) return error("]");
      } else {
        return true;
      }
    }
  }

  /// A name of a path: a word without hyphens, or a string. Kept in quotes only where it needs them.
  bool name() {
    const PatternToken& token = lexer_.peek();
    if (token.kind == Kind::word) {
      if (token.text.find('-') != std::string_view::npos) return error("quotes around a name with a hyphen");
      path_ += token.text;
    } else if (token.kind == Kind::text) {
      const bool plain = !token.text.empty() && !is_digit(token.text.front()) &&
                         std::ranges::all_of(token.text, [](char c) { return is_alnum(c) || c == '_'; });
      if (!plain) path_ += '\'';
      path_ += token.text;
      if (!plain) path_ += '\'';
    } else {
      return error("a property name");
    }
    lexer_.next();
    return true;
  }

  bool literal(bool keep) {
    const PatternToken& token = lexer_.peek();
    switch (token.kind) {
      case Kind::text:
        if (keep) reading_.equalities.push_back({path_, pattern_string(token)});
        break;
      case Kind::word:
        if (token.text != "true" && token.text != "false") return error("a literal");
        [[fallthrough]];
      case Kind::integer:
      case Kind::decimal:
      case Kind::hex:
      case Kind::binary:
      case Kind::time:
        if (keep) reading_.equalities.push_back({path_, std::string(token.text)});
        break;
      default:
        return error("a literal");
    }
    if (reading_.equalities.size() > limits_.max_comparisons) return limit("too many values");
    lexer_.next();
    return true;
  }

  bool set(bool keep) {
    if (!take(Kind::left_parenthesis)) return error("( and a list of literals");
    if (take(Kind::right_parenthesis)) return true;
    do {
      if (!literal(keep)) return false;
    } while (take(Kind::comma));
    return take(Kind::right_parenthesis) || error(", or )");
  }

  PatternLexer lexer_;
  const PatternLimits& limits_;
  PatternReading& reading_;
  std::string path_;
  std::size_t depth_ = 0;
};

}  // namespace

PatternReading read_pattern(std::string_view pattern, const PatternLimits& limits) {
  PatternReading reading;
  if (pattern.size() > limits.max_bytes) {
    reading.why = "longer than " + std::to_string(limits.max_bytes) + " bytes";
    return reading;
  }
  const bool parsed = Parser(pattern, limits, reading).pattern();
  if (!parsed)
    reading.kind = PatternKind::syntax_error;
  else
    reading.kind = reading.why.empty() ? PatternKind::atomic : PatternKind::not_atomic;
  if (reading.kind != PatternKind::atomic) reading.equalities.clear();
  return reading;
}

}  // namespace parley::intel
