#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "encoding/json_text.hpp"
#include "misp/value.hpp"

namespace parley::misp {
namespace {

/// Objects with at most this many members are checked for duplicates pair by pair, larger ones by sorting.
constexpr std::size_t pairwise_members = 24;

/// What ends a run of plain characters in a string.
constexpr std::array<bool, 256> ends_run = [] {
  std::array<bool, 256> ends{};
  for (std::size_t c = 0; c < 0x20; ++c) ends[c] = true;
  ends['"'] = ends['\\'] = true;
  return ends;
}();

/// The grammar of RFC 8259, one function a rule. The text is known to be UTF-8.
class Parser {
 public:
  Parser(std::string_view text, const ValueLimits& limits) : text_(text), limits_(limits) {}

  Result<Value> document() {
    skip_space();
    PARLEY_TRY(Value value, this->value(0));
    skip_space();
    if (at_ != text_.size()) return here("more text behind the value");
    return value;
  }

 private:
  std::unexpected<Error> here(std::string why) const {
    return fail(ErrorKind::bad_input, std::move(why), "byte " + std::to_string(at_));
  }
  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_space() {
    while (!at_end() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
      ++at_;
  }
  bool word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  Result<Value> value(std::size_t depth) {
    if (++values_ > limits_.max_values)
      return here("more than " + std::to_string(limits_.max_values) + " values");
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"': {
        PARLEY_TRY(std::string text, string());
        return Value(std::move(text));
      }
      case 't':
        if (word("true")) return Value(true);
        break;
      case 'f':
        if (word("false")) return Value(false);
        break;
      case 'n':
        if (word("null")) return Value(nullptr);
        break;
      default:
        return number();
    }
    return here("no JSON value");
  }

  Result<Value> array(std::size_t depth) {
    if (depth >= limits_.max_depth) return here("nested too deeply");
    ++at_;
    Value::Array elements;
    skip_space();
    if (take(']')) return Value(std::move(elements));
    while (true) {
      PARLEY_TRY(Value element, value(depth + 1));
      elements.push_back(std::move(element));
      skip_space();
      if (take(']')) return Value(std::move(elements));
      if (!take(',')) return here("expected a comma or the end of the list");
      skip_space();
    }
  }

  Result<Value> object(std::size_t depth) {
    if (depth >= limits_.max_depth) return here("nested too deeply");
    ++at_;
    Value::Object members;
    skip_space();
    if (take('}')) return Value(std::move(members));
    members.reserve(8);
    while (true) {
      if (peek() != '"') return here("expected a member name in quotes");
      PARLEY_TRY(std::string name, string());
      skip_space();
      if (!take(':')) return here("expected a colon after the member name");
      skip_space();
      PARLEY_TRY(Value value, this->value(depth + 1));
      members.push_back({std::move(name), std::move(value)});
      skip_space();
      if (take('}')) break;
      if (!take(',')) return here("expected a comma or the end of the object");
      skip_space();
    }
    if (const std::string* const twice = duplicate(members))
      return here("the member name \"" + *twice + "\" is there twice");
    return Value(std::move(members));
  }

  static const std::string* duplicate(const Value::Object& members) {
    if (members.size() <= pairwise_members) {
      for (std::size_t i = 1; i < members.size(); ++i)
        for (std::size_t k = 0; k < i; ++k)
          if (members[i].name == members[k].name) return &members[i].name;
      return nullptr;
    }
    std::vector<const std::string*> names;
    names.reserve(members.size());
    for (const Value::Member& member : members) names.push_back(&member.name);
    std::ranges::sort(names, {}, [](const std::string* name) { return std::string_view(*name); });
    const auto twice =
        std::ranges::adjacent_find(names, [](const auto* a, const auto* b) { return *a == *b; });
    return twice == names.end() ? nullptr : *twice;
  }

  Result<Value> number() {
    const std::size_t begin = at_;
    take('-');
    if (!take('0') && !digits()) return here("no JSON value");
    if (take('.') && !digits()) return here("a digit must follow the point of a number");
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (!take('+')) take('-');
      if (!digits()) return here("a digit must follow the exponent mark of a number");
    }
    return Value(Number{std::string(text_.substr(begin, at_ - begin))});
  }
  bool digits() {
    const std::size_t begin = at_;
    while (!at_end() && is_digit(text_[at_])) ++at_;
    return at_ != begin;
  }

  Result<std::string> string() {
    ++at_;
    std::string out;
    while (true) {
      const std::size_t begin = at_;
      while (!at_end() && !ends_run[static_cast<unsigned char>(text_[at_])]) ++at_;
      if (at_end()) return here("the text ends inside a string");
      out.append(text_, begin, at_ - begin);
      if (take('"')) return out;
      if (!take('\\')) return here("a control character stands in a string");
      PARLEY_CHECK(escape(out));
    }
  }

  Result<void> escape(std::string& out) {
    constexpr std::string_view marks = "\"\\/bfnrt";
    constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
    const char c = peek();
    if (const std::size_t i = marks.find(c); i != std::string_view::npos && !at_end()) {
      ++at_;
      out += meant[i];
      return {};
    }
    if (!take('u')) return here("an escape that JSON does not know");
    PARLEY_TRY(std::uint32_t code, unit());
    if (code >= 0xDC00 && code <= 0xDFFF) return here("a lone surrogate");
    if (code >= 0xD800 && code <= 0xDBFF) {
      if (!word("\\u")) return here("a lone surrogate");
      PARLEY_TRY(const std::uint32_t low, unit());
      if (low < 0xDC00 || low > 0xDFFF) return here("a lone surrogate");
      code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
    }
    append_utf8(out, code);
    return {};
  }

  Result<std::uint32_t> unit() {
    std::uint32_t code = 0;
    for (int i = 0; i < 4; ++i) {
      const int digit = at_end() ? -1 : hex_digit(text_[at_]);
      if (digit < 0) return here("expected four hexadecimal digits");
      code = code * 16 + static_cast<std::uint32_t>(digit);
      ++at_;
    }
    return code;
  }

  static void append_utf8(std::string& out, std::uint32_t code) {
    const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80U | ((code >> shift) & 0x3FU)); };
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0U | (code >> 6U));
      tail(0);
    } else if (code < 0x10000) {
      out += static_cast<char>(0xE0U | (code >> 12U));
      tail(6);
      tail(0);
    } else {
      out += static_cast<char>(0xF0U | (code >> 18U));
      tail(12);
      tail(6);
      tail(0);
    }
  }

  std::string_view text_;
  const ValueLimits& limits_;
  std::size_t at_ = 0;
  std::size_t values_ = 0;
};

}  // namespace

Result<Value> parse_value(std::string_view text, const ValueLimits& limits) {
  if (text.size() > limits.max_bytes)
    return fail(ErrorKind::bad_input, "the JSON text has " + std::to_string(text.size()) +
                                          " bytes, at most " + std::to_string(limits.max_bytes) +
                                          " are read");
  if (!encoding::is_utf8(text)) return fail(ErrorKind::bad_input, "the text is not UTF-8");
  return Parser(text, limits).document();
}

}  // namespace parley::misp
