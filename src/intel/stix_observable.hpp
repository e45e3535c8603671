#pragma once

#include <string_view>

#include "intel/json_dom.hpp"
#include "intel/observable_path.hpp"

namespace parley::intel {

/// Whether the type is one of the 18 cyber-observable objects of STIX 2.1 section 6.
bool is_observable_type(std::string_view type);
/// Whether the type is a domain or relationship object of STIX 2.1 sections 4 and 5 (or language-content):
/// `created` and `modified` are required.
bool is_versioned_type(std::string_view type);

/// The selectors of one cyber-observable object (also of one inside a STIX 2.0 observed-data), and of
/// `x-parley-selector`.
void collect_observable(std::string_view type, const simdjson::dom::object& object, SelectorCollector& out);
/// The CVE numbers that a vulnerability names: external references of the source "cve", else its name.
void collect_vulnerability(const simdjson::dom::object& object, SelectorCollector& out);

}  // namespace parley::intel
