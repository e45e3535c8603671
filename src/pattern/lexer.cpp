#include "pattern/lexer.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"

namespace parley::pattern {
namespace {

/// Length of the blank at the front of `text`, 0 when there is none.
std::size_t blank_length(std::string_view text) {
  const char c = text.front();
  if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
  if (is_ascii(c)) return 0;
  if (text.starts_with("\xC2\x85") || text.starts_with("\xC2\xA0")) return 2;
  if (text.size() < 3) return 0;
  const std::string_view three = text.substr(0, 3);
  if (three == "\xE1\x9A\x80" || three == "\xE2\x80\xA8" || three == "\xE2\x80\xA9" ||
      three == "\xE2\x80\xAF" || three == "\xE2\x81\x9F" || three == "\xE3\x80\x80")
    return 3;
  const auto third = static_cast<unsigned char>(three[2]);
  if (three.starts_with("\xE2\x80") && third >= 0x80 && third <= 0x8A) return 3;
  return 0;
}

bool two_digits(std::string_view text, int low, int high) {
  if (!is_digit(text[0]) || !is_digit(text[1])) return false;
  const int value = (text[0] - '0') * 10 + (text[1] - '0');
  return value >= low && value <= high;
}

bool is_hex(std::string_view text) {
  return text.size() % 2 == 0 && std::ranges::all_of(text, [](char c) { return hex_digit(c) >= 0; });
}

/// Groups of four, the last one perhaps with padding; at least one group, as the grammar has it.
bool is_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return false;
  std::size_t data = text.size();
  while (data > 0 && text.size() - data < 2 && text[data - 1] == '=') --data;
  return std::ranges::all_of(text.substr(0, data),
                             [](char c) { return is_alnum(c) || c == '+' || c == '/'; });
}

}  // namespace

bool is_timestamp(std::string_view text) {
  if (text.size() < 20 || text.back() != 'Z') return false;
  if (!std::ranges::all_of(text.substr(0, 4), is_digit)) return false;
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') return false;
  if (!two_digits(text.substr(5), 1, 12) || !two_digits(text.substr(8), 1, 31) ||
      !two_digits(text.substr(11), 0, 23) || !two_digits(text.substr(14), 0, 59) ||
      !two_digits(text.substr(17), 0, 60))
    return false;
  const std::string_view fraction = text.substr(19, text.size() - 20);
  if (fraction.empty()) return true;
  return fraction.size() > 1 && fraction.front() == '.' && std::ranges::all_of(fraction.substr(1), is_digit);
}

bool is_keyword(std::string_view word) {
  constexpr std::array<std::string_view, 19> keywords{
      "AND", "OR",    "NOT",  "FOLLOWEDBY", "LIKE", "MATCHES", "ISSUPERSET", "ISSUBSET", "EXISTS", "LAST",
      "IN",  "START", "STOP", "SECONDS",    "true", "false",   "WITHIN",     "REPEATS",  "TIMES"};
  if (word.empty() || !(is_upper(word.front()) || word.front() == 't' || word.front() == 'f')) return false;
  return std::ranges::find(keywords, word) != keywords.end();
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && !is_digit(name.front()) && !is_keyword(name) &&
         std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '_'; });
}

void Lexer::make(Kind kind, std::size_t length) {
  token_.kind = kind;
  token_.offset = static_cast<std::uint32_t>(at_);
  token_.text = text_.substr(at_, length);
  at_ += length;
}

void Lexer::fail(const char* why) {
  token_.kind = Kind::error;
  token_.offset = static_cast<std::uint32_t>(at_);
  token_.text = {};
  token_.why = why;
  at_ = text_.size();
}

void Lexer::skip_blanks() {
  while (at_ < text_.size()) {
    const std::string_view rest = text_.substr(at_);
    if (const std::size_t blank = blank_length(rest); blank > 0) {
      at_ += blank;
    } else if (rest.starts_with("//")) {
      at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
    } else if (const std::size_t end =
                   rest.starts_with("/*") ? text_.find("*/", at_ + 2) : std::string_view::npos;
               end != std::string_view::npos) {
      at_ = end + 2;
    } else {
      return;  // a comment that is not closed too: `/` is no token
    }
  }
}

