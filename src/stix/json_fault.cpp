#include "stix/json_fault.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>

#include "encoding/json.hpp"
#include "encoding/json_text.hpp"

namespace parley::stix {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Reads the text as its grammar says and stops at the first fault; the pointer grows on the way out.
class Scanner {
 public:
  Scanner(std::string_view text, std::size_t max_depth) : text_(text), max_depth_(max_depth) {}

  std::optional<JsonFault> run() {
    const bool read = value(1);
    blank();
    if (read && at_ < text_.size()) static_cast<void>(fault("something stands behind the end of the object"));
    if (fault_.why.empty()) return std::nullopt;
    return std::move(fault_);
  }

 private:
  bool fault(std::string_view why) {
    fault_.why = why;
    return false;
  }
  bool inside(std::string_view step) {
    fault_.pointer = encoding::json_pointer("", step) + fault_.pointer;
    return false;
  }
  char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool is_there(std::string_view word) const { return text_.substr(at_).starts_with(word); }
  void blank() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }

  bool value(std::size_t depth) {
    blank();
    if (at_ >= text_.size()) return fault("the text ends where a value belongs");
    const char c = text_[at_];
    if (c == '{' || c == '[') {
      if (depth > max_depth_)
        return fault("nested deeper than " + std::to_string(max_depth_) + " levels; flatten it");
      return c == '{' ? object(depth) : list(depth);
    }
    if (c == '"') return string();
    if (c == '-' || is_digit(c)) return number();
    for (const std::string_view word : {"true", "false", "null"})
      if (is_there(word)) {
        at_ += word.size();
        return true;
      }
    return fault(bad_value());
  }

  std::string_view bad_value() const {
    for (const std::string_view word : {"NaN", "Infinity", "+Infinity", "nan", "inf"})
      if (is_there(word)) return "JSON has no NaN and no Infinity; leave the property out";
    for (const std::string_view word : {"True", "False", "None", "undefined"})
      if (is_there(word)) return "it is written true, false or null in JSON";
    switch (here()) {
      case '\'':
        return "texts stand in double quotes in JSON";
      case '/':
      case '#':
        return "JSON has no comments; take it out";
      case ',':
      case ']':
      case '}':
        return "a value is missing, or there is a comma too many";
      case '+':
      case '.':
        return "a number begins with a digit or a minus sign";
      default:
        return "no value of JSON begins like this";
    }
  }

  bool object(std::size_t depth) {
    ++at_;
    blank();
    if (here() == '}') {
      ++at_;
      return true;
    }
    while (true) {
      blank();
      if (at_ >= text_.size()) return fault("the text ends before the object is closed");
      if (here() == '}') return fault("a comma too many before the closing brace");
      if (here() != '"') return fault("a name in double quotes is missing");
      const std::size_t from = at_ + 1;
      if (!string()) return false;
      const std::string_view name = text_.substr(from, at_ - from - 1);
      blank();
      if (here() != ':') {
        static_cast<void>(fault("a colon is missing behind the name"));
        return inside(name);
      }
      ++at_;
      if (!value(depth + 1)) return inside(name);
      blank();
      if (at_ >= text_.size()) return fault("the text ends before the object is closed");
      if (here() == '}') {
        ++at_;
        return true;
      }
      if (here() != ',') {
        static_cast<void>(fault("a comma or a closing brace is missing behind this value"));
        return inside(name);
      }
      ++at_;
    }
  }

  bool list(std::size_t depth) {
    ++at_;
    blank();
    if (here() == ']') {
      ++at_;
      return true;
    }
    for (std::size_t index = 0;; ++index) {
      blank();
      if (here() == ']' && index > 0) return fault("a comma too many before the closing bracket");
      if (!value(depth + 1)) return inside(std::to_string(index));
      blank();
      if (at_ >= text_.size()) return fault("the text ends before the list is closed");
      if (here() == ']') {
        ++at_;
        return true;
      }
      if (here() != ',') {
        static_cast<void>(fault("a comma or a closing bracket is missing behind this value"));
        return inside(std::to_string(index));
      }
      ++at_;
    }
  }

