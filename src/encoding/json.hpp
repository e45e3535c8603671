#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace parley::encoding {

/// A JSON value (RFC 8259) as a tree that owns its parts. Objects keep the order of their members.
///
/// Integers keep all their digits: what fits an int64 is an int64, what only fits a uint64 a uint64, anything
/// with a fraction or an exponent a double. Two numbers are equal when they have the same value, whichever of
/// the three they are held in; objects are equal only in the same order of members.
class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char>)
  Json(T value) : value_(integer(value)) {}
  /// Finite; JSON has no other numbers.
  Json(double value);
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}

  static Json object(std::initializer_list<Member> members = {}) { return Json(Object(members)); }
  static Json array(std::initializer_list<Json> elements = {}) { return Json(Array(elements)); }

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_integer() const { return if_int64() != nullptr || if_uint64() != nullptr; }
  bool is_number() const { return is_integer() || if_double() != nullptr; }
  bool is_string() const { return if_string() != nullptr; }
  bool is_array() const { return if_array() != nullptr; }
  bool is_object() const { return if_object() != nullptr; }

  /// The value when it is held in that form, else nullptr.
  const bool* if_bool() const { return std::get_if<bool>(&value_); }
  const std::int64_t* if_int64() const { return std::get_if<std::int64_t>(&value_); }
  /// Only for integers above the range of int64; `uint_value` covers all.
  const std::uint64_t* if_uint64() const { return std::get_if<std::uint64_t>(&value_); }
  const double* if_double() const { return std::get_if<double>(&value_); }
  const std::string* if_string() const { return std::get_if<std::string>(&value_); }
  const Array* if_array() const { return std::get_if<Array>(&value_); }
  const Object* if_object() const { return std::get_if<Object>(&value_); }
  Array* if_array() { return std::get_if<Array>(&value_); }
  Object* if_object() { return std::get_if<Object>(&value_); }

  /// The integer when it is one in that range.
  std::optional<std::int64_t> int_value() const;
  std::optional<std::uint64_t> uint_value() const;
  /// Any number, integers rounded to the nearest double.
  std::optional<double> number_value() const;

  /// The member of that name; nullptr when there is none or this is no object. Linear in the members.
  const Json* find(std::string_view key) const;
  Json* find(std::string_view key);
  bool contains(std::string_view key) const { return find(key) != nullptr; }
  /// Replaces the member or adds it at the end. This must be an object (or null, which becomes one).
  Json& set(std::string_view key, Json value);
  /// Takes the member out; whether there was one.
  bool erase(std::string_view key);
  /// Adds an element. This must be an array (or null, which becomes one).
  Json& push_back(Json value);
  /// Elements of an array or members of an object; 0 for anything else.
  std::size_t size() const;

  /// The member of that name and kind; bad input naming the JSON pointer when it is missing or another.
  Result<const Json*> member(std::string_view key) const;
  Result<std::string> string_member(std::string_view key) const;
  Result<std::int64_t> int_member(std::string_view key) const;
  Result<std::uint64_t> uint_member(std::string_view key) const;
  Result<bool> bool_member(std::string_view key) const;
  Result<const Array*> array_member(std::string_view key) const;
  Result<const Object*> object_member(std::string_view key) const;
  /// An array of strings.
  Result<std::vector<std::string>> strings_member(std::string_view key) const;
  /// Nothing when it is missing; bad input when it is there and no string.
  Result<std::optional<std::string>> optional_string_member(std::string_view key) const;

  friend bool operator==(const Json& a, const Json& b);

 private:
  template <std::integral T>
  static auto integer(T value)
      -> std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> {
    if (std::in_range<std::int64_t>(value)) return static_cast<std::int64_t>(value);
    return static_cast<std::uint64_t>(value);
  }

  std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> value_ =
      nullptr;
};

/// What `parse_json` accepts at most. Every number has a test.
struct JsonLimits {
  std::size_t max_bytes = 64U << 20;   ///< length of the text
  std::size_t max_depth = 64;          ///< nested arrays and objects; a bare value has depth 0
  std::size_t max_values = 4'000'000;  ///< values of every kind, the outermost included; keys do not count
};

/// One JSON text (RFC 8259), strictly: UTF-8 without a byte order mark, nothing behind the value but white
/// space, no duplicate member names (I-JSON, RFC 7493 section 2.3), no lone surrogate, no number outside
/// int64, uint64 or the finite doubles. Anything else is bad input, `where` being "byte N" or the JSON
/// pointer (RFC 6901) of the offending value. Linear time; memory about ten times the text.
Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

/// Compact text in the order of the members, integers with all their digits, doubles so that they read back
/// the same. For people and tools; what is signed or hashed uses `canonical_json`.
std::string write_json(const Json& value);

/// `pointer` extended by one reference token (RFC 6901 section 4).
std::string json_pointer(std::string_view pointer, std::string_view key);

}  // namespace parley::encoding