void Lexer::quoted(Kind kind, std::size_t quote) {
  bool escape = false;
  std::size_t i = quote + 1;
  while (i < text_.size() && text_[i] != '\'') {
    if (text_[i] == '\\') {
      if (kind != Kind::text || i + 1 >= text_.size() || (text_[i + 1] != '\'' && text_[i + 1] != '\\'))
        return fail(R"(in a string only \' and \\ may follow a backslash: write \\ for one backslash)");
      escape = true;
      ++i;
    }
    ++i;
  }
  if (i >= text_.size()) return fail("a quote is not closed");
  const std::string_view value = text_.substr(quote + 1, i - quote - 1);
  if (kind == Kind::time && !is_timestamp(value))
    return fail("no timestamp: write t'2024-01-31T12:30:00Z', with a fraction if there is one");
  if (kind == Kind::hex && !is_hex(value)) return fail("no pairs of hexadecimal digits");
  if (kind == Kind::binary && !is_base64(value)) return fail("no base64");
  token_.kind = kind;
  token_.has_escape = escape;
  token_.offset = static_cast<std::uint32_t>(at_);
  token_.text = value;
  at_ = i + 1;
}

void Lexer::number() {
  std::size_t i = at_;
  if (text_[i] == '+' || text_[i] == '-') ++i;
  const std::size_t digits = i;
  while (i < text_.size() && is_digit(text_[i])) ++i;
  const std::size_t whole = i - digits;
  Kind kind = Kind::integer;
  if (i + 1 < text_.size() && text_[i] == '.' && is_digit(text_[i + 1])) {
    ++i;
    while (i < text_.size() && is_digit(text_[i])) ++i;
    kind = Kind::decimal;
  } else if (whole == 0) {
    return fail("no number: a digit must follow");
  } else if (whole > 1 && text_[digits] == '0') {
    return fail("a whole number with a leading zero");
  }
  const bool plus = text_[at_] == '+';
  make(kind, i - at_);
  if (plus) token_.text.remove_prefix(1);
}

void Lexer::word() {
  std::size_t i = at_ + 1;
  bool hyphen = false;
  for (; i < text_.size(); ++i) {
    const char c = text_[i];
    if (c == '-')
      hyphen = true;
    else if (!is_alnum(c) && c != '_')
      break;
  }
  make(Kind::word, i - at_);
  token_.has_hyphen = hyphen;
}

void Lexer::advance() {
  skip_blanks();
  if (at_ >= text_.size()) return make(Kind::end, 0);
  const char c = text_[at_];
  const char after = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (is_alpha(c) || c == '_') {
    if (after == '\'' && (c == 't' || c == 'h' || c == 'b'))
      return quoted(c == 't' ? Kind::time : c == 'h' ? Kind::hex : Kind::binary, at_ + 1);
    return word();
  }
  switch (c) {
    case '\'':
      return quoted(Kind::text, at_);
    case '[':
      return make(Kind::left_bracket, 1);
    case ']':
      return make(Kind::right_bracket, 1);
    case '(':
      return make(Kind::left_parenthesis, 1);
    case ')':
      return make(Kind::right_parenthesis, 1);
    case ':':
      return make(Kind::colon, 1);
    case ',':
      return make(Kind::comma, 1);
    case '*':
      return make(Kind::star, 1);
    case '.':
      return is_digit(after) ? number() : make(Kind::dot, 1);
    case '=':
      return make(Kind::equal, after == '=' ? 2 : 1);
    case '!':
      return after == '=' ? make(Kind::unequal, 2) : fail("! without =");
    case '<':
      if (after == '>') return make(Kind::unequal, 2);
      return after == '=' ? make(Kind::less_or_equal, 2) : make(Kind::less, 1);
    case '>':
      return after == '=' ? make(Kind::greater_or_equal, 2) : make(Kind::greater, 1);
    default:
      if (is_digit(c) || c == '+' || c == '-') return number();
      fail("a character that no pattern has there");
  }
}

}  // namespace parley::pattern
