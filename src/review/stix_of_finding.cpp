#include "review/stix_of_finding.hpp"

namespace parley::review {
namespace {

using encoding::Json;
using enum intel::SelectorType;

/// The object path of a type, empty when there is none.
std::string_view path_of(intel::SelectorType type) {
  switch (type) {
    case ipv4_addr:
      return "ipv4-addr:value";
    case ipv6_addr:
      return "ipv6-addr:value";
    case domain_name:
      return "domain-name:value";
    case url:
      return "url:value";
    case email_addr:
      return "email-addr:value";
    case file_md5:
      return "file:hashes.MD5";
    case file_sha1:
      return "file:hashes.'SHA-1'";
    case file_sha256:
      return "file:hashes.'SHA-256'";
    case file_sha512:
      return "file:hashes.'SHA-512'";
    case x509_sha256:
      return "x509-certificate:hashes.'SHA-256'";
    case autonomous_system:
      return "autonomous-system:number";
    case mac_addr:
      return "mac-addr:value";
    case mutex:
    case user_account:
    case phone:
    case iban:
    case bank_account:
    case card_bin:
    case btc:
    case eth:
    case xmr:
    case dash:
    case cve:
      break;
  }
  return {};
}

Json frame_object(std::string_view type, std::string_view id, const ObjectFrame& frame) {
  Json json = Json::object({{"type", type},
                            {"spec_version", "2.1"},
                            {"id", id},
                            {"created_by_ref", frame.created_by},
                            {"created", frame.time},
                            {"modified", frame.time}});
  if (!frame.marking.empty()) json.set("object_marking_refs", Json::array({frame.marking}));
  return json;
}

}  // namespace

std::optional<std::string> pattern_of(const intel::Selector& selector) {
  const std::string_view path = path_of(selector.type);
  if (path.empty()) return std::nullopt;
  std::string out = "[" + std::string(path) + " = ";
  if (selector.type == autonomous_system) {
    out += selector.value;
  } else {
    out += '\'';
    for (const char c : selector.value) {
      if (c == '\'' || c == '\\') out += '\\';
      out += c;
    }
    out += '\'';
  }
  return out + "]";
}

std::string_view type_of_value(intel::SelectorType type) {
  if (type == cve) return "vulnerability";
  return path_of(type).empty() ? "" : "indicator";
}

std::optional<Json> object_of_value(const intel::Selector& selector, std::string_view id,
                                    std::string_view note, const ObjectFrame& frame) {
  if (selector.type == cve) {
    Json json = frame_object("vulnerability", id, frame);
    json.set("name", selector.value);
    json.set("external_references",
             Json::array({Json::object({{"source_name", "cve"}, {"external_id", selector.value}})}));
    return json;
  }
  const std::optional<std::string> pattern = pattern_of(selector);
  if (!pattern) return std::nullopt;
  Json json = frame_object("indicator", id, frame);
  json.set("name", selector.value);
  json.set("description",
           "Found in a report: " + frame.source + (note.empty() ? "" : " (" + std::string(note) + ")"));
  json.set("pattern", *pattern);
  json.set("pattern_type", "stix");
  json.set("valid_from", frame.time);
  return json;
}

Json object_of_thing(const report::KnownThing& thing, const ObjectFrame& frame) {
  const std::string_view type = std::string_view(thing.id).substr(0, thing.id.find("--"));
  Json json = frame_object(type, thing.id, frame);
  json.set("name", thing.name);
  if (type == "malware") json.set("is_family", true);
  if (type == "identity") {
    json.set("identity_class", "class");
  } else if (type == "location") {
    if (!thing.country.empty())
      json.set("country", thing.country);
    else
      json.set("region", thing.name);
  } else if (!thing.aliases.empty() && type != "attack-pattern") {
    Json aliases = Json::array();
    for (const std::string& alias : thing.aliases) aliases.push_back(alias);
    json.set("aliases", std::move(aliases));
  }
  if (!thing.external_id.empty())
    json.set(
        "external_references",
        Json::array({Json::object({{"source_name", "mitre-attack"}, {"external_id", thing.external_id}})}));
  return json;
}

}  // namespace parley::review
