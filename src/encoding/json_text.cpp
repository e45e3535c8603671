#include "encoding/json_text.hpp"

#include <simdjson.h>

#include <cstdint>
#include <vector>

namespace parley::encoding {
namespace {

// A plain scanner over the grammar of RFC 8259. It keeps its own stack, so hostile nesting costs a byte a
// level.
class Scanner {
 public:
  Scanner(std::string_view text, std::size_t max_depth) : text_(text), max_depth_(max_depth) {}

  std::optional<JsonFault> scan() {
    // What the next token must be. A container is on the stack as '[' or '{'.
    bool value_next = true;
    bool first = false;  // directly behind an opening bracket, where it may close at once
    skip_space();
    while (true) {
      if (value_next) {
        if (at_end()) return fault("the text ends where a value must stand");
        if (first && peek() == closer()) {
          ++at_;
          stack_.pop_back();
        } else {
          if (!stack_.empty() && stack_.back() == '{') {
            if (peek() != '"') return fault("expected a member name in quotes");
            if (auto bad = string()) return bad;
            skip_space();
            if (at_end() || peek() != ':') return fault("expected a colon after the member name");
            ++at_;
            skip_space();
            if (at_end()) return fault("the text ends where a value must stand");
          }
          const char c = peek();
          if (c == '[' || c == '{') {
            if (stack_.size() == max_depth_) return fault("nested too deeply");
            stack_.push_back(c);
            ++at_;
            skip_space();
            first = true;
            continue;
          }
          if (auto bad = scalar()) return bad;
        }
        value_next = false;
        first = false;
      }
      skip_space();
      if (stack_.empty()) return at_end() ? std::nullopt : fault("more text behind the value");
      if (at_end()) return fault("the text ends inside an array or object");
      if (peek() == closer()) {
        ++at_;
        stack_.pop_back();
        continue;
      }
      if (peek() != ',') return fault("expected a comma or the end of the array or object");
      ++at_;
      skip_space();
      value_next = true;
    }
  }

 private:
  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return text_[at_]; }
  char closer() const { return stack_.back() == '[' ? ']' : '}'; }
  std::optional<JsonFault> fault(std::string_view why) const { return JsonFault{at_, why}; }
  void skip_space() {
    while (!at_end() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')) ++at_;
  }
  bool digits() {
    const std::size_t start = at_;
    while (!at_end() && peek() >= '0' && peek() <= '9') ++at_;
    return at_ > start;
  }

  std::optional<JsonFault> scalar() {
    const char c = peek();
    if (c == '"') return string();
    for (const std::string_view word : {"true", "false", "null"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return std::nullopt;
    }
    if (c == '-' || (c >= '0' && c <= '9')) return number();
    return fault("no JSON value starts here");
  }

  std::optional<JsonFault> number() {
    if (peek() == '-') ++at_;
    if (!at_end() && peek() == '0')
      ++at_;
    else if (!digits())
      return fault("expected a digit");
    if (!at_end() && peek() == '.') {
      ++at_;
      if (!digits()) return fault("expected a digit after the decimal point");
    }
    if (!at_end() && (peek() == 'e' || peek() == 'E')) {
      ++at_;
      if (!at_end() && (peek() == '+' || peek() == '-')) ++at_;
      if (!digits()) return fault("expected a digit in the exponent");
    }
    return std::nullopt;
  }

  // Four hexadecimal digits at `from`, or nothing.
  std::optional<unsigned> hex4(std::size_t from) const {
    if (text_.size() - from < 4) return std::nullopt;
    unsigned out = 0;
    for (const char c : text_.substr(from, 4)) {
      out <<= 4U;
      if (c >= '0' && c <= '9')
        out |= static_cast<unsigned>(c - '0');
      else if (c >= 'a' && c <= 'f')
        out |= static_cast<unsigned>(c - 'a' + 10);
      else if (c >= 'A' && c <= 'F')
        out |= static_cast<unsigned>(c - 'A' + 10);
      else
        return std::nullopt;
    }
    return out;
  }

  std::optional<JsonFault> string() {
    ++at_;
    while (true) {
      if (at_end()) return fault("the text ends inside a string");
      const auto c = static_cast<unsigned char>(peek());
      if (c == '"') {
        ++at_;
        return std::nullopt;
      }
      if (c < 0x20) return fault("a control character inside a string must be escaped");
      if (c == '\\') {
        if (auto bad = escape()) return bad;
        continue;
      }
      const std::size_t length = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
      if (length > text_.size() - at_ || (length > 1 && !is_utf8(text_.substr(at_, length))))
        return fault("the bytes are not UTF-8");
      at_ += length;
    }
  }

  std::optional<JsonFault> escape() {
    if (at_ + 1 == text_.size()) return fault("the text ends inside a string");
    const char kind = text_[at_ + 1];
    if (std::string_view(R"("\/bfnrt)").find(kind) != std::string_view::npos) {
      at_ += 2;
      return std::nullopt;
    }
    if (kind != 'u') return fault("no such escape");
    const auto unit = hex4(at_ + 2);
    if (!unit) return fault("an escape \\u needs four hexadecimal digits");
    if (*unit >= 0xdc00 && *unit <= 0xdfff) return fault("a lone surrogate");
    if (*unit >= 0xd800 && *unit <= 0xdbff) {
      std::optional<unsigned> low;
      if (text_.substr(at_ + 6).starts_with("\\u")) low = hex4(at_ + 8);
      if (!low || *low < 0xdc00 || *low > 0xdfff) return fault("a lone surrogate");
      at_ += 6;
    }
    at_ += 6;
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t max_depth_;
  std::size_t at_ = 0;
  std::vector<char> stack_;
};

}  // namespace

bool is_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

void append_json_string(std::string& out, std::string_view text) {
  static constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  std::size_t plain = 0;  // start of the run that needs no escape
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out += text.substr(plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += "\\u00";
        out += hex[c >> 4U];
        out += hex[c & 15U];
    }
  }
  out += text.substr(plain);
  out += '"';
}

std::optional<JsonFault> find_json_fault(std::string_view text, std::size_t max_depth) {
  return Scanner(text, max_depth).scan();
}

}  // namespace parley::encoding
