#include "misp/value.hpp"

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"
#include "encoding/json_text.hpp"

namespace parley::misp {

const Value* Value::find(std::string_view name) const {
  const Object* const members = if_object();
  if (members == nullptr) return nullptr;
  for (const Member& member : *members)
    if (member.name == name) return &member.value;
  return nullptr;
}

Value* Value::find(std::string_view name) {
  return const_cast<Value*>(std::as_const(*this).find(name));
}

Value& Value::set(std::string_view name, Value value) {
  if (!is_object()) value_ = Object();
  if (Value* const there = find(name)) return *there = std::move(value);
  Object& members = std::get<Object>(value_);
  members.push_back({std::string(name), std::move(value)});
  return members.back().value;
}

bool Value::erase(std::string_view name) {
  Object* const members = if_object();
  if (members == nullptr) return false;
  const auto there = std::ranges::find(*members, name, &Member::name);
  if (there == members->end()) return false;
  members->erase(there);
  return true;
}

Value& Value::push_back(Value value) {
  if (!is_array()) value_ = Array();
  return std::get<Array>(value_).emplace_back(std::move(value));
}

const Value::Array& Value::elements(std::string_view name) const {
  static const Array none;
  const Value* const value = find(name);
  const Array* const list = value != nullptr ? value->if_array() : nullptr;
  return list != nullptr ? *list : none;
}

std::optional<std::string_view> Value::as_text() const {
  if (const std::string* const text = if_string()) return *text;
  if (const Number* const number = if_number()) return number->text;
  if (const bool* const truth = if_bool()) return *truth ? "1" : "0";
  return std::nullopt;
}

std::string_view Value::text(std::string_view name) const {
  const Value* const value = find(name);
  return value != nullptr ? value->as_text().value_or(std::string_view()) : std::string_view();
}

std::optional<std::int64_t> Value::number(std::string_view name) const {
  const std::string_view written = trim(text(name));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), number);
  if (written.empty() || error != std::errc() || end != written.data() + written.size()) return std::nullopt;
  return number;
}

bool Value::flag(std::string_view name) const {
  const std::string_view written = text(name);
  return written == "1" || equal_ignoring_case(written, "true");
}

bool operator==(const Value& a, const Value& b) {
  return a.value_ == b.value_;
}

void append_value(std::string& out, const Value& value) {
  if (const std::string* const text = value.if_string()) return encoding::append_json_string(out, *text);
  if (const Number* const number = value.if_number()) {
    out += number->text;
  } else if (const bool* const truth = value.if_bool()) {
    out += *truth ? "true" : "false";
  } else if (const Value::Array* const elements = value.if_array()) {
    out += '[';
    for (const Value& element : *elements) {
      if (&element != elements->data()) out += ',';
      append_value(out, element);
    }
    out += ']';
  } else if (const Value::Object* const members = value.if_object()) {
    out += '{';
    for (const Value::Member& member : *members) {
      if (&member != members->data()) out += ',';
      encoding::append_json_string(out, member.name);
      out += ':';
      append_value(out, member.value);
    }
    out += '}';
  } else {
    out += "null";
  }
}

std::string write_value(const Value& value) {
  std::string out;
  append_value(out, value);
  return out;
}

std::string lower(std::string_view text) {
  std::string out;
  append_lower(out, text);
  return out;
}

}  // namespace parley::misp
