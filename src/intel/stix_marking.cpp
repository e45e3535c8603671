#include "intel/stix_marking.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "intel/observable_path.hpp"

namespace parley::intel {
namespace {

namespace dom = simdjson::dom;

void add_reference(std::string_view id, StixObject& object) {
  if (const std::optional<TlpLevel> level = tlp_of_marking_id(id)) {
    object.own_marking = strictest(object.own_marking, Marking{.tlp = level, .pap = {}});
    return;
  }
  if (std::ranges::find(object.unresolved_markings, id) == object.unresolved_markings.end())
    object.unresolved_markings.emplace_back(id);
}

/// Markings that cannot be read are not "none": whoever wrote them meant to limit something.
void unreadable(StixObject& object, std::string why) {
  object.own_marking.unknown = true;
  warn(object.warnings, std::move(why));
}

void object_markings(const dom::element& value, StixObject& object) {
  dom::array ids;
  if (value.get_array().get(ids) != simdjson::SUCCESS)
    return unreadable(object, "object_marking_refs is no list: the object never leaves");
  for (const dom::element element : ids) {
    std::string_view id;
    if (!read_text(element, id)) {
      unreadable(object, "a marking reference is no string: the object never leaves");
      continue;
    }
    object.marking_refs.emplace_back(id);
    add_reference(id, object);
  }
}

/// STIX 2.1 section 7.2.3. One marked property marks the whole object here: it leaves whole or not at all. An
/// entry with `lang` alone says a language, which limits nothing.
void granular_markings(const dom::element& value, StixObject& object) {
  dom::array entries;
  if (value.get_array().get(entries) != simdjson::SUCCESS)
    return unreadable(object, "granular_markings is no list: the object never leaves");
  for (const dom::element element : entries) {
    dom::object entry;
    if (element.get_object().get(entry) != simdjson::SUCCESS) {
      unreadable(object, "a granular marking is no object: the object never leaves");
      continue;
    }
    dom::element reference;
    if (entry.at_key("marking_ref").get(reference) != simdjson::SUCCESS) {
      dom::element language;
      if (entry.at_key("lang").get(language) != simdjson::SUCCESS)
        unreadable(object, "a granular marking without marking_ref: the object never leaves");
      continue;
    }
    std::string_view id;
    if (read_text(reference, id))
      add_reference(id, object);
    else
      unreadable(object, "a granular marking reference is no string: the object never leaves");
  }
}

/// A producer that writes "tlp:amber" as a label means it.
void label_markings(StixObject& object) {
  for (const std::string& label : object.labels) {
    if (label.size() < 4 || to_lower(label[0]) != 't' || to_lower(label[1]) != 'l' ||
        to_lower(label[2]) != 'p' || label[3] != ':')
      continue;
    const std::optional<TlpLevel> level = parse_tlp(label);
    if (level)
      object.own_marking = strictest(object.own_marking, Marking{.tlp = level, .pap = {}});
    else
      unreadable(object, "a TLP label that names no level: the object never leaves");
  }
}

/// STIX 2.1 section 7.2.1: `definition` of a statement or of TLP 1.0.
Marking built_in_definition(const dom::element& value) {
  Marking meaning;
  dom::object body;
  if (value.get_object().get(body) != simdjson::SUCCESS)
    return Marking{.tlp = {}, .pap = {}, .unknown = true};
  for (const dom::key_value_pair member : body) {
    std::string_view text;
    const bool is_text = member.value.get_string().get(text) == simdjson::SUCCESS;
    if (is_text && member.key == "tlp") {
      meaning.tlp = parse_tlp(text);
      if (!meaning.tlp) meaning.unknown = true;
    } else if (is_text && member.key == "statement") {
      meaning.statement = true;
    } else {
      meaning.unknown = true;
    }
  }
  return meaning;
}

/// An extension that carries `tlp_2_0` (TLP 2.0) or `pap`, and nothing else that could limit something.
Marking extension_definition(const dom::element& value) {
  Marking meaning;
  bool understood = false;
  dom::object properties;
  if (value.get_object().get(properties) != simdjson::SUCCESS)
    return Marking{.tlp = {}, .pap = {}, .unknown = true};
  for (const dom::key_value_pair member : properties) {
    std::string_view text;
    if (member.key == "extension_type") continue;
    const bool is_text = member.value.get_string().get(text) == simdjson::SUCCESS;
    if (is_text && member.key == "tlp_2_0") {
      const std::optional<TlpLevel> level = parse_tlp(text);
      meaning = strictest(meaning, Marking{.tlp = level, .pap = {}, .unknown = !level});
      understood = true;
    } else if (is_text && member.key == "pap") {
      const std::optional<PapLevel> level = parse_pap(text);
      meaning = strictest(meaning, Marking{.tlp = {}, .pap = level, .unknown = !level});
      understood = true;
    } else {
      meaning.unknown = true;
    }
  }
  if (!understood) meaning.unknown = true;
  return meaning;
}

/// What a marking-definition says, all its parts together. A part that is not understood (IEP, ACS, a kind of
/// somebody's own) may forbid anything, so it makes the whole unknown whatever stands beside it. Its own id
/// never overrules a well-known one.
Marking definition(const dom::object& tree, const StixObject& object) {
  if (const auto level = tlp_of_marking_id(object.id)) return Marking{.tlp = level, .pap = {}};
  Marking meaning;
  bool says_something = false;
  dom::element body;
  if (tree.at_key("definition").get(body) == simdjson::SUCCESS) {
    meaning = built_in_definition(body);
    says_something = true;
  }
  dom::object extensions;
  if (tree.at_key("extensions").get_object().get(extensions) == simdjson::SUCCESS) {
    for (const dom::key_value_pair extension : extensions) {
      meaning = strictest(meaning, extension_definition(extension.value));
      says_something = true;
    }
  }
  if (!says_something) meaning.unknown = true;
  return meaning;
}

void settle(StixObject& object) {
  object.marking = object.own_marking;
  if (!object.unresolved_markings.empty()) object.marking.unknown = true;
}

}  // namespace

void read_markings(const dom::object& tree, StixObject& object) {
  dom::element value;
  if (tree.at_key("object_marking_refs").get(value) == simdjson::SUCCESS) object_markings(value, object);
  if (tree.at_key("granular_markings").get(value) == simdjson::SUCCESS) granular_markings(value, object);
  label_markings(object);
  if (object.type == "marking-definition") object.defines = definition(tree, object);
  settle(object);
}

bool resolve_marking(StixObject& object, const MarkingLookup& known) {
  std::erase_if(object.unresolved_markings, [&](const std::string& id) {
    const std::optional<Marking> meaning = known.find(id);
    if (meaning) object.own_marking = strictest(object.own_marking, *meaning);
    return meaning.has_value();
  });
  settle(object);
  return object.unresolved_markings.empty();
}

}  // namespace parley::intel
