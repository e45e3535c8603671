#include "intel/stix_observable.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/ascii.hpp"

namespace parley::intel {
namespace {

namespace dom = simdjson::dom;

constexpr std::array<std::string_view, 18> observable_types{"artifact",
                                                            "autonomous-system",
                                                            "directory",
                                                            "domain-name",
                                                            "email-addr",
                                                            "email-message",
                                                            "file",
                                                            "ipv4-addr",
                                                            "ipv6-addr",
                                                            "mac-addr",
                                                            "mutex",
                                                            "network-traffic",
                                                            "process",
                                                            "software",
                                                            "url",
                                                            "user-account",
                                                            "windows-registry-key",
                                                            "x509-certificate"};

constexpr std::array<std::string_view, 22> versioned_types{
    "attack-pattern", "campaign",     "course-of-action", "grouping",      "identity",
    "incident",       "indicator",    "infrastructure",   "intrusion-set", "language-content",
    "location",       "malware",      "malware-analysis", "note",          "observed-data",
    "opinion",        "relationship", "report",           "sighting",      "threat-actor",
    "tool",           "vulnerability"};

bool member_text(const dom::object& object, const char* name, std::string_view& out) {
  dom::element value;
  return object.at_key(name).get(value) == simdjson::SUCCESS && read_text(value, out);
}

struct ValueType {
  std::string_view type;
  const char* property;
  SelectorType selector;
};

constexpr std::array value_types{
    ValueType{"ipv4-addr", "value", SelectorType::ipv4_addr},
    ValueType{"ipv6-addr", "value", SelectorType::ipv6_addr},
    ValueType{"domain-name", "value", SelectorType::domain_name},
    ValueType{"url", "value", SelectorType::url},
    ValueType{"email-addr", "value", SelectorType::email_addr},
    ValueType{"mac-addr", "value", SelectorType::mac_addr},
    ValueType{"mutex", "name", SelectorType::mutex},
};

void collect_hashes(const dom::object& object, bool certificate, SelectorCollector& out) {
  dom::object hashes;
  if (object.at_key("hashes").get_object().get(hashes) != simdjson::SUCCESS) return;
  for (const dom::key_value_pair hash : hashes) {
    std::string_view value;
    if (!read_text(hash.value, value)) continue;
    if (certificate)
      out.add_certificate_hash(hash.key, value);
    else
      out.add_file_hash(hash.key, value);
  }
}

bool looks_like_cve(std::string_view text) {
  return text.size() > 4 && to_lower(text[0]) == 'c' && to_lower(text[1]) == 'v' &&
         to_lower(text[2]) == 'e' && text[3] == '-';
}

}  // namespace

bool is_observable_type(std::string_view type) {
  return std::ranges::find(observable_types, type) != observable_types.end();
}

bool is_versioned_type(std::string_view type) {
  return std::ranges::find(versioned_types, type) != versioned_types.end();
}

void collect_observable(std::string_view type, const dom::object& object, SelectorCollector& out) {
  std::string_view value;
  for (const ValueType& known : value_types)
    if (type == known.type) {
      if (member_text(object, known.property, value)) out.add(known.selector, value);
      return;
    }
  if (type == "file" || type == "artifact") return collect_hashes(object, false, out);
  if (type == "x509-certificate") return collect_hashes(object, true, out);
  if (type == "autonomous-system") {
    std::uint64_t number = 0;
    if (object.at_key("number").get_uint64().get(number) == simdjson::SUCCESS)
      out.add(SelectorType::autonomous_system, std::to_string(number));
    return;
  }
  if (type == "x-parley-selector") {
    std::string_view kind;
    if (!member_text(object, "selector_type", kind) || !member_text(object, "value", value)) return;
    if (const auto known = parse_selector_type(kind)) out.add(*known, value);
  }
}

void collect_vulnerability(const dom::object& object, SelectorCollector& out) {
  bool found = false;
  dom::array references;
  if (object.at_key("external_references").get_array().get(references) == simdjson::SUCCESS)
    for (const dom::element element : references) {
      dom::object reference;
      std::string_view source;
      std::string_view id;
      if (element.get_object().get(reference) != simdjson::SUCCESS) continue;
      if (!member_text(reference, "source_name", source) || !member_text(reference, "external_id", id))
        continue;
      if (looks_like_cve(id) && source.size() == 3 && looks_like_cve(std::string(source) + "-0")) {
        out.add(SelectorType::cve, id);
        found = true;
      }
    }
  std::string_view name;
  if (!found && member_text(object, "name", name) && looks_like_cve(name)) out.add(SelectorType::cve, name);
}

}  // namespace parley::intel
