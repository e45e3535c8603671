#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

#include "stix/checker.hpp"

// Markings: definitions, object markings, granular markings (STIX 2.1 section 7.2).

namespace parley::stix {
namespace {

using simdjson::SUCCESS;

struct OriginalTlp {
  std::string_view id, name, level;
};
/// STIX 2.1 section 7.2.1.4: the only instances that may be used.
constexpr std::array<OriginalTlp, 4> originals{
    {{"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", "TLP:WHITE", "white"},
     {"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", "TLP:GREEN", "green"},
     {"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", "TLP:AMBER", "amber"},
     {"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "TLP:RED", "red"}}};

/// Follows a selector that has its form; whether something is there.
bool leads_somewhere(simdjson::dom::element at, std::string_view selector) {
  while (true) {
    const std::size_t end = std::min(selector.find('.'), selector.size());
    const std::string_view part = selector.substr(0, end);
    if (part.starts_with('[')) {
      std::size_t index = 0;
      const char* last = part.data() + part.size() - 1;
      const auto [stop, code] = std::from_chars(part.data() + 1, last, index);
      simdjson::dom::array list;
      if (code != std::errc() || stop != last || at.get_array().get(list) != SUCCESS ||
          list.at(index).get(at) != SUCCESS)
        return false;
    } else {
      simdjson::dom::object object;
      if (at.get_object().get(object) != SUCCESS || object.at_key(part).get(at) != SUCCESS) return false;
    }
    if (end == selector.size()) return true;
    selector.remove_prefix(end + 1);
  }
}

}  // namespace

void Checker::granular_marking(const Element&, const Frame& frame) {
  const bool has_ref = frame.find("marking_ref") != nullptr;
  const bool has_lang = frame.find("lang") != nullptr;
  if (has_ref == has_lang)
    report(has_ref ? Rule::granular_one_of : Rule::required_property, "marking_ref", "granular-marking");
  if (has_lang && !is_language(frame.text("lang"))) report(Rule::language_tag, "lang", frame.text("lang"));
  if (type_name_ == "marking-definition" && has_ref && frame.text("marking_ref") == id_)
    report(Rule::marking_circular);
}

/// Every selector leads to something in the object.
void Checker::selectors(const Object& tree, const Frame& frame) {
  const Element* markings = frame.find("granular_markings");
  simdjson::dom::array list;
  if (markings == nullptr || markings->get_array().get(list) != SUCCESS) return;
  const Step step(*this, "granular_markings");
  std::size_t index = 0;
  for (const Element marking : list) {
    const Step inner(*this, index++);
    simdjson::dom::array selectors;
    if (marking["selectors"].get_array().get(selectors) != SUCCESS) continue;
    const Step in_selectors(*this, "selectors");
    std::size_t number = 0;
    for (const Element selector : selectors) {
      const Step at(*this, number++);
      std::string_view text;
      if (selector.get_string().get(text) != SUCCESS || !is_selector(text)) continue;
      simdjson::dom::object object = tree;
      const std::size_t end = std::min(text.find('.'), text.size());
      Element first;
      if (object.at_key(text.substr(0, end)).get(first) != SUCCESS ||
          (end != text.size() && !leads_somewhere(first, text.substr(end + 1))))
        report(Rule::selector_missing, text);
    }
  }
}

void Checker::marking_references(const Frame& frame) {
  const Element* references = frame.find("object_marking_refs");
  simdjson::dom::array list;
  if (references == nullptr || references->get_array().get(list) != SUCCESS) return;
  const Step step(*this, "object_marking_refs");
  std::size_t levels = 0;
  for (const Element reference : list) {
    std::string_view text;
    if (reference.get_string().get(text) != SUCCESS) continue;
    if (type_name_ == "marking-definition" && text == id_) report(Rule::marking_circular);
    if (std::ranges::find(originals, text, &OriginalTlp::id) != originals.end()) ++levels;
  }
  if (options_.interop && levels > 1) report(Rule::markings_tlp_twice);
}

void Checker::marking_definition(const Object& tree, const Frame& frame) {
  const Element* definition = frame.find("definition");
  const bool has_type = frame.find("definition_type") != nullptr;
  const std::string_view kind = frame.text("definition_type");
  if (kind == "tlp") {
    const auto original = std::ranges::find(originals, id_, &OriginalTlp::id);
    if (original == originals.end()) return report(Rule::tlp_not_original, "the id is that of none of them");
    std::string_view level;
    if (definition != nullptr) std::ignore = (*definition)["tlp"].get_string().get(level);
    if (definition == nullptr || !definition->is_object() || (!level.empty() && level != original->level))
      return report(Rule::tlp_not_original, "definition is not that of this id");
    if (level.empty())
      return report(
          (*definition)["tlp"].error() == SUCCESS ? Rule::tlp_not_original : Rule::tlp_not_original_spec,
          "definition has no text tlp");
    if (frame.text("created") != "2017-01-20T00:00:00.000Z")
      return report(Rule::tlp_not_original, "created must be 2017-01-20T00:00:00.000Z");
    if (!is_20() && frame.text("name") != original->name)
      return report(Rule::tlp_not_original, "name must be that of the level");
    for (const simdjson::dom::key_value_pair member : tree) {
      const std::string_view name = member.key;
      const bool since_21 = name == "spec_version" || name == "name";
      if (name != "type" && name != "id" && name != "created" && name != "definition" &&
          name != "definition_type" && (is_20() || !since_21))
        return report(Rule::tlp_not_original, "it holds another property");
    }
    return;
  }
  if ((is_20() || frame.find("extensions") == nullptr) && (!has_type || definition == nullptr))
    return report(Rule::marking_definition_form, "definition_type or definition is missing");
  if (definition != nullptr && !definition->is_object())
    return report(Rule::marking_definition_form, "definition must be an object");
  if (kind == "statement") {
    std::string_view statement;
    if (definition == nullptr || (*definition)["statement"].get_string().get(statement) != SUCCESS)
      report(Rule::marking_definition_form, "a statement needs the text statement");
  } else if (kind.starts_with("statement") || kind.ends_with("tlp")) {
    report(Rule::marking_definition_form, "definition_type is none that may be used");
  } else if (has_type) {
    const Step step(*this, "definition_type");
    report(Rule::definition_type, kind);
  }
}

}  // namespace parley::stix
