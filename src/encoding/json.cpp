#include "encoding/json.hpp"

#include <algorithm>
#include <cmath>

#include "base/assert.hpp"

namespace parley::encoding {
namespace {

std::unexpected<Error> missing(std::string_view key, std::string_view kind) {
  return fail(ErrorKind::bad_input, "expected " + std::string(kind) + ", the member is missing",
              json_pointer("", key));
}
std::unexpected<Error> wrong_kind(std::string_view key, std::string_view kind) {
  return fail(ErrorKind::bad_input, "expected " + std::string(kind), json_pointer("", key));
}

// Finds the member and applies `get` to it; nullopt or nullptr from `get` means another kind.
template <class Get>
auto typed_member(const Json& object, std::string_view key, std::string_view kind, Get get)
    -> Result<std::remove_cvref_t<decltype(*get(std::declval<const Json&>()))>> {
  const Json* found = object.find(key);
  if (found == nullptr) return missing(key, kind);
  const auto value = get(*found);
  if (!value) return wrong_kind(key, kind);
  return *value;
}

// Whether the double is exactly this integer. Both bounds of the range are powers of two, hence doubles.
bool same_number(std::int64_t integer, double number) {
  return number >= -0x1p63 && number < 0x1p63 && std::trunc(number) == number &&
         static_cast<std::int64_t>(number) == integer;
}
bool same_number(std::uint64_t integer, double number) {
  return number >= 0 && number < 0x1p64 && std::trunc(number) == number &&
         static_cast<std::uint64_t>(number) == integer;
}

bool mixed_equal(const Json& integer, const Json& number) {
  const double* value = number.if_double();
  if (value == nullptr) return false;
  if (const auto* i = integer.if_int64()) return same_number(*i, *value);
  if (const auto* u = integer.if_uint64()) return same_number(*u, *value);
  return false;
}

}  // namespace

Json::Json(double value) : value_(value) {
  PARLEY_ASSERT(std::isfinite(value));
}

std::optional<std::int64_t> Json::int_value() const {
  if (const auto* value = if_int64()) return *value;
  return std::nullopt;
}

std::optional<std::uint64_t> Json::uint_value() const {
  if (const auto* value = if_uint64()) return *value;
  if (const auto* value = if_int64(); value != nullptr && *value >= 0)
    return static_cast<std::uint64_t>(*value);
  return std::nullopt;
}

std::optional<double> Json::number_value() const {
  if (const auto* value = if_double()) return *value;
  if (const auto* value = if_int64()) return static_cast<double>(*value);
  if (const auto* value = if_uint64()) return static_cast<double>(*value);
  return std::nullopt;
}

const Json* Json::find(std::string_view key) const {
  const Object* object = if_object();
  if (object == nullptr) return nullptr;
  const auto it = std::ranges::find(*object, key, &Member::first);
  return it == object->end() ? nullptr : &it->second;
}

Json* Json::find(std::string_view key) {
  return const_cast<Json*>(std::as_const(*this).find(key));
}

Json& Json::set(std::string_view key, Json value) {
  if (is_null()) value_ = Object{};
  Object* object = if_object();
  PARLEY_ASSERT(object != nullptr);
  if (Json* found = find(key)) return *found = std::move(value);
  return object->emplace_back(std::string(key), std::move(value)).second;
}

bool Json::erase(std::string_view key) {
  Object* object = if_object();
  return object != nullptr && std::erase_if(*object, [&](const Member& m) { return m.first == key; }) > 0;
}

Json& Json::push_back(Json value) {
  if (is_null()) value_ = Array{};
  Array* array = if_array();
  PARLEY_ASSERT(array != nullptr);
  return array->emplace_back(std::move(value));
}

std::size_t Json::size() const {
  if (const Array* array = if_array()) return array->size();
  if (const Object* object = if_object()) return object->size();
  return 0;
}

Result<const Json*> Json::member(std::string_view key) const {
  const Json* found = find(key);
  if (found == nullptr) return missing(key, "a value");
  return found;
}

Result<std::string> Json::string_member(std::string_view key) const {
  return typed_member(*this, key, "a string", [](const Json& v) { return v.if_string(); });
}
Result<std::int64_t> Json::int_member(std::string_view key) const {
  return typed_member(*this, key, "an integer", [](const Json& v) { return v.int_value(); });
}
Result<std::uint64_t> Json::uint_member(std::string_view key) const {
  return typed_member(*this, key, "an integer not below zero", [](const Json& v) { return v.uint_value(); });
}
Result<bool> Json::bool_member(std::string_view key) const {
  return typed_member(*this, key, "true or false", [](const Json& v) { return v.if_bool(); });
}

Result<const Json::Array*> Json::array_member(std::string_view key) const {
  const Json* found = find(key);
  if (found == nullptr) return missing(key, "an array");
  if (!found->is_array()) return wrong_kind(key, "an array");
  return found->if_array();
}

Result<const Json::Object*> Json::object_member(std::string_view key) const {
  const Json* found = find(key);
  if (found == nullptr) return missing(key, "an object");
  if (!found->is_object()) return wrong_kind(key, "an object");
  return found->if_object();
}

Result<std::vector<std::string>> Json::strings_member(std::string_view key) const {
  PARLEY_TRY(const Array* array, array_member(key));
  std::vector<std::string> out;
  out.reserve(array->size());
  for (const Json& element : *array) {
    if (!element.is_string())
      return fail(ErrorKind::bad_input, "expected a string",
                  json_pointer(json_pointer("", key), std::to_string(out.size())));
    out.push_back(*element.if_string());
  }
  return out;
}

Result<std::optional<std::string>> Json::optional_string_member(std::string_view key) const {
  const Json* found = find(key);
  if (found == nullptr) return std::optional<std::string>();
  if (!found->is_string()) return wrong_kind(key, "a string");
  return std::optional<std::string>(*found->if_string());
}

bool operator==(const Json& a, const Json& b) {
  if (a.value_.index() != b.value_.index()) return mixed_equal(a, b) || mixed_equal(b, a);
  return a.value_ == b.value_;
}

std::string json_pointer(std::string_view pointer, std::string_view key) {
  std::string out(pointer);
  out += '/';
  for (const char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

}  // namespace parley::encoding
