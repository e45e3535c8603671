#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "encoding/json.hpp"
#include "encoding/json_text.hpp"

namespace parley::encoding {
namespace {

namespace dom = simdjson::dom;

// Kept between calls because import parses many small objects and a parser's buffers cost more than they do;
// a large text gets a parser of its own, so that what one huge document needed is not held for ever.
constexpr std::size_t kept_parser_bytes = 1U << 20;
// Objects with at most this many members are checked for duplicates pair by pair, larger ones by sorting.
constexpr std::size_t pairwise_members = 12;

class Converter {
 public:
  explicit Converter(const JsonLimits& limits) : limits_(limits) {}

  Result<Json> convert(const dom::element& element) {
    if (++values_ > limits_.max_values)
      return refuse_here("more than " + std::to_string(limits_.max_values) + " values");
    switch (element.type()) {
      case dom::element_type::NULL_VALUE:
        return Json(nullptr);
      case dom::element_type::BOOL:
        return Json(element.get_bool().value_unsafe());
      case dom::element_type::INT64:
        return Json(element.get_int64().value_unsafe());
      case dom::element_type::UINT64:
        return Json(element.get_uint64().value_unsafe());
      case dom::element_type::DOUBLE:
        return number(element.get_double().value_unsafe());
      case dom::element_type::STRING:
        return string(element.get_string().value_unsafe());
      case dom::element_type::ARRAY:
        return array(element.get_array().value_unsafe());
      case dom::element_type::OBJECT:
        return object(element.get_object().value_unsafe());
    }
    return refuse_here("no JSON value");
  }

 private:
  // A step on the way to the value at hand; rendered as a pointer only when something is refused.
  struct Token {
    std::string_view key;
    std::size_t index = 0;
    bool is_index = false;
  };

  std::unexpected<Error> refuse_here(std::string why) const {
    std::string pointer;
    for (const Token& token : path_)
      pointer = json_pointer(pointer, token.is_index ? std::to_string(token.index) : std::string(token.key));
    return fail(ErrorKind::bad_input, std::move(why), std::move(pointer));
  }

  Result<Json> number(double value) const {
    if (!std::isfinite(value)) return refuse_here("the number is too large");
    return Json(value);
  }

  // simdjson 3.0 turns an escaped lone low surrogate into three bytes that are no UTF-8; they all begin with
  // 0xed, so only a string that holds that byte is looked at again.
  Result<Json> string(std::string_view text) const {
    if (lone_surrogate(text)) return refuse_here("a lone surrogate");
    return Json(text);
  }
  static bool lone_surrogate(std::string_view text) {
    return text.find('\xed') != std::string_view::npos && !is_utf8(text);
  }

  // simdjson does not count an empty array or object as a level, so depth is counted here as well.
  Result<Json> array(const dom::array& elements) {
    if (path_.size() >= limits_.max_depth) return refuse_here("nested too deeply");
    Json::Array out;
    out.reserve(std::min<std::size_t>(elements.size(), 4096));
    path_.push_back({.key = {}, .index = 0, .is_index = true});
    for (const dom::element element : elements) {
      PARLEY_TRY(Json value, convert(element));
      out.push_back(std::move(value));
      ++path_.back().index;
    }
    path_.pop_back();
    return Json(std::move(out));
  }

  Result<Json> object(const dom::object& members) {
    if (path_.size() >= limits_.max_depth) return refuse_here("nested too deeply");
    Json::Object out;
    out.reserve(std::min<std::size_t>(members.size(), 4096));
    path_.emplace_back();
    for (const auto& [key, element] : members) {
      path_.back().key = key;
      if (lone_surrogate(key)) return refuse_here("a lone surrogate in the member name");
      PARLEY_TRY(Json value, convert(element));
      out.emplace_back(std::string(key), std::move(value));
    }
    if (const std::string* twice = duplicate(out)) {
      path_.back().key = *twice;
      return refuse_here("the member name is there twice");
    }
    path_.pop_back();
    return Json(std::move(out));
  }

  static const std::string* duplicate(const Json::Object& members) {
    if (members.size() <= pairwise_members) {
      for (std::size_t i = 1; i < members.size(); ++i)
        for (std::size_t k = 0; k < i; ++k)
          if (members[i].first == members[k].first) return &members[i].first;
      return nullptr;
    }
    std::vector<const std::string*> keys;
    keys.reserve(members.size());
    for (const auto& [key, value] : members) keys.push_back(&key);
    std::ranges::sort(keys, {}, [](const std::string* key) { return std::string_view(*key); });
    const auto it =
        std::ranges::adjacent_find(keys, [](const std::string* a, const std::string* b) { return *a == *b; });
    return it == keys.end() ? nullptr : *it;
  }

  const JsonLimits& limits_;
  std::size_t values_ = 0;
  std::vector<Token> path_;
};

// simdjson names the kind of fault but not the place; a second, slow look finds it.
std::unexpected<Error> explain(std::string_view text, std::size_t max_depth, simdjson::error_code code) {
  if (const auto fault = find_json_fault(text, max_depth))
    return fail(ErrorKind::bad_input, std::string(fault->why), "byte " + std::to_string(fault->offset));
  if (code == simdjson::NUMBER_ERROR || code == simdjson::NUMBER_OUT_OF_RANGE)
    return fail(ErrorKind::bad_input, "a number that fits neither a 64-bit integer nor a double");
  return fail(ErrorKind::bad_input, std::string("not JSON: ") + simdjson::error_message(code));
}

Result<Json> parse_with(dom::parser& parser, std::string_view text, const JsonLimits& limits) {
  // simdjson counts a bare value inside one bracket as depth 1 as well, and refuses at its limit, not above
  // it.
  const std::size_t capacity = std::max<std::size_t>(text.size(), 64);
  if (parser.capacity() < capacity || parser.max_depth() != limits.max_depth + 1) {
    if (const auto code = parser.allocate(capacity, limits.max_depth + 1); code != simdjson::SUCCESS)
      return fail(ErrorKind::internal, "not enough memory to read the JSON text");
  }
  dom::element root;
  if (const auto code = parser.parse(text.data(), text.size(), true).get(root); code != simdjson::SUCCESS)
    return explain(text, limits.max_depth, code);
  return Converter(limits).convert(root);
}

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes)
    return fail(ErrorKind::bad_input, "the JSON text has " + std::to_string(text.size()) +
                                          " bytes, at most " + std::to_string(limits.max_bytes) +
                                          " are read");
  // Before simdjson, which copies from the null pointer of an empty view.
  if (text.empty()) return fail(ErrorKind::bad_input, "the JSON text is empty", "byte 0");
  // simdjson skips a byte order mark; RFC 8259 section 8.1 has none.
  if (text.starts_with("\xef\xbb\xbf"))
    return fail(ErrorKind::bad_input, "a byte order mark stands before the JSON text; remove it", "byte 0");
  if (text.size() > kept_parser_bytes) {
    dom::parser parser;
    return parse_with(parser, text, limits);
  }
  thread_local dom::parser parser;
  return parse_with(parser, text, limits);
}

}  // namespace parley::encoding
