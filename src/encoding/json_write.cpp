#include <fmt/format.h>

#include "encoding/json.hpp"
#include "encoding/json_text.hpp"

namespace parley::encoding {
namespace {

void write(std::string& out, const Json& value) {
  if (value.is_null()) {
    out += "null";
  } else if (const bool* boolean = value.if_bool()) {
    out += *boolean ? "true" : "false";
  } else if (const std::int64_t* integer = value.if_int64()) {
    out += std::to_string(*integer);
  } else if (const std::uint64_t* natural = value.if_uint64()) {
    out += std::to_string(*natural);
  } else if (const double* number = value.if_double()) {
    out += fmt::format("{}", *number);  // the shortest text that reads back the same
  } else if (const std::string* text = value.if_string()) {
    append_json_string(out, *text);
  } else if (const Json::Array* array = value.if_array()) {
    out += '[';
    for (const Json& element : *array) {
      if (&element != array->data()) out += ',';
      write(out, element);
    }
    out += ']';
  } else if (const Json::Object* object = value.if_object()) {
    out += '{';
    for (const auto& member : *object) {
      if (&member != object->data()) out += ',';
      append_json_string(out, member.first);
      out += ':';
      write(out, member.second);
    }
    out += '}';
  }
}

}  // namespace

std::string write_json(const Json& value) {
  std::string out;
  write(out, value);
  return out;
}

}  // namespace parley::encoding
