#include "misp/stix_path.hpp"

#include <algorithm>

namespace parley::misp {
namespace {

struct PathStep {
  std::string_view name;
  std::string_view rest;
  bool in_list = false;
};

/// The first step of a path; a name in quotes may have dots.
PathStep first_step(std::string_view path) {
  PathStep out;
  std::size_t end = 0;
  if (path.starts_with('\'')) {
    end = path.find('\'', 1);
    out.name = path.substr(1, end == std::string_view::npos ? end : end - 1);
    end = std::min(path.size(), end == std::string_view::npos ? end : end + 1);
  } else {
    end = std::min(path.size(), path.find('.'));
    out.name = path.substr(0, end);
  }
  if (end < path.size()) out.rest = path.substr(end + 1);
  if (out.name.ends_with("[0]")) {
    out.name.remove_suffix(3);
    out.in_list = true;
  }
  return out;
}

}  // namespace

const Value* value_at(const Value& object, std::string_view path) {
  const PathStep step = first_step(path);
  const Value* inner = object.find(step.name);
  if (inner == nullptr || step.rest.empty()) return inner;
  if (step.in_list) {
    const Value::Array* const list = inner->if_array();
    if (list == nullptr || list->empty()) return nullptr;
    inner = &list->front();
  }
  return value_at(*inner, step.rest);
}

Value& place_at(Value& object, std::string_view path) {
  const PathStep step = first_step(path);
  Value* inner = object.find(step.name);
  if (step.rest.empty()) return inner != nullptr ? *inner : object.set(step.name, nullptr);
  if (inner == nullptr)
    inner = &object.set(step.name, step.in_list ? Value(Value::Array{Value::object()}) : Value::object());
  return place_at(step.in_list ? inner->if_array()->front() : *inner, step.rest);
}

}  // namespace parley::misp
