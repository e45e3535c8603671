#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

#include "stix/checker.hpp"
#include "stix/names.hpp"
#include "stix/registry.hpp"
#include "stix/targets.hpp"

// Values, one kind after another.

namespace parley::stix {
namespace {

using simdjson::SUCCESS;

struct Limits {
  double low;
  double high;
  std::string_view words;
};
// In the order of `Range`.
constexpr std::array<Limits, 8> limits{{{0, 0, ""},
                                        {0, 9.2e18, "0 or more"},
                                        {0, 100, "from 0 to 100"},
                                        {1, 999999999, "from 1 to 999,999,999"},
                                        {0, 999999999, "from 0 to 999,999,999"},
                                        {0, 65535, "from 0 to 65535"},
                                        {-90, 90, "from -90 to 90"},
                                        {-180, 180, "from -180 to 180"}}};

std::string_view form_words(Form form) {
  switch (form) {
    case Form::ipv4:
      return "IPv4 address (or network in CIDR notation)";
    case Form::ipv6:
      return "IPv6 address (or network in CIDR notation)";
    case Form::mac:
      return "MAC address: lower case, colons between the bytes";
    case Form::host_name:
      return "domain name (RFC 1034, RFC 5890)";
    case Form::email:
      return "e-mail address";
    case Form::cpe:
      return "CPE 2.3 name";
    case Form::relationship_type:
      return "relationship type: a-z, 0-9 and hyphens";
    case Form::encoding:
      return "name of a character set";
    case Form::software_language:
      return "language tag (RFC 5646) or ISO 639-2 code";
    default:
      return "media type";
  }
}

bool begins_with_type(std::string_view id, std::string_view type) {
  return id.starts_with(type) && id.substr(type.size()).starts_with("--");
}

/// The names that STARTUPINFO has (STIX 2.1 section 6.13.3 refers to it), and what they hold.
enum class Startup { unknown, text, null, number, zero };
Startup startup_kind(std::string_view name) {
  for (const std::string_view text : {"lpDesktop", "lpTitle", "dwFillAttribute", "dwFlags", "wShowWindow",
                                      "hStdInput", "hStdOutput", "hStdError"})
    if (name == text) return Startup::text;
  for (const std::string_view number :
       {"cb", "dwX", "dwY", "dwXSize", "dwYSize", "dwXCountChars", "dwYCountChars"})
    if (name == number) return Startup::number;
  if (name == "lpReserved" || name == "lpReserved2") return Startup::null;
  return name == "cbReserved2" ? Startup::zero : Startup::unknown;
}

bool is_media_type(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash + 1 == text.size()) return false;
  for (const std::string_view top :
       {"application", "audio", "font", "image", "message", "model", "multipart", "text", "video"})
    if (text.substr(0, slash) == top) return true;
  return false;
}

bool has_form(Form form, std::string_view text) {
  switch (form) {
    case Form::ipv4:
      return is_ipv4(text);
    case Form::ipv6:
      return is_ipv6(text);
    case Form::mac:
      return is_mac(text);
    case Form::host_name:
      return is_host_name(text);
    case Form::email:
      return is_email(text);
    case Form::cpe:
      return is_cpe(text);
    case Form::relationship_type: {
      if (text.empty()) return false;
      for (const char c : text)
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') return false;
      return true;
    }
    case Form::media_type:
      return is_media_type(text);
    case Form::software_language:
      return is_language(text) || (text.size() == 3 && is_language_code(text));
    default:
      return true;
  }
}

}  // namespace

void Checker::wrong_type(std::string_view name, std::string_view expected, const Element& value) {
  switch (value.type()) {
    case ElementType::NULL_VALUE:
      return report(Rule::property_null, name);
    case ElementType::STRING:
      return report(Rule::wrong_type, name, expected, "a string");
    case ElementType::BOOL:
      return report(Rule::wrong_type, name, expected, "true or false");
    case ElementType::ARRAY:
      return report(Rule::wrong_type, name, expected, "a list");
    case ElementType::OBJECT:
      return report(Rule::wrong_type, name, expected, "an object");
    default:
      return report(Rule::wrong_type, name, expected, "a number");
  }
}

