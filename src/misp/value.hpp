#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace parley::misp {

/// A number as it was written: "1", "1.0" and "1e0" are three texts, and each leaves as it came.
struct Number {
  std::string text;
  bool operator==(const Number&) const = default;
};

/// A member of an object.
template <class V>
struct Named {
  std::string name;
  V value;
  bool operator==(const Named&) const = default;
};

/// A JSON value of a MISP document (RFC 8259): a tree that owns its parts and loses nothing: members in their
/// order, those that nobody knows too, and numbers by their text. `encoding::Json` would turn them into
/// doubles.
///
/// MISP writes the same member as 583 or "583", as 0, "0" or false: `text`, `number` and `flag` read any.
class Value {
 public:
  using Member = Named<Value>;
  using Array = std::vector<Value>;
  using Object = std::vector<Member>;

  Value() = default;
  Value(std::nullptr_t) {}
  Value(bool value) : value_(value) {}
  Value(Number value) : value_(std::move(value)) {}
  Value(std::string value) : value_(std::move(value)) {}
  Value(std::string_view value) : value_(std::string(value)) {}
  Value(const char* value) : value_(std::string(value)) {}
  Value(Array value) : value_(std::move(value)) {}
  Value(Object value) : value_(std::move(value)) {}

  static Value integer(std::int64_t value) { return Number{std::to_string(value)}; }
  static Value object() { return Object(); }
  static Value array() { return Array(); }

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
  bool is_object() const { return if_object() != nullptr; }
  bool is_array() const { return if_array() != nullptr; }
  const bool* if_bool() const { return std::get_if<bool>(&value_); }
  const Number* if_number() const { return std::get_if<Number>(&value_); }
  const std::string* if_string() const { return std::get_if<std::string>(&value_); }
  const Array* if_array() const { return std::get_if<Array>(&value_); }
  const Object* if_object() const { return std::get_if<Object>(&value_); }
  Array* if_array() { return std::get_if<Array>(&value_); }
  Object* if_object() { return std::get_if<Object>(&value_); }

  /// The member of that name; nullptr when there is none or this is no object. Linear in the members.
  const Value* find(std::string_view name) const;
  Value* find(std::string_view name);
  /// Replaces the member where it stands, or adds it at the end. What is no object becomes one: in foreign
  /// bytes anything may stand anywhere.
  Value& set(std::string_view name, Value value);
  /// Takes the member out; whether there was one.
  bool erase(std::string_view name);
  /// Adds an element. What is no array becomes one.
  Value& push_back(Value value);

  /// The elements of a member that is an array; none of anything else.
  const Array& elements(std::string_view name) const;
  /// A string, a number or a boolean ("1", "0") as text; nothing for anything else. A view of a string or
  /// number lives as long as this value.
  std::optional<std::string_view> as_text() const;
  /// The same of a member; empty when it is missing or of another kind.
  std::string_view text(std::string_view name) const;
  /// A member that is an integer, written as number or text.
  std::optional<std::int64_t> number(std::string_view name) const;
  /// A member that says yes: true, 1, "1", "true".
  bool flag(std::string_view name) const;

  /// Equal in every member, their order included, and in the text of every number.
  friend bool operator==(const Value& a, const Value& b);

 private:
  std::variant<std::nullptr_t, bool, Number, std::string, Array, Object> value_ = nullptr;
};

/// What is read at most.
struct ValueLimits {
  std::size_t max_bytes = 256U << 20U;  ///< of the text
  std::size_t max_depth = 64;           ///< nested arrays and objects
  std::size_t max_values = 16'000'000;  ///< of every kind
};

/// One JSON text, strictly: UTF-8, nothing behind the value but white space, no name twice in an object, no
/// lone surrogate. Numbers may have any size. Bad input otherwise, `where` "byte N". Linear.
Result<Value> parse_value(std::string_view text, const ValueLimits& limits = {});

/// Compact text. What was read from it again is equal.
std::string write_value(const Value& value);
void append_value(std::string& out, const Value& value);

/// ASCII letters in lower case: how UUIDs and names are compared.
std::string lower(std::string_view text);

}  // namespace parley::misp
