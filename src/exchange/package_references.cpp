#include "exchange/package_references.hpp"

#include <algorithm>

namespace parley::exchange {

namespace {

using encoding::Json;

bool is_marking(std::string_view key) {
  return key == "object_marking_refs" || key == "marking_ref";
}

bool is_required(std::string_view type, std::string_view key) {
  if (is_marking(key)) return true;
  if (type == "relationship") return key == "source_ref" || key == "target_ref";
  if (type == "sighting") return key == "sighting_of_ref";
  return key == "object_refs" || key == "object_ref";
}

// Depth is bounded by the JSON parser.
class Cutter {
 public:
  Cutter(std::string_view type, const std::function<bool(std::string_view)>& goes_along)
      : type_(type), goes_along_(goes_along) {}

  void walk(Json& value, const std::string& pointer) {
    if (auto* array = value.if_array()) {
      for (std::size_t i = 0; i < array->size(); ++i) walk((*array)[i], pointer + "/" + std::to_string(i));
      return;
    }
    auto* object = value.if_object();
    if (object == nullptr) return;
    for (auto at = object->begin(); at != object->end();) {
      const std::string here = encoding::json_pointer(pointer, at->first);
      const bool gone = at->first.ends_with("_ref")    ? cut_one(at->first, at->second, here)
                        : at->first.ends_with("_refs") ? cut_list(at->first, at->second, here)
                                                       : (walk(at->second, here), false);
      at = gone ? object->erase(at) : at + 1;
    }
  }

  ReferenceCut result;

 private:
  void note(std::string_view key, const std::string& pointer, const std::string& target, bool last) {
    result.pointers.push_back({pointer, target});
    if (last && is_required(type_, key) && result.impossible.empty()) result.impossible = target;
  }

  bool cut_one(std::string_view key, Json& value, const std::string& pointer) {
    const std::string* target = value.if_string();
    if (target == nullptr) walk(value, pointer);
    if (target == nullptr || goes_along_(*target)) return false;
    note(key, pointer, *target, true);
    return true;
  }

  // True when nothing is left: STIX allows no empty list.
  bool cut_list(std::string_view key, Json& value, const std::string& pointer) {
    auto* array = value.if_array();
    walk(value, pointer);  // lists of objects with references of their own, however odd
    if (array == nullptr) return false;
    const std::size_t before = array->size();
    std::vector<std::string> targets;
    std::erase_if(*array, [&](const Json& element) {
      const std::string* target = element.if_string();
      if (target == nullptr || goes_along_(*target)) return false;
      targets.push_back(*target);
      return true;
    });
    const bool empty = array->empty() && before > 0;
    for (std::size_t i = 0; i < targets.size(); ++i)
      note(key, pointer, targets[i], (empty || is_marking(key)) && i + 1 == targets.size());
    return empty;
  }

  std::string_view type_;
  const std::function<bool(std::string_view)>& goes_along_;
};

template <class Visit>
void visit_references(const Json& value, const Visit& visit) {
  if (const auto* array = value.if_array()) {
    for (const Json& element : *array) visit_references(element, visit);
  } else if (const auto* object = value.if_object()) {
    for (const auto& [key, member] : *object) {
      if (key.ends_with("_ref") && member.is_string()) {
        visit(key, *member.if_string());
      } else if (key.ends_with("_refs") && member.is_array()) {
        for (const Json& element : *member.if_array())
          if (const std::string* id = element.if_string())
            visit(key, *id);
          else
            visit_references(element, visit);
      } else {
        visit_references(member, visit);
      }
    }
  }
}

}  // namespace

ReferenceCut cut_references_of(Json& object, const std::function<bool(std::string_view)>& goes_along) {
  const Json* type = object.find("type");
  const std::string name = type != nullptr && type->is_string() ? *type->if_string() : "";
  Cutter cutter(name, goes_along);
  cutter.walk(object, "");
  return std::move(cutter.result);
}

std::vector<std::string> references_in(const Json& object) {
  std::vector<std::string> out;
  visit_references(object, [&](std::string_view, const std::string& id) { out.push_back(id); });
  return out;
}

std::vector<std::string> marking_references_in(const Json& object) {
  std::vector<std::string> out;
  visit_references(object, [&](std::string_view key, const std::string& id) {
    if (is_marking(key)) out.push_back(id);
  });
  return out;
}

}  // namespace parley::exchange
