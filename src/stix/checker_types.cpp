#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "encoding/json.hpp"
#include "intel/sco_id.hpp"
#include "pattern/check.hpp"
#include "pattern/parser.hpp"
#include "stix/checker.hpp"
#include "stix/names.hpp"

// Rules that hold for single types.

namespace parley::stix {
namespace {

using simdjson::SUCCESS;

struct Contributing {
  std::string_view type;
  std::array<std::string_view, 3> properties;
};
/// Observables whose id may have nothing to be made from (STIX 2.1 section 2.9).
constexpr std::array<Contributing, 5> all_optional{
    {{"artifact", {"hashes", "payload_bin", ""}},
     {"email-message", {"from_ref", "subject", "body"}},
     {"user-account", {"account_type", "user_id", "account_login"}},
     {"windows-registry-key", {"key", "values", ""}},
     {"x509-certificate", {"hashes", "serial_number", ""}}}};

struct Profile {
  std::string_view type;
  std::array<std::string_view, 6> properties;
};
/// What the interoperability profile requires beside created_by_ref.
constexpr std::array<Profile, 14> profiles{
    {{"attack-pattern", {"external_references", "kill_chain_phases"}},
     {"indicator", {"name", "indicator_types"}},
     {"infrastructure", {"infrastructure_types"}},
     {"intrusion-set", {"resource_level", "primary_motivation"}},
     {"location", {"region"}},
     {"malware-analysis", {"version", "submitted", "analysis_started", "analysis_ended", "result"}},
     {"malware",
      {"name", "malware_types", "first_seen", "last_seen", "architecture_execution_envs",
       "implementation_languages"}},
     {"observed-data", {"object_refs"}},
     {"report", {"report_types"}},
     {"sighting", {"first_seen", "last_seen", "count"}},
     {"threat-actor",
      {"threat_actor_types", "roles", "sophistication", "resource_level", "primary_motivation"}},
     {"tool", {"tool_types"}},
     {"vulnerability", {"external_references"}},
     {"malware", {"capabilities"}}}};

bool is_content_property(std::string_view name) {
  return name.size() >= 3 && name.size() <= 250 && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

/// A type name as the official validator reads it in patterns, where hyphens may stand at both ends.
bool is_pattern_type(std::string_view name) {
  if (name.starts_with('-')) name.remove_prefix(1);
  return name.size() >= 3 && name.size() <= 250 && !name.starts_with('-') &&
         name.find("--") == std::string_view::npos &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; });
}

/// STIX 2.1 section 6.3: fields with a property of their own.
bool is_own_header(std::string_view name) {
  for (const std::string_view own :
       {"received_lines", "content_type", "from_ref", "sender_ref", "to_refs", "cc_refs", "bcc_refs"})
    if (name.find(own) != std::string_view::npos) return true;
  return name.starts_with("date") || name.ends_with("subject");
}

}  // namespace

void Checker::external_reference(const Frame& frame) {
  const bool has_id = frame.find("external_id") != nullptr;
  const std::string_view source = frame.text("source_name");
  const std::string_view id = frame.text("external_id");
  if (frame.find("source_name") == nullptr) return report(Rule::external_reference_empty);
  if (source == "cve" || source == "capec") {
    const bool right = source == "cve" ? is_cve(id) : is_capec(id);
    if (!right) report(Rule::cve_reference);
  } else if (is_cve(id) || is_capec(id)) {
    report(Rule::cve_reference);
  } else if (!has_id && frame.find("description") == nullptr && frame.find("url") == nullptr) {
    report(Rule::external_reference_empty);
  }
  if (frame.find("url") != nullptr && frame.find("hashes") == nullptr) report(Rule::reference_hashes, source);
}

void Checker::special(const Object& tree, const Frame& frame) {
  selectors(tree, frame);
  marking_references(frame);
  if (type_name_ == "marking-definition") marking_definition(tree, frame);
  if (type_name_ == "extension-definition") extension_definition(frame);
  if (type_name_ == "language-content") language_content(frame);
  if (type_name_ == "email-message") email_message(frame);
  if (type_name_ == "indicator") indicator(frame);
  if (type_name_ == "malware" && !is_20() && frame.find("name") == nullptr) {
    bool family = false;
    if (const Element* value = frame.find("is_family");
        value != nullptr && value->get_bool().get(family) == SUCCESS && family)
      report(Rule::malware_family_name);
  }
  if (type_name_ == "network-traffic" && frame.find("end") != nullptr) {
    bool active = false;
    if (const Element* value = frame.find("is_active");
        value != nullptr && value->get_bool().get(active) == SUCCESS && active)
      report(Rule::is_active_end);
  }
  if (is_observable() && !is_20()) observable_id(frame);
}

void Checker::email_message(const Frame& frame) {
  bool multipart = false;
  const Element* value = frame.find("is_multipart");
  if (value == nullptr || value->get_bool().get(multipart) != SUCCESS) return;
  if (multipart && frame.find("body") != nullptr) report(Rule::not_together, "is_multipart = true and body");
  if (!multipart && frame.find("body_multipart") != nullptr)
    report(Rule::not_together, "is_multipart = false and body_multipart");
  Object fields;
  if (const Element* headers = frame.find("additional_header_fields");
      headers != nullptr && headers->get_object().get(fields) == SUCCESS && fields.begin() != fields.end()) {
    bool all_own = true;
    for (const simdjson::dom::key_value_pair member : fields) all_own = all_own && is_own_header(member.key);
    if (all_own) report(Rule::header_only_known);
  }
}

