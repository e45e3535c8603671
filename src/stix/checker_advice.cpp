#include <algorithm>
#include <array>
#include <string>

#include "base/ascii.hpp"
#include "stix/checker.hpp"
#include "stix/registry.hpp"
#include "stix/relationships.hpp"

// What STIX only advises: warnings with the codes of the official validator.

namespace parley::stix {
namespace {

using simdjson::SUCCESS;

/// Dictionaries whose keys are names of something else and keep their case.
bool keeps_case(std::string_view name) {
  constexpr std::array<std::string_view, 11> exceptions{"hashes",
                                                        "file_header_hashes",
                                                        "request_header",
                                                        "additional_header_fields",
                                                        "document_info_dict",
                                                        "exif_tags",
                                                        "ipfix",
                                                        "options",
                                                        "environment_variables",
                                                        "key",
                                                        "startup_info"};
  return std::ranges::find(exceptions, name) != exceptions.end();
}

}  // namespace

void Checker::advice(const Object& tree, const Frame& frame) {
  if (id_ok_) {
    const bool v5 = is_observable() && is_known() && type_name_ != "process";
    if (id_parts_.version != (v5 ? 5 : 4)) {
      const Step step(*this, "id");
      report(Rule::uuid_version, id_, v5 ? "5" : "4");
    }
  }
  if (const Element* phases = frame.find("kill_chain_phases")) {
    simdjson::dom::array list;
    if (phases->get_array().get(list) == SUCCESS) {
      const Step step(*this, "kill_chain_phases");
      std::size_t index = 0;
      for (const Element phase : list) {
        const Step inner(*this, index++);
        for (const std::string_view name : {"kill_chain_name", "phase_name"}) {
          std::string_view text;
          if (phase[name].get_string().get(text) == SUCCESS && !is_plain_word(text))
            report(Rule::kill_chain_name, name, text);
        }
      }
    }
  }
  if (type_name_ == "relationship") relationship_advice(frame);
  if (type_name_ == "malware-analysis") {
    const std::string_view product = frame.text("product");
    if (!std::ranges::all_of(product,
                             [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; })) {
      const Step step(*this, "product");
      report(Rule::product_name, product);
    }
  }
  if (type_name_ == "location" && frame.find("country") != nullptr) {
    std::string country(frame.text("country"));
    for (char& c : country) c = to_upper(c);
    const Step step(*this, "country");
    if (!is_country(country)) report(Rule::country, frame.text("country"));
  }
  if (type_name_ == "observed-data" && frame.find("objects") != nullptr && !is_20())
    report(Rule::deprecated_property, "objects");
  if (!is_observable()) return;
  key_case(tree);
  if (type_name_ == "network-traffic") traffic_advice(frame);
  if (type_name_ == "file" && frame.find("mime_type") != nullptr &&
      !is_registered_media_type(frame.text("mime_type")))
    report(Rule::media_type_advice, frame.text("mime_type"));
  if (type_name_ == "process") {
    std::string_view priority;
    if (tree["extensions"]["windows-process-ext"]["priority"].get_string().get(priority) == SUCCESS &&
        (!priority.ends_with("_CLASS") || priority.size() == 6))
      report(Rule::process_priority, priority);
  }
}

void Checker::traffic_advice(const Frame& frame) {
  if (frame.find("src_port") == nullptr || frame.find("dst_port") == nullptr) report(Rule::traffic_ports);
  simdjson::dom::array list;
  const Element* protocols = frame.find("protocols");
  if (protocols == nullptr || protocols->get_array().get(list) != SUCCESS) return;
  const Step step(*this, "protocols");
  std::size_t index = 0;
  for (const Element protocol : list) {
    const Step inner(*this, index++);
    std::string_view text;
    if (protocol.get_string().get(text) == SUCCESS && !is_registered_protocol(text))
      report(Rule::protocol, text);
  }
}

void Checker::relationship_advice(const Frame& frame) {
  const std::string_view type = frame.text("relationship_type");
  const std::string_view source_id = frame.text("source_ref");
  const std::string_view target_id = frame.text("target_ref");
  if (source_id.size() < 39 || target_id.size() < 39) return;
  const std::string_view source = source_id.substr(0, source_id.size() - 38);
  const std::string_view target = target_id.substr(0, target_id.size() - 38);
  switch (suggested(source, type, target)) {
    case Suggestion::yes:
      return;
    case Suggestion::no_source:
      return report(Rule::relationship_source, source, type, target);
    case Suggestion::no_type:
      return report(Rule::relationship_type, source, type, target);
    case Suggestion::no_target:
      scratch_ = std::string(source);
      return report(Rule::relationship_target, source, type, target);
  }
}

void Checker::key_case(const Object& tree) {
  for (const simdjson::dom::key_value_pair member : tree) {
    const std::string_view name = member.key;
    const Step step(*this, name);
    if (std::ranges::any_of(name, is_upper)) report(Rule::dictionary_case, name);
    Object inner;
    if (path_.size() < options_.limits.max_depth && !keeps_case(name) &&
        member.value.get_object().get(inner) == SUCCESS)
      key_case(inner);
  }
}

}  // namespace parley::stix
