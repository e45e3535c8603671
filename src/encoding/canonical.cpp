#include "encoding/canonical.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/assert.hpp"
#include "encoding/json_text.hpp"

namespace parley::encoding {
namespace {

constexpr std::size_t max_canonical_depth = 512;
constexpr double max_safe_integer = 0x1p53 - 1;

// Order of the UTF-16 code units (RFC 8785 section 3.2.3). UTF-8 sorts by code point; the two orders differ
// only where a supplementary character (UTF-8 lead byte from 0xf0, a surrogate 0xd800 to 0xdfff in UTF-16)
// meets U+E000 to U+FFFF (lead bytes 0xee and 0xef): there the supplementary character comes first.
bool utf16_less(std::string_view a, std::string_view b) {
  const auto [at, bt] = std::ranges::mismatch(a, b);
  if (at == a.end() || bt == b.end()) return at == a.end() && bt != b.end();
  const auto x = static_cast<unsigned char>(*at);
  const auto y = static_cast<unsigned char>(*bt);
  const bool x_high = x >= 0xf0;
  const bool y_high = y >= 0xf0;
  if (x_high && (y == 0xee || y == 0xef)) return true;
  if (y_high && (x == 0xee || x == 0xef)) return false;
  return x < y;
}

class Writer {
 public:
  Result<void> write(const Json& value, std::size_t depth) {
    if (depth > max_canonical_depth) return refuse_here("nested too deeply for a canonical form");
    if (value.is_null())
      out_ += "null";
    else if (const bool* b = value.if_bool())
      out_ += *b ? "true" : "false";
    else if (value.is_number())
      return number(value);
    else if (const std::string* s = value.if_string())
      return string(*s);
    else if (const Json::Array* a = value.if_array())
      return array(*a, depth);
    else if (const Json::Object* o = value.if_object())
      return object(*o, depth);
    return {};
  }
  std::string take() { return std::move(out_); }

 private:
  std::unexpected<Error> refuse_here(std::string why) const {
    std::string pointer;
    for (const std::string& token : path_) pointer = json_pointer(pointer, token);
    return fail(ErrorKind::bad_input, std::move(why), std::move(pointer));
  }

  // Up to 2^53 - 1 every integer is a double and ECMAScript writes all its digits. Above, ECMAScript writes
  // the shortest digits and fills up with zeros, which another reader may take for another integer, so only
  // numbers that come out digit by digit as they are go through.
  Result<void> number(const Json& value) {
    const std::string text = ecmascript_number(*value.number_value());
    bool exact = true;
    if (value.is_integer()) {
      exact = text == write_json(value);
    } else if (const double size = std::abs(*value.if_double()); size > max_safe_integer && size < 1e21) {
      exact = text == fmt::format("{:.0f}", *value.if_double()) && in_integer_range(*value.if_double());
    }
    if (!exact)
      return refuse_here("the number is above 2^53 and has no exact canonical form; write it as a string");
    out_ += text;
    return {};
  }
  static bool in_integer_range(double value) { return value >= -0x1p63 && value < 0x1p64; }

  Result<void> string(std::string_view text) {
    if (!is_utf8(text)) return refuse_here("the string is not UTF-8");
    append_json_string(out_, text);
    return {};
  }

  Result<void> array(const Json::Array& elements, std::size_t depth) {
    out_ += '[';
    for (std::size_t i = 0; i < elements.size(); ++i) {
      if (i > 0) out_ += ',';
      path_.push_back(std::to_string(i));
      PARLEY_CHECK(write(elements[i], depth + 1));
      path_.pop_back();
    }
    out_ += ']';
    return {};
  }

  Result<void> object(const Json::Object& members, std::size_t depth) {
    std::vector<const Json::Member*> sorted;
    sorted.reserve(members.size());
    for (const Json::Member& member : members) sorted.push_back(&member);
    std::ranges::sort(sorted, utf16_less, [](const Json::Member* m) { return std::string_view(m->first); });
    out_ += '{';
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      const auto& [key, value] = *sorted[i];
      path_.push_back(key);
      if (i > 0 && sorted[i - 1]->first == key) return refuse_here("the member name is there twice");
      if (i > 0) out_ += ',';
      PARLEY_CHECK(string(key));
      out_ += ':';
      PARLEY_CHECK(write(value, depth + 1));
      path_.pop_back();
    }
    out_ += '}';
    return {};
  }

  std::string out_;
  std::vector<std::string> path_;
};

}  // namespace

Result<std::string> canonical_json(const Json& value) {
  Writer writer;
  PARLEY_CHECK(writer.write(value, 0));
  return writer.take();
}

std::string ecmascript_number(double value) {
  PARLEY_ASSERT(std::isfinite(value));
  if (value == 0) return "0";  // minus zero too
  // to_chars gives the shortest digits that read back the same: d.ddd…e±xx. ECMA-262 section 6.1.6.1.20 then
  // lays them out by k, the number of digits, and n, the position of the decimal point.
  char buffer[64];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::scientific);
  PARLEY_ASSERT(end.ec == std::errc{});
  const std::string_view text(buffer, static_cast<std::size_t>(end.ptr - buffer));
  const std::size_t e = text.find('e');
  std::string digits(1, text[0]);
  if (e > 1) digits += text.substr(2, e - 2);
  const int n = std::stoi(std::string(text.substr(e + 1))) + 1;
  const int k = static_cast<int>(digits.size());
  std::string out = value < 0 ? "-" : "";
  if (k <= n && n <= 21) return out + digits + std::string(static_cast<std::size_t>(n - k), '0');
  if (0 < n && n <= 21)
    return out + digits.substr(0, static_cast<std::size_t>(n)) + '.' +
           digits.substr(static_cast<std::size_t>(n));
  if (-6 < n && n <= 0) return out + "0." + std::string(static_cast<std::size_t>(-n), '0') + digits;
  out += digits[0];
  if (k > 1) out += '.' + digits.substr(1);
  return out + fmt::format("e{}{}", n - 1 < 0 ? '-' : '+', std::abs(n - 1));
}

}  // namespace parley::encoding
