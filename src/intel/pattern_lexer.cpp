#include "intel/pattern_lexer.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace parley::intel {
namespace {

bool is_word_start(char c) {
  return is_alpha(c) || c == '_';
}

bool is_word(char c) {
  return is_alnum(c) || c == '_' || c == '-';
}

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

/// YYYY-MM-DDThh:mm:ss(.f+)?Z, each field in its range; the grammar does not know the lengths of months.
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

bool is_hex(std::string_view text) {
  return text.size() % 2 == 0 && std::ranges::all_of(text, [](char c) { return hex_digit(c) >= 0; });
}

bool is_base64(std::string_view text) {
  if (text.size() % 4 != 0) return false;
  std::size_t data = text.size();
  while (data > 0 && text.size() - data < 2 && text[data - 1] == '=') --data;
  return std::ranges::all_of(text.substr(0, data),
                             [](char c) { return is_alnum(c) || c == '+' || c == '/'; });
}

}  // namespace

void PatternLexer::make(Kind kind, std::size_t length) {
  token_ = PatternToken{.kind = kind, .text = text_.substr(at_, length), .offset = at_};
  at_ += length;
}

void PatternLexer::fail(const char* why) {
  token_ = PatternToken{.kind = Kind::error, .text = {}, .offset = at_, .why = why};
  at_ = text_.size();
}

void PatternLexer::skip_blanks() {
  while (at_ < text_.size()) {
    const std::string_view rest = text_.substr(at_);
    if (const std::size_t blank = blank_length(rest); blank > 0) {
      at_ += blank;
    } else if (rest.starts_with("//")) {
      at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
    } else if (rest.starts_with("/*")) {
      const std::size_t end = text_.find("*/", at_ + 2);
      if (end == std::string_view::npos) return;  // `/` is no token: an error there
      at_ = end + 2;
    } else {
      return;
    }
  }
}

void PatternLexer::quoted(Kind kind, std::size_t quote) {
  bool escape = false;
  std::size_t i = quote + 1;
  while (i < text_.size() && text_[i] != '\'') {
    if (text_[i] == '\\') {
      if (kind != Kind::text || i + 1 >= text_.size() || (text_[i + 1] != '\'' && text_[i + 1] != '\\'))
        return fail("in a string only \\' and \\\\ may follow a backslash");
      escape = true;
      ++i;
    }
    ++i;
  }
  if (i >= text_.size()) return fail("a quote is not closed");
  const std::string_view value = text_.substr(quote + 1, i - quote - 1);
  if (kind == Kind::time && !is_timestamp(value)) return fail("no timestamp");
  if (kind == Kind::hex && !is_hex(value)) return fail("no hexadecimal digits");
  if (kind == Kind::binary && !is_base64(value)) return fail("no base64");
  token_ = PatternToken{.kind = kind, .text = value, .offset = at_, .has_escape = escape};
  at_ = i + 1;
}

void PatternLexer::number() {
  std::size_t i = at_;
  if (text_[i] == '+' || text_[i] == '-') ++i;
  const std::size_t digits = i;
  while (i < text_.size() && is_digit(text_[i])) ++i;
  const std::size_t whole = i - digits;
  if (i + 1 < text_.size() && text_[i] == '.' && is_digit(text_[i + 1])) {
    ++i;
    while (i < text_.size() && is_digit(text_[i])) ++i;
    return make(Kind::decimal, i - at_);
  }
  if (whole == 0) return fail("no number");
  if (whole > 1 && text_[digits] == '0') return fail("a number with a leading zero");
  make(Kind::integer, i - at_);
}

void PatternLexer::advance() {
  skip_blanks();
  if (at_ >= text_.size()) return make(Kind::end, 0);
  const char c = text_[at_];
  const char after = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (after == '\'' && (c == 't' || c == 'h' || c == 'b'))
    return quoted(c == 't' ? Kind::time : c == 'h' ? Kind::hex : Kind::binary, at_ + 1);
  if (is_word_start(c)) {
    std::size_t i = at_ + 1;
    while (i < text_.size() && is_word(text_[i])) ++i;
    return make(Kind::word, i - at_);
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
      return make(Kind::order, after == '=' ? 2 : 1);
    case '>':
      return make(Kind::order, after == '=' ? 2 : 1);
    default:
      if (is_digit(c) || c == '+' || c == '-') return number();
      fail("a character that no pattern has there");
  }
}

std::string pattern_string(const PatternToken& token) {
  if (!token.has_escape) return std::string(token.text);
  std::string out;
  out.reserve(token.text.size());
  for (std::size_t i = 0; i < token.text.size(); ++i) {
    if (token.text[i] == '\\') ++i;
    out += token.text[i];
  }
  return out;
}

}  // namespace parley::intel