void Checker::indicator(const Frame& frame) {
  if (frame.find("name") == nullptr || frame.find("description") == nullptr)
    report(Rule::indicator_properties);
  const Element* pattern = frame.find("pattern");
  std::string_view text;
  if (pattern == nullptr || pattern->get_string().get(text) != SUCCESS) return;
  if (!is_20() && frame.text("pattern_type") != "stix") return;
  if (is_20() && frame.find("pattern_type") != nullptr && frame.text("pattern_type") != "stix") return;
  const Step step(*this, "pattern");
  pattern::ParseOptions grammar;
  grammar.dialect =
      is_20() || frame.text("pattern_version") == "2.0" ? pattern::Dialect::stix20 : pattern::Dialect::stix21;
  if (const std::optional<pattern::Fault> fault = pattern::parse_pattern(text, pattern_, grammar)) {
    scratch_ = fault->why + " (byte " + std::to_string(fault->offset) + " of the pattern)";
    return report(Rule::pattern_broken, scratch_);
  }
  for (const pattern::Finding& finding : pattern::check_pattern(pattern_))
    report(
        finding.weight == pattern::Finding::Weight::invalid ? Rule::pattern_broken : Rule::pattern_unusable,
        finding.why);
  pattern_names();
}

/// The types and properties that a pattern speaks of have names that STIX could have.
void Checker::pattern_names() {
  for (const pattern::Node& node : pattern_.nodes()) {
    if (node.kind != pattern::NodeKind::comparison) continue;
    const pattern::Path& path = pattern_.path(node);
    const Lookup* type = find_type(path.object_type);
    const bool observable = type != nullptr && type->model().category == Category::observable;
    if (!observable && !is_pattern_type(path.object_type))
      report(Rule::pattern_name, path.object_type, "type name");
    const auto steps = pattern_.steps(path);
    if (steps.empty() || steps.front().kind != pattern::Step::Kind::key) continue;
    const std::string_view property = steps.front().text;
    if (!(observable && type->find(property) != Lookup::absent) && !is_content_property(property))
      report(Rule::pattern_name, property, "property name");
  }
}

void Checker::language_content(const Frame& frame) {
  const Element* contents = frame.find("contents");
  Object languages;
  if (contents == nullptr || contents->get_object().get(languages) != SUCCESS) return;
  const Step step(*this, "contents");
  for (const simdjson::dom::key_value_pair member : languages) {
    const Step inner(*this, member.key);
    if (!is_language(member.key)) report(Rule::content_language, member.key);
    Object translated;
    if (member.value.get_object().get(translated) != SUCCESS) {
      report(Rule::contents_not_objects);
      continue;
    }
    for (const simdjson::dom::key_value_pair property : translated)
      if (!is_content_property(property.key)) report(Rule::content_property, property.key);
  }
}

/// The observables inside an observed-data: `objects`, deprecated in STIX 2.1, the only way in 2.0.
void Checker::observed_objects(const Element& value) {
  Object objects;
  if (value.get_object().get(objects) != SUCCESS) return wrong_type("objects", "an object", value);
  if (objects.begin() == objects.end()) return report(Rule::dictionary_empty, "objects");
  Names names;
  for (const simdjson::dom::key_value_pair member : objects) {
    if (stopped_) return;
    const std::string_view key = member.key;
    const Step step(*this, key);
    if (!names.add(key)) report(Rule::duplicate_name, key);
    if (key.empty() || !std::ranges::all_of(key, [](char c) { return c >= '0' && c <= '9'; }))
      report(Rule::object_keys, key);
    Object object;
    if (member.value.get_object().get(object) != SUCCESS) {
      wrong_type(key, "an object", member.value);
      continue;
    }
    Finding here;
    here.base = base_;
    here.path = path_;
    const std::string pointer = here.pointer();
    ObjectPlace place{.pointer = pointer};
    if (is_20()) place.bundle_version = Version::v20;
    ObjectVerdict verdict;
    CheckerMemory memory;
    Checker child(options_, verdict, memory);
    child.observed_ = &objects;
    child.check(object, {}, place, *sink_);
    verdict_.errors += verdict.errors;
    verdict_.warnings += verdict.warnings;
    verdict_.coded_warnings += verdict.coded_warnings;
    stopped_ = child.stopped_;
  }
}

void Checker::observable_id(const Frame& frame) {
  if (!id_ok_) return;
  const Step step(*this, "id");
  if (type_name_ == "process" && id_parts_.version != 4) return report(Rule::process_uuid);
  const auto entry = std::ranges::find(all_optional, type_name_, &Contributing::type);
  if (entry != all_optional.end() && id_parts_.version != 4 &&
      std::ranges::none_of(entry->properties,
                           [&](std::string_view name) { return frame.find(name) != nullptr; }))
    return report(Rule::contributing_uuid, type_name_);
  if (!options_.check_sco_ids || id_parts_.version != 5 || raw_.empty() || !is_known()) return;
  const Result<encoding::Json> object = encoding::parse_json(raw_);
  if (!object) return;
  const std::optional<std::string> expected = intel::sco_id(*object);
  if (expected && *expected != id_) report(Rule::sco_id_differs, *expected);
}

void Checker::interop(const Frame& frame) {
  if (category() != Category::domain && category() != Category::relationship) return;
  if (!is_known() || type_name_ == "identity" || type_name_ == "incident") return;
  for (const Profile& profile : profiles) {
    if (profile.type != type_name_) continue;
    for (const std::string_view name : profile.properties)
      if (!name.empty() && frame.find(name) == nullptr) report(Rule::interop_property, name, type_name_);
  }
  if (frame.find("created_by_ref") == nullptr) report(Rule::interop_property, "created_by_ref", type_name_);
}

}  // namespace parley::stix
