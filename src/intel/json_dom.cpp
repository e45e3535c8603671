#include "intel/json_dom.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "encoding/json.hpp"

namespace parley::intel {
namespace {

namespace dom = simdjson::dom;

/// A parser that has seen one large object keeps memory of many times its size; it is given back.
constexpr std::size_t kept_capacity = 1U << 20U;

/// Finds a name that comes twice. Most objects have few members: a 64-bit filter answers for nearly all of
/// them, and only where it hits are the names before compared. Large objects are sorted.
class Names {
 public:
  /// Whether the name is new. For large objects call `repeated` at the end.
  bool add(std::string_view name) {
    if (count_ < few_.size()) {
      const std::uint64_t bit = std::uint64_t{1} << (hash(name) & 63U);
      if ((filter_ & bit) != 0)
        for (std::size_t i = 0; i < count_; ++i)
          if (few_[i] == name) return false;
      filter_ |= bit;
      few_[count_++] = name;
      return true;
    }
    if (many_.empty()) many_.assign(few_.begin(), few_.end());
    many_.push_back(name);
    return true;
  }

  std::string_view repeated() {
    std::ranges::sort(many_);
    const auto twice = std::ranges::adjacent_find(many_);
    return twice == many_.end() ? std::string_view() : *twice;
  }

  bool has_repeated() {
    if (many_.empty()) return false;
    std::ranges::sort(many_);
    return std::ranges::adjacent_find(many_) != many_.end();
  }

 private:
  static std::size_t hash(std::string_view name) {
    if (name.empty()) return 0;
    const auto byte = [&](std::size_t i) {
      return static_cast<std::size_t>(static_cast<unsigned char>(name[i]));
    };
    return name.size() * 7 + byte(0) * 3 + byte(name.size() - 1) * 5 + byte(name.size() / 2) * 11;
  }

  std::array<std::string_view, 24> few_;
  std::size_t count_ = 0;
  std::uint64_t filter_ = 0;
  std::vector<std::string_view> many_;
};

class TreeCheck {
 public:
  TreeCheck(std::size_t max_depth, MemberVisitor& visitor) : max_depth_(max_depth), visitor_(visitor) {}

  bool object(const dom::object& object, std::size_t depth) {
    if (depth > max_depth_) return too_deep();
    Names names;
    for (const dom::key_value_pair member : object) {
      if (!names.add(member.key)) return twice(member.key);
      visitor_.member(member.key, member.value);
      if (!value(member.value, depth)) return inside(member.key);
    }
    if (names.has_repeated()) return twice(names.repeated());
    return true;
  }

  Result<void> error() const { return fail(ErrorKind::bad_input, why_, pointer_); }

 private:
  bool array(const dom::array& array, std::size_t depth) {
    if (depth > max_depth_) return too_deep();
    std::size_t index = 0;
    for (const dom::element element : array) {
      if (!value(element, depth)) return inside(std::to_string(index));
      ++index;
    }
    return true;
  }

  bool value(const dom::element& element, std::size_t depth) {
    switch (element.type()) {
      case dom::element_type::OBJECT:
        return object(element.get_object().value_unsafe(), depth + 1);
      case dom::element_type::ARRAY:
        return array(element.get_array().value_unsafe(), depth + 1);
      default:
        return true;
    }
  }

  bool too_deep() {
    why_ = "nested deeper than " + std::to_string(max_depth_);
    return false;
  }
  bool twice(std::string_view name) {
    why_ = "a name is there twice in one object";
    pointer_ = encoding::json_pointer("", name);
    return false;
  }
  /// On the way out of the error: the pointer grows from its end.
  bool inside(std::string_view step) {
    pointer_ = encoding::json_pointer("", step) + pointer_;
    return false;
  }

  std::size_t max_depth_;
  MemberVisitor& visitor_;
  std::string why_;
  std::string pointer_;
};

std::string explain(simdjson::error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR:
      return "invalid UTF-8";
    case simdjson::DEPTH_ERROR:
      return "nested too deep";
    case simdjson::STRING_ERROR:
      return "a broken string or escape";
    case simdjson::UNESCAPED_CHARS:
      return "a control character inside a string";
    case simdjson::UNCLOSED_STRING:
      return "a string that is not closed";
    case simdjson::NUMBER_ERROR:
      return "a number that is broken or outside 64 bits";
    case simdjson::EMPTY:
      return "nothing is there";
    default:
      return "not JSON";
  }
}

}  // namespace

Result<dom::object> JsonDom::parse(std::string_view raw, const StixLimits& limits) {
  if (raw.size() > limits.max_bytes)
    return fail(ErrorKind::bad_input, "longer than " + std::to_string(limits.max_bytes) + " bytes");
  // The parser takes about 12 bytes for each of these marks, so `[],[],…` would take twelve times its size.
  if (raw.size() > limits.max_values && static_cast<std::size_t>(std::ranges::count_if(raw, [](char c) {
                                          return c == ',' || c == ':' || c == '[' || c == '{';
                                        })) > limits.max_values)
    return fail(ErrorKind::bad_input, "more than " + std::to_string(limits.max_values) + " values");
  if (capacity_ > kept_capacity && raw.size() <= kept_capacity) {
    parser_ = dom::parser();
    padded_.reset();
    capacity_ = 0;
  }
  if (raw.size() > capacity_ || !padded_) {
    capacity_ = std::max<std::size_t>(raw.size(), 4096);
    if (capacity_ < kept_capacity) capacity_ = std::min(capacity_ * 2, kept_capacity);
    padded_ = std::make_unique_for_overwrite<char[]>(capacity_ + simdjson::SIMDJSON_PADDING);
  }
  if (raw.empty()) return fail(ErrorKind::bad_input, "nothing is there");
  std::memcpy(padded_.get(), raw.data(), raw.size());
  std::memset(padded_.get() + raw.size(), ' ', simdjson::SIMDJSON_PADDING);
  dom::element root;
  if (const auto error = parser_.parse(padded_.get(), raw.size(), false).get(root);
      error != simdjson::SUCCESS)
    return fail(ErrorKind::bad_input, explain(error));
  dom::object object;
  if (root.get_object().get(object) != simdjson::SUCCESS) return fail(ErrorKind::bad_input, "no JSON object");
  return object;
}

Result<void> check_tree(const dom::object& object, std::size_t max_depth, MemberVisitor& visitor) {
  TreeCheck check(max_depth, visitor);
  if (!check.object(object, 1)) return check.error();
  return {};
}

}  // namespace parley::intel