  bool string() {
    const std::size_t from = ++at_;
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (static_cast<unsigned char>(text_[at_]) < 0x20)
        return fault("a control character stands in a text; write it as an escape, such as \\n or \\u0000");
      if (text_[at_] == '\\' && !escape()) return false;
    }
    if (at_ >= text_.size()) return fault("a text is not closed with a quote");
    if (!encoding::is_utf8(text_.substr(from, at_ - from)))
      return fault("bytes that are no UTF-8; convert the file, perhaps from Latin-1 or Windows-1252");
    ++at_;
    return true;
  }

  /// From the backslash to the last character of the escape.
  bool escape() {
    ++at_;
    if (here() != 'u') {
      if (at_ < text_.size() && std::string_view("\"\\/bfnrt").find(here()) != std::string_view::npos)
        return true;
      return fault("an escape that JSON does not have; a backslash itself is written as two");
    }
    const auto code = unit();
    if (!code) return fault("\\u needs four hexadecimal digits");
    if (*code >= 0xDC00 && *code <= 0xDFFF) return fault("half a surrogate pair, which is no character");
    if (*code < 0xD800 || *code > 0xDBFF) return true;
    if (!text_.substr(at_ + 1).starts_with("\\u"))
      return fault("half a surrogate pair, which is no character");
    at_ += 2;
    const auto low = unit();
    if (!low || *low < 0xDC00 || *low > 0xDFFF) return fault("half a surrogate pair, which is no character");
    return true;
  }

  /// Behind "\u", of which `at_` is the u; to the last digit.
  std::optional<unsigned> unit() {
    const std::string_view digits = text_.substr(at_ + 1, 4);
    unsigned out = 0;
    if (digits.size() < 4) return std::nullopt;
    for (const char c : digits) {
      if (!is_hex(c)) return std::nullopt;
      out = out * 16 + static_cast<unsigned>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    at_ += 4;
    return out;
  }

  bool number() {
    const std::size_t from = at_;
    bool is_whole = true;
    bool is_tiny = false;
    if (here() == '-') ++at_;
    if (is_there("Infinity") || is_there("NaN")) return fault(bad_value());
    if (!is_digit(here())) return fault("a minus sign without a number");
    if (here() == '0' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))
      return fault("a number does not begin with 0");
    digits();
    if (here() == '.') {
      ++at_;
      is_whole = false;
      if (!is_digit(here())) return fault("a digit is missing behind the point");
      digits();
    }
    if (here() == 'e' || here() == 'E') {
      ++at_;
      is_whole = false;
      is_tiny = here() == '-';
      if (here() == '+' || here() == '-') ++at_;
      if (!is_digit(here())) return fault("a digit is missing in the exponent");
      digits();
    }
    const char* const begin = text_.data() + from;
    const char* const end = text_.data() + at_;
    if (is_whole) {
      std::uint64_t natural = 0;
      std::int64_t negative = 0;
      const bool fits = *begin == '-' ? std::from_chars(begin, end, negative).ec == std::errc()
                                      : std::from_chars(begin, end, natural).ec == std::errc();
      if (!fits) return fault("a number outside 64 bits; STIX has integers up to 2^53");
      return true;
    }
    double real = 0;
    if (!is_tiny && std::from_chars(begin, end, real).ec == std::errc::result_out_of_range)
      return fault("a number larger than a double");
    return true;
  }
  void digits() {
    while (is_digit(here())) ++at_;
  }

  std::string_view text_;
  std::size_t max_depth_;
  std::size_t at_ = 0;
  JsonFault fault_;
};

}  // namespace

std::optional<JsonFault> find_json_fault(std::string_view text, std::size_t max_depth) {
  return Scanner(text, max_depth).run();
}

std::string_view foreign_start(std::string_view bytes) {
  using namespace std::string_view_literals;
  constexpr std::string_view wide =
      "UTF-16 or UTF-32, and JSON is UTF-8: convert it, such as with iconv -t UTF-8";
  constexpr std::string_view packed = "a compressed file: unpack it first";
  constexpr std::array<std::pair<std::string_view, std::string_view>, 13> known{{
      {"\xff\xfe"sv, wide},
      {"\xfe\xff"sv, wide},
      {"\0"sv, wide},
      {"{\0"sv, wide},
      {"[\0"sv, wide},
      {"\x1f\x8b"sv, packed},
      {"\x28\xb5\x2f\xfd"sv, packed},
      {"BZh"sv, packed},
      {"\xfd"
       "7zXZ"sv,
       packed},
      {"PK\x03\x04"sv, packed},
      {"<"sv, "XML or HTML, and STIX 2 is JSON (STIX 1 is not read here)"},
      {"%PDF"sv, "a PDF, which `parley report add` reads"},
      {"/"sv, "a comment, and JSON has none; take it out"},
  }};
  for (const auto& [start, what] : known)
    if (bytes.starts_with(start)) return what;
  return {};
}

std::string_view kind_of_value(std::string_view text) {
  if (text.empty()) return {};
  if (text.front() == '"') return "a text";
  if (text.front() == '[') return "a list";
  if (text.front() == '-' || is_digit(text.front())) return "a number";
  if (text == "true" || text == "false") return "true or false";
  if (text == "null") return "null";
  return {};
}

}  // namespace parley::stix