void Checker::value(const Property& property, const Element& value, bool of_part) {
  if (!property.list) return single(property, value, of_part);
  simdjson::dom::array list;
  if (value.get_array().get(list) != SUCCESS) return wrong_type(property.name, "a list", value);
  std::size_t index = 0;
  for (const Element element : list) {
    if (stopped_) return;
    const Step step(*this, index++);
    single(property, element, of_part);
  }
  if (index == 0 && !property.may_be_empty) report(Rule::list_empty, property.name);
}

void Checker::single(const Property& property, const Element& value, bool of_part) {
  switch (property.kind) {
    case Kind::any:
      return walk(value, 2);
    case Kind::integer:
    case Kind::number:
      return number(property, value);
    case Kind::boolean:
      if (!value.is_bool()) wrong_type(property.name, "true or false", value);
      return;
    case Kind::hashes:
      return hashes(property, value);
    case Kind::dictionary:
    case Kind::string_map:
      return dictionary(property, value);
    case Kind::part:
      return part(value, static_cast<Part>(property.argument), property.name);
    case Kind::parts_by_key:
      return observed_objects(value);
    case Kind::extensions:
      return extensions(value);
    default:
      break;
  }
  std::string_view text;
  if (value.get_string().get(text) != SUCCESS) return wrong_type(property.name, "a string", value);
  text_value(property, text, of_part);
}

void Checker::text_value(const Property& property, std::string_view text, bool of_part) {
  switch (property.kind) {
    case Kind::time:
    case Kind::time_millis:
    case Kind::time_seconds:
      return time(property, text);
    case Kind::identifier:
      return identifier(property, text, of_part);
    case Kind::base64:
      if (!is_base64(text)) report(Rule::base64_form, property.name);
      return;
    case Kind::hex:
      if (!is_hex_bytes(text)) report(Rule::hex_form, property.name);
      return;
    case Kind::uri:
      if (!is_uri(text)) report(Rule::uri_form, property.name, text);
      return;
    case Kind::language:
      if (!is_language(text)) report(Rule::language_tag, property.name, text);
      return;
    case Kind::enumeration: {
      const auto vocabulary = static_cast<Vocabulary>(property.argument);
      if (!is_in(vocabulary, text))
        report(Rule::enumeration_value, property.name, text, vocabulary_facts(vocabulary).name);
      return;
    }
    case Kind::vocabulary: {
      const auto vocabulary = static_cast<Vocabulary>(property.argument);
      if (is_20()) return;  // the vocabularies of STIX 2.0 are others
      if (!is_plain_word(text) && vocabulary != Vocabulary::account_type)
        report(Rule::vocabulary_format, property.name, text);
      const VocabularyFacts& facts = vocabulary_facts(vocabulary);
      if (!is_in(vocabulary, text))
        report(Rule::vocabulary_value, property.name, text, facts.name, facts.code);
      return;
    }
    case Kind::form:
      return form(property, text);
    default:
      return;
  }
}

void Checker::form(const Property& property, std::string_view text) {
  switch (const auto kind = static_cast<Form>(property.argument)) {
    case Form::registry_key:
      if (!is_registry_key(text)) report(Rule::hive_abbreviated, property.name);
      return;
    case Form::selector:
      if (!is_selector(text)) report(Rule::selector_form, text);
      return;
    case Form::encoding:
      if (!is_registered_character_set(text)) report(Rule::character_set, property.name, text);
      return;
    case Form::media_type:
      if (!is_media_type(text))
        report(Rule::text_form, property.name, text, form_words(kind));
      else if (!is_registered_media_type(text))
        report(Rule::media_type, text);
      return;
    default:
      if (!has_form(kind, text)) report(Rule::text_form, property.name, text, form_words(kind));
      if (kind == Form::software_language && !is_language(text.substr(0, 2)) && text.size() == 3)
        report(Rule::language_iso, text);
      return;
  }
}

