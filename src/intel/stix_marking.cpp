#include "intel/stix_marking.hpp"

#include <algorithm>
#include <utility>

#include "intel/ascii.hpp"
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

/// What a marking-definition says: STIX 2.1 section 7.2.1 (statement, TLP 1.0) or an extension that carries
/// `tlp_2_0` (TLP 2.0) or `pap`. Anything else is unknown. Its own id never overrules a well-known one.
Marking definition(const dom::object& tree, const StixObject& object) {
  if (const auto level = tlp_of_marking_id(object.id)) return Marking{.tlp = level, .pap = {}};
  Marking meaning;
  bool understood = false;
  std::string_view text;
  dom::object body;
  if (tree.at_key("definition").get_object().get(body) == simdjson::SUCCESS) {
    if (body.at_key("tlp").get_string().get(text) == simdjson::SUCCESS) {
      meaning.tlp = parse_tlp(text);
      if (!meaning.tlp) meaning.unknown = true;
      understood = true;
    }
    if (body.at_key("statement").get_string().get(text) == simdjson::SUCCESS) {
      meaning.statement = true;
      understood = true;
    }
  }
  dom::object extensions;
  if (tree.at_key("extensions").get_object().get(extensions) == simdjson::SUCCESS) {
    for (const dom::key_value_pair extension : extensions) {
      dom::object properties;
      if (extension.value.get_object().get(properties) != simdjson::SUCCESS) continue;
      if (properties.at_key("tlp_2_0").get_string().get(text) == simdjson::SUCCESS) {
        const std::optional<TlpLevel> level = parse_tlp(text);
        meaning = strictest(meaning, Marking{.tlp = level, .pap = {}, .unknown = !level});
        understood = true;
      }
      if (properties.at_key("pap").get_string().get(text) == simdjson::SUCCESS) {
        const std::optional<PapLevel> level = parse_pap(text);
        meaning = strictest(meaning, Marking{.tlp = {}, .pap = level, .unknown = !level});
        understood = true;
      }
    }
  }
  if (!understood) meaning.unknown = true;
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
