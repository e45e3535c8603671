#include "stix/relationships.hpp"

#include <algorithm>
#include <array>

namespace parley::stix {
namespace {

struct Suggested {
  std::string_view source;
  std::string_view type;
  std::string_view targets;  // each between two spaces
};

constexpr std::array suggestions{
    Suggested{"attack-pattern", "delivers", " malware "},
    Suggested{"attack-pattern", "targets", " location vulnerability identity "},
    Suggested{"attack-pattern", "uses", " malware tool "},
    Suggested{"campaign", "attributed-to", " intrusion-set threat-actor "},
    Suggested{"campaign", "compromises", " infrastructure "},
    Suggested{"campaign", "originates-from", " location "},
    Suggested{"campaign", "targets", " location identity vulnerability "},
    Suggested{"campaign", "uses", " attack-pattern infrastructure malware tool "},
    Suggested{"course-of-action", "investigates", " indicator "},
    Suggested{"course-of-action", "mitigates", " attack-pattern indicator malware tool vulnerability "},
    Suggested{"course-of-action", "remediates", " malware vulnerability "},
    Suggested{"domain-name", "resolves-to", " domain-name ipv4-addr ipv6-addr "},
    Suggested{"identity", "located-at", " location "},
    Suggested{"indicator", "indicates",
              " attack-pattern campaign infrastructure intrusion-set malware threat-actor tool "},
    Suggested{"indicator", "based-on", " observed-data "},
    Suggested{"infrastructure", "communicates-with", " infrastructure ipv4-addr ipv6-addr domain-name url "},
    Suggested{"infrastructure", "consists-of",
              " infrastructure observed-data artifact autonomous-system directory domain-name email-addr "
              "email-message file ipv4-addr ipv6-addr mac-addr mutex network-traffic process software url "
              "user-account windows-registry-key x509-certificate "},
    Suggested{"infrastructure", "controls", " infrastructure malware "},
    Suggested{"infrastructure", "delivers", " malware "},
    Suggested{"infrastructure", "has", " vulnerability "},
    Suggested{"infrastructure", "hosts", " tool malware "},
    Suggested{"infrastructure", "located-at", " location "},
    Suggested{"infrastructure", "uses", " infrastructure "},
    Suggested{"intrusion-set", "attributed-to", " threat-actor "},
    Suggested{"intrusion-set", "compromises", " infrastructure "},
    Suggested{"intrusion-set", "hosts", " infrastructure "},
    Suggested{"intrusion-set", "originates-from", " location "},
    Suggested{"intrusion-set", "owns", " infrastructure "},
    Suggested{"intrusion-set", "targets", " identity location vulnerability "},
    Suggested{"intrusion-set", "uses", " attack-pattern infrastructure malware tool "},
    Suggested{"ipv4-addr", "resolves-to", " mac-addr "},
    Suggested{"ipv4-addr", "belongs-to", " autonomous-system "},
    Suggested{"ipv6-addr", "resolves-to", " mac-addr "},
    Suggested{"ipv6-addr", "belongs-to", " autonomous-system "},
    Suggested{"malware", "authored-by", " threat-actor intrusion-set "},
    Suggested{"malware", "beacons-to", " infrastructure "},
    Suggested{"malware", "exfiltrates-to", " infrastructure "},
    Suggested{"malware", "communicates-with", " ipv4-addr ipv6-addr domain-name url "},
    Suggested{"malware", "controls", " malware "},
    Suggested{"malware", "downloads", " malware file tool "},
    Suggested{"malware", "drops", " malware file tool "},
    Suggested{"malware", "exploits", " vulnerability "},
    Suggested{"malware", "originates-from", " location "},
    Suggested{"malware", "targets", " identity infrastructure location "},
    Suggested{"malware", "uses", " attack-pattern infrastructure malware tool "},
    Suggested{"malware", "variant-of", " malware "},
    Suggested{"malware-analysis", "characterizes", " malware "},
    Suggested{"malware-analysis", "analysis-of", " malware "},
    Suggested{"malware-analysis", "static-analysis-of", " malware "},
    Suggested{"malware-analysis", "dynamic-analysis-of", " malware "},
    Suggested{"threat-actor", "attributed-to", " identity "},
    Suggested{"threat-actor", "compromises", " infrastructure "},
    Suggested{"threat-actor", "hosts", " infrastructure "},
    Suggested{"threat-actor", "owns", " infrastructure "},
    Suggested{"threat-actor", "impersonates", " identity "},
    Suggested{"threat-actor", "located-at", " location "},
    Suggested{"threat-actor", "targets", " identity location vulnerability "},
    Suggested{"threat-actor", "uses", " attack-pattern infrastructure malware tool "},
    Suggested{"tool", "delivers", " malware "},
    Suggested{"tool", "drops", " malware "},
    Suggested{"tool", "uses", " infrastructure "},
    Suggested{"tool", "has", " vulnerability "},
    Suggested{"tool", "targets", " identity infrastructure location vulnerability "},
    Suggested{"vulnerability", "impacts", " infrastructure tool "},
};

bool is_one_of(std::string_view word, std::string_view a, std::string_view b, std::string_view c) {
  return word == a || word == b || word == c;
}

bool is_no_domain_object(std::string_view type) {
  return is_one_of(type, "bundle", "language-content", "marking-definition") ||
         is_one_of(type, "sighting", "relationship", "extension-definition");
}

bool names_target(std::string_view targets, std::string_view target) {
  for (std::size_t at = targets.find(target); at != std::string_view::npos && at > 0;
       at = targets.find(target, at + 1))
    if (targets[at - 1] == ' ' && targets[at + target.size()] == ' ') return true;
  return false;
}

}  // namespace

Suggestion suggested(std::string_view source, std::string_view type, std::string_view target) {
  if (is_one_of(type, "derived-from", "duplicate-of", "related-to") || is_no_domain_object(source) ||
      is_no_domain_object(target))
    return Suggestion::yes;
  const auto from = std::ranges::find(suggestions, source, &Suggested::source);
  if (from == suggestions.end()) return Suggestion::no_source;
  for (auto at = from; at != suggestions.end() && at->source == source; ++at)
    if (at->type == type) return names_target(at->targets, target) ? Suggestion::yes : Suggestion::no_target;
  return Suggestion::no_type;
}

}  // namespace parley::stix