void Checker::identifier(const Property& property, std::string_view text, bool of_part) {
  const auto targets = static_cast<Targets>(property.argument);
  const bool is_id = path_.size() == 1 && property.name == "id";
  if (observed_ != nullptr && !is_id && targets != Targets::marking_definition) {
    // Inside `objects` of an observed-data: references are keys of the same dictionary.
    Object target;
    std::string_view target_type;
    if (observed_->at_key(text).get_object().get(target) != SUCCESS)
      return report(Rule::reference_key, property.name, text);
    if (target["type"].get_string().get(target_type) == SUCCESS && !is_target(targets, target_type))
      report(Rule::reference_target, property.name, target_type, target_facts(targets).words);
    return;
  }
  const std::optional<Identifier> parts = read_identifier(text, is_20());
  // The schemas of OASIS take any text as a reference between observables, and any type in some places.
  const bool lax_form = (is_observable() && !is_id && targets != Targets::marking_definition) ||
                        property.name == "sample_refs" || (of_part && targets == Targets::artifact_or_file);
  if (!parts) {
    if (is_id) return report(Rule::id_form, text);
    return report(lax_form ? Rule::identifier_form_spec : Rule::identifier_form, property.name, text);
  }
  if (is_id) {
    id_parts_ = *parts;
    id_ok_ = true;
    if (parts->type != type_name_)
      report(is_known() && !begins_with_type(text, type_name_) ? Rule::id_of_other_type
                                                               : Rule::id_of_other_type_spec,
             text, type_name_);
    return;
  }
  if (is_target(targets, parts->type)) return;
  if (is_20() && (targets == Targets::identity_or_location || targets == Targets::not_relationship) &&
      parts->type == "location")
    return;
  // The schemas only look at how the text begins: "file--UUIDfile--UUID" passes there for a file.
  const TargetFacts& wanted = target_facts(targets);
  const bool looks_right = !wanted.all_but && std::ranges::any_of(wanted.types, [&](std::string_view type) {
    return begins_with_type(text, type);
  });
  const bool lax_target = looks_right || lax_form || property.name == "created_by_ref" ||
                          (property.name == "object_marking_refs" && type_name_ != "marking-definition");
  if (targets == Targets::observed) return report(Rule::observed_reference, text);
  report(lax_target ? Rule::reference_target_spec : Rule::reference_target, property.name, parts->type,
         target_facts(targets).words);
}

void Checker::number(const Property& property, const Element& value) {
  double number = 0;
  const bool is_number = value.is_int64() || value.is_uint64() || value.is_double();
  const std::string_view expected = property.kind == Kind::integer ? "an integer" : "a number";
  if (!is_number || value.get_double().get(number) != SUCCESS)
    return wrong_type(property.name, expected, value);
  if (property.kind == Kind::integer && std::floor(number) != number)
    return report(Rule::wrong_type, property.name, expected, "a number with a fraction");
  const Limits& range = limits[property.argument];
  if (!range.words.empty() && (number < range.low || number > range.high))
    report(Rule::out_of_range, property.name, range.words);
}

void Checker::time(const Property& property, std::string_view text) {
  const StixTime time = read_stix_time(text);
  if (time.fault == StixTime::Fault::form) return report(Rule::time_form, property.name, text);
  if (time.fault == StixTime::Fault::day) return report(Rule::time_day, property.name, text);
  if (property.kind == Kind::time_millis && (time.digits < 3 || (is_20() && time.digits != 3)))
    report(Rule::time_precision, property.name, text);
  if (property.kind == Kind::time_seconds && time.digits != 0)
    report(Rule::text_form, property.name, text, "time in whole seconds");
}

