#include <algorithm>

#include "stix/checker.hpp"
#include "stix/names.hpp"

// Extensions (STIX 2.1 section 7.3) and content that is not of STIX.

namespace parley::stix {
namespace {

using simdjson::SUCCESS;

bool is_definition_key(std::string_view key) {
  const std::optional<Identifier> parts = read_identifier(key);
  return parts && parts->type == "extension-definition";
}

bool is_named_key(std::string_view key) {
  return key.size() > 4 && key.ends_with("-ext") && is_type_name(key);
}

const KnownExtension* find_known(std::string_view type, std::string_view key) {
  for (const KnownExtension& known : known_extensions())
    if (known.type == type && known.key == key) return &known;
  return nullptr;
}

bool has_known(std::string_view type) {
  return std::ranges::find(known_extensions(), type, &KnownExtension::type) != known_extensions().end();
}

/// "x-" or "x_", a source and a name: `x-example-org-thing`.
bool has_source(std::string_view name, char separator) {
  if (name.size() < 5 || name[0] != 'x' || name[1] != separator) return false;
  const std::size_t next = name.find(separator, 3);
  return next != std::string_view::npos && next + 1 < name.size();
}
bool has_prefix(std::string_view name, char separator) {
  return name.size() > 2 && name[0] == 'x' && name[1] == separator;
}

}  // namespace

void Checker::extensions(const Element& value) {
  Object tree;
  if (value.get_object().get(tree) != SUCCESS) return wrong_type("extensions", "an object", value);
  Names names;
  bool empty = true;
  for (const simdjson::dom::key_value_pair member : tree) {
    if (stopped_) return;
    const std::string_view key = member.key;
    empty = false;
    const Step step(*this, key);
    if (!names.add(key)) report(Rule::duplicate_name, key);
    extension(key, member.value);
  }
  if (const std::string_view twice = names.repeated(); !twice.empty()) report(Rule::duplicate_name, twice);
  if (empty) report(Rule::dictionary_empty, "extensions");
}

void Checker::extension(std::string_view key, const Element& value) {
  const KnownExtension* known = find_known(type_name_, key);
  if (known != nullptr) {
    Object tree;
    if (value.get_object().get(tree) == SUCCESS && tree.begin() == tree.end())
      return report(Rule::extension_empty, key);
    return part(value, known->part, key);
  }
  const bool defined = is_definition_key(key);
  if (!defined && (!is_named_key(key) || type_name_ == "marking-definition") && !is_20())
    return report(Rule::extension_key, key);
  Object tree;
  if (value.get_object().get(tree) != SUCCESS) return wrong_type(key, "an object", value);
  if (tree.begin() == tree.end()) return report(Rule::extension_empty, key);
  Element kind;
  const bool has_kind = tree.at_key("extension_type").get(kind) == SUCCESS;
  if (defined) {
    std::string_view text;
    if (!has_kind) {
      report(Rule::extension_type_missing);
    } else {
      const Step step(*this, "extension_type");
      if (kind.get_string().get(text) != SUCCESS)
        wrong_type("extension_type", "a string", kind);
      else if (!is_in(Vocabulary::extension_type, text))
        report(Rule::enumeration_value, "extension_type", text,
               vocabulary_facts(Vocabulary::extension_type).name);
    }
  }
  Names names;
  for (const simdjson::dom::key_value_pair member : tree) {
    const std::string_view name = member.key;
    const Step step(*this, name);
    if (!names.add(name)) report(Rule::duplicate_name, name);
    if (name != "extension_type") {
      if (!is_property_name_lax(name)) {
        report(Rule::property_name, name);
      } else {
        if (!is_property_name(name)) report(Rule::property_name_spec, name);
        simdjson::dom::array list;
        if (member.value.is_null())
          report(Rule::property_null, name);
        else if (member.value.get_array().get(list) == SUCCESS && list.begin() == list.end())
          report(Rule::list_empty, name);
        else if (name.size() > 4 && name.ends_with("_bin"))
          this->value({.name = name, .kind = Kind::base64}, member.value, true);
        else if (name.size() > 4 && name.ends_with("_hex"))
          this->value({.name = name, .kind = Kind::hex}, member.value, true);
      }
    }
    walk(member.value, 4);
  }
  if (const std::string_view twice = names.repeated(); !twice.empty()) report(Rule::duplicate_name, twice);
}

/// Custom objects, properties and extensions that no extension definition stands behind.
void Checker::custom_use(const Object& tree, const Frame& frame) {
  if (is_20() && is_observable()) return;
  if (!is_known()) {
    if (type_name_ != "action" && !new_type_extension_) {
      const Step step(*this, "type");
      report(Rule::custom_object, type_name_);
      if (!has_prefix(type_name_, '-'))
        report(Rule::custom_prefix_lax, type_name_, "x-");
      else if (!has_source(type_name_, '-'))
        report(Rule::custom_prefix, type_name_, "x-");
    }
    return;
  }
  if (!toplevel_extension_) {
    for (const simdjson::dom::key_value_pair member : tree) {
      const std::string_view name = member.key;
      if (frame.lookup->find(name) != Lookup::absent || name == "severity" || name == "action" ||
          name == "username" || name == "phone_numbers")
        continue;
      const Step step(*this, name);
      report(Rule::custom_property, name, type_name_);
      if (!has_prefix(name, '_'))
        report(Rule::custom_prefix_lax, name, "x_");
      else if (!has_source(name, '_'))
        report(Rule::custom_prefix, name, "x_");
    }
  }
  Object extensions_of;
  const Element* value = frame.find("extensions");
  if (value == nullptr || !has_known(type_name_) || property_extension_) return;
  if (value->get_object().get(extensions_of) != SUCCESS) return;
  const Step step(*this, "extensions");
  for (const simdjson::dom::key_value_pair member : extensions_of) {
    if (find_known(type_name_, member.key) != nullptr) continue;
    const Step inner(*this, member.key);
    report(Rule::custom_extension, member.key, type_name_);
  }
}

void Checker::extension_definition(const Frame& frame) {
  simdjson::dom::array list;
  bool toplevel = false;
  if (const Element* types = frame.find("extension_types");
      types != nullptr && types->get_array().get(list) == SUCCESS)
    for (const Element type : list) {
      std::string_view text;
      toplevel =
          toplevel || (type.get_string().get(text) == SUCCESS && text == "toplevel-property-extension");
    }
  const bool has_properties = frame.find("extension_properties") != nullptr;
  if (has_properties && !toplevel) report(Rule::extension_properties_misplaced);
  if (toplevel && !has_properties) report(Rule::extension_properties);
  if (frame.find("description") == nullptr) report(Rule::extension_description);
  if (frame.find("created_by_ref") == nullptr)
    report(Rule::required_property_spec, "created_by_ref", "extension-definition");
}

}  // namespace parley::stix