void Checker::hashes(const Property& property, const Element& value) {
  Object tree;
  if (value.get_object().get(tree) != SUCCESS) return wrong_type(property.name, "an object", value);
  Names names;
  bool empty = true;
  for (const simdjson::dom::key_value_pair member : tree) {
    const std::string_view name = member.key;
    empty = false;
    const Step step(*this, name);
    if (!names.add(name)) report(Rule::duplicate_name, name);
    if (!is_dictionary_key(name, 3)) report(Rule::dictionary_key, name);
    std::string_view text;
    if (member.value.get_string().get(text) != SUCCESS) {
      wrong_type(name, "a string", member.value);
      continue;
    }
    if (!is_hash(name, text)) report(Rule::hash_value, name, text);
    if (is_hash_algorithm(name)) continue;
    if (is_observable() && !name.starts_with("x_")) report(Rule::hash_algorithm, name);
    if (is_observable() && name.size() > 30) report(Rule::hash_key_length, name);
    if (!is_observable() && !is_20())  // external references: no algorithm but those of the vocabulary
      report(Rule::enumeration_value, property.name, name, "hash-algorithm-ov");
  }
  if (empty) report(Rule::dictionary_empty, property.name);
}

/// STIX 2.1 section 2.3, and what single dictionaries say of their values.
void Checker::dictionary(const Property& property, const Element& value) {
  Object tree;
  if (value.get_object().get(tree) != SUCCESS) return wrong_type(property.name, "an object", value);
  const std::string_view name = property.name;
  Names names;
  bool empty = true;
  for (const simdjson::dom::key_value_pair member : tree) {
    const std::string_view key = member.key;
    const Element& item = member.value;
    empty = false;
    const Step step(*this, key);
    if (!names.add(key)) report(Rule::duplicate_name, key);
    if (!is_dictionary_key(key)) report(Rule::dictionary_key, key);
    if (item.is_null() && name != "startup_info") {
      report(Rule::property_null, key);
      continue;
    }
    simdjson::dom::array list;
    const bool is_list = item.get_array().get(list) == SUCCESS;
    if (is_list && list.begin() == list.end()) report(Rule::list_empty, key);
    const bool is_text = item.is_string();
    const bool is_whole = item.is_int64() || item.is_uint64();
    bool right = true;
    if (name == "startup_info") {
      const Startup kind = startup_kind(key);
      if (kind == Startup::unknown) report(Rule::dictionary_key, key);
      right = kind == Startup::unknown || (kind == Startup::text && is_text) ||
              (kind == Startup::null && item.is_null()) || (kind == Startup::number && is_whole) ||
              (kind == Startup::zero && is_whole && item.get_int64().value_unsafe() == 0);
    } else if (name == "document_info_dict") {
      right = is_text;
      if (right && !is_pdf_information_key(key)) report(Rule::pdf_key, key);
    } else if (name == "ipfix") {
      right = is_text || is_whole;
      if (right && !is_ipfix_element(key)) report(Rule::ipfix_name, key);
    } else if (name == "exif_tags") {
      right = is_text || is_whole;
      if (key.empty() || key.front() < 'A' || key.front() > 'Z' || key.size() < 2)
        report(Rule::dictionary_key, key);
    } else if (name == "options") {
      right = is_whole;
      if (!is_socket_option(key)) report(Rule::socket_option, key);
    } else if (name == "request_header" || name == "additional_header_fields") {
      right = is_list || (name == "additional_header_fields" && is_text);
      if (is_list)
        for (const Element element : list) right = right && element.is_string();
      if (right && name == "request_header" && !is_request_header(key)) report(Rule::request_header, key);
    }
    if (!right) wrong_type(key, "of another type (see the specification of this dictionary)", item);
    walk(item, 3);
  }
  if (empty) report(Rule::dictionary_empty, name);
}

}  // namespace parley::stix
