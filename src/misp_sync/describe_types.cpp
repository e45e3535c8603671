#include "misp_sync/describe_types.hpp"

#include <array>
#include <cstdint>

namespace parley::misp_sync {

namespace {

using misp::Value;

struct Type {
  std::string_view name;
  std::uint16_t categories;  // bit n: the category number n
  std::uint8_t usual;        // category
  bool to_ids;
};

constexpr std::array<std::string_view, 16> categories = {
    "Internal reference",
    "Targeting data",
    "Antivirus detection",
    "Payload delivery",
    "Artifacts dropped",
    "Payload installation",
    "Persistence mechanism",
    "Network activity",
    "Payload type",
    "Attribution",
    "External analysis",
    "Financial fraud",
    "Support Tool",
    "Social network",
    "Person",
    "Other",
};

// Names, categories and defaults of MISP (PyMISP's describeTypes.json).
constexpr std::array<Type, 194> types = {{
    {"md5", 0x0438, 3, true},
    {"sha1", 0x0438, 3, true},
    {"sha256", 0x0438, 3, true},
    {"filename", 0x0478, 3, true},
    {"pdb", 0x0010, 4, false},
    {"filename|md5", 0x0438, 3, true},
    {"filename|sha1", 0x0438, 3, true},
    {"filename|sha256", 0x0438, 3, true},
    {"ip-src", 0x0488, 7, true},
    {"ip-dst", 0x0488, 7, true},
    {"hostname", 0x0488, 7, true},
    {"domain", 0x0488, 7, true},
    {"domain|ip", 0x0480, 7, true},
    {"email", 0x6288, 13, true},
    {"email-src", 0x2088, 3, true},
    {"eppn", 0x2080, 7, true},
    {"email-dst", 0x2088, 7, true},
    {"email-subject", 0x0088, 3, false},
    {"email-attachment", 0x0008, 3, true},
    {"email-body", 0x0008, 3, false},
    {"float", 0x8000, 15, false},
    {"git-commit-id", 0x0001, 0, false},
    {"url", 0x0488, 7, true},
    {"http-method", 0x0080, 7, false},
    {"user-agent", 0x0488, 7, false},
    {"ja3-fingerprint-md5", 0x0488, 7, true},
    {"jarm-fingerprint", 0x0488, 7, true},
    {"favicon-mmh3", 0x0080, 7, true},
    {"hassh-md5", 0x0488, 7, true},
    {"hasshserver-md5", 0x0488, 7, true},
    {"regkey", 0x0450, 6, true},
    {"regkey|value", 0x0450, 6, true},
    {"AS", 0x0488, 7, false},
    {"snort", 0x0480, 7, true},
    {"suricata", 0x0480, 7, true},
    {"bro", 0x0480, 7, true},
    {"zeek", 0x0480, 7, true},
    {"community-id", 0x0480, 7, true},
    {"dom-hash", 0x0480, 7, true},
    {"pattern-in-file", 0x04b8, 5, true},
    {"pattern-in-traffic", 0x04a8, 7, true},
    {"pattern-in-memory", 0x0430, 5, true},
    {"filename-pattern", 0x04b8, 5, true},
    {"pgp-public-key", 0xe010, 14, false},
    {"pgp-private-key", 0xe010, 14, false},
    {"ssh-fingerprint", 0x0080, 7, false},
    {"yara", 0x0038, 5, true},
    {"stix2-pattern", 0x00b8, 5, true},
    {"sigma", 0x0038, 5, true},
    {"gene", 0x0010, 4, false},
    {"kusto-query", 0x0010, 4, false},
    {"mime-type", 0x0038, 4, false},
    {"identity-card-number", 0x4000, 14, false},
    {"cookie", 0x0090, 7, false},
    {"vulnerability", 0x0428, 10, false},
    {"cpe", 0x8428, 10, false},
    {"weakness", 0x0428, 10, false},
    {"attachment", 0x14bc, 10, false},
    {"malware-sample", 0x0438, 3, true},
    {"link", 0x140d, 10, false},
    {"comment", 0xffff, 15, false},
    {"text", 0xfffd, 15, false},
    {"hex", 0x98fd, 15, false},
    {"other", 0xfffd, 15, false},
    {"named pipe", 0x0010, 4, false},
    {"mutex", 0x0010, 4, true},
    {"process-state", 0x0010, 4, false},
    {"target-user", 0x0002, 1, false},
    {"target-email", 0x0002, 1, false},
    {"target-machine", 0x0002, 1, false},
    {"target-org", 0x0002, 1, false},
    {"target-location", 0x0002, 1, false},
    {"target-external", 0x0002, 1, false},
    {"btc", 0x0800, 11, true},
    {"dash", 0x0800, 11, true},
    {"xmr", 0x0800, 11, true},
    {"iban", 0x0800, 11, true},
    {"bic", 0x0800, 11, true},
    {"bank-account-nr", 0x0800, 11, true},
    {"aba-rtn", 0x0800, 11, true},
    {"bin", 0x0800, 11, true},
    {"cc-number", 0x0800, 11, true},
    {"prtn", 0x0800, 11, true},
    {"phone-number", 0xc800, 14, false},
    {"threat-actor", 0x0200, 9, false},
    {"campaign-name", 0x0200, 9, false},
    {"campaign-id", 0x0200, 9, false},
    {"malware-type", 0x0028, 3, false},
    {"uri", 0x0080, 7, true},
    {"authentihash", 0x0038, 3, true},
    {"vhash", 0x0038, 3, true},
    {"ssdeep", 0x0038, 3, true},
    {"imphash", 0x0038, 3, true},
    {"telfhash", 0x0038, 3, true},
    {"pehash", 0x0028, 3, true},
    {"impfuzzy", 0x0038, 3, true},
    {"sha224", 0x0038, 3, true},
    {"sha384", 0x0038, 3, true},
    {"sha512", 0x0038, 3, true},
    {"sha512/224", 0x0038, 3, true},
    {"sha512/256", 0x0038, 3, true},
    {"sha3-224", 0x0438, 3, true},
    {"sha3-256", 0x0438, 3, true},
    {"sha3-384", 0x0438, 3, true},
    {"sha3-512", 0x0438, 3, true},
    {"tlsh", 0x0028, 3, true},
    {"cdhash", 0x0038, 3, true},
    {"filename|authentihash", 0x0038, 3, true},
    {"filename|vhash", 0x0038, 3, true},
    {"filename|ssdeep", 0x0038, 3, true},
    {"filename|imphash", 0x0038, 3, true},
    {"filename|impfuzzy", 0x0038, 3, true},
    {"filename|pehash", 0x0038, 3, true},
    {"filename|sha224", 0x0038, 3, true},
    {"filename|sha384", 0x0038, 3, true},
    {"filename|sha512", 0x0038, 3, true},
    {"filename|sha512/224", 0x0038, 3, true},
    {"filename|sha512/256", 0x0038, 3, true},
    {"filename|sha3-224", 0x0438, 3, true},
    {"filename|sha3-256", 0x0438, 3, true},
    {"filename|sha3-384", 0x0438, 3, true},
    {"filename|sha3-512", 0x0438, 3, true},
    {"filename|tlsh", 0x0038, 3, true},
    {"windows-scheduled-task", 0x0010, 4, false},
    {"windows-service-name", 0x0010, 4, false},
    {"windows-service-displayname", 0x0010, 4, false},
    {"whois-registrant-email", 0x2208, 9, false},
    {"whois-registrant-phone", 0x0200, 9, false},
    {"whois-registrant-name", 0x0200, 9, false},
    {"whois-registrant-org", 0x0200, 9, false},
    {"whois-registrar", 0x0200, 9, false},
    {"whois-creation-date", 0x0200, 9, false},
    {"x509-fingerprint-sha1", 0x06b8, 7, true},
    {"x509-fingerprint-md5", 0x06b8, 7, true},
    {"x509-fingerprint-sha256", 0x06b8, 7, true},
    {"dns-soa-email", 0x0200, 9, false},
    {"size-in-bytes", 0x8000, 15, false},
    {"counter", 0x8000, 15, false},
    {"integer", 0x8000, 15, false},
    {"datetime", 0x8000, 15, false},
    {"port", 0x8080, 7, false},
    {"ip-dst|port", 0x0488, 7, true},
    {"ip-src|port", 0x0488, 7, true},
    {"hostname|port", 0x0088, 7, true},
    {"mac-address", 0x0488, 7, false},
    {"mac-eui-64", 0x0488, 7, false},
    {"email-dst-display-name", 0x0008, 3, false},
    {"email-src-display-name", 0x0008, 3, false},
    {"email-header", 0x0008, 3, false},
    {"email-reply-to", 0x0008, 3, false},
    {"email-x-mailer", 0x0008, 3, false},
    {"email-mime-boundary", 0x0008, 3, false},
    {"email-thread-index", 0x0008, 3, false},
    {"email-message-id", 0x0008, 3, false},
    {"github-username", 0x2000, 13, false},
    {"github-repository", 0x2400, 13, false},
    {"github-organisation", 0x2000, 13, false},
    {"jabber-id", 0x2000, 13, false},
    {"twitter-id", 0x2000, 13, false},
    {"dkim", 0x0080, 7, false},
    {"dkim-signature", 0x0080, 7, false},
    {"first-name", 0x4000, 14, false},
    {"middle-name", 0x4000, 14, false},
    {"last-name", 0x4000, 14, false},
    {"full-name", 0x4000, 14, false},
    {"date-of-birth", 0x4000, 14, false},
    {"place-of-birth", 0x4000, 14, false},
    {"gender", 0x4000, 14, false},
    {"passport-number", 0x4000, 14, false},
    {"passport-country", 0x4000, 14, false},
    {"passport-expiration", 0x4000, 14, false},
    {"redress-number", 0x4000, 14, false},
    {"nationality", 0x4000, 14, false},
    {"visa-number", 0x4000, 14, false},
    {"issue-date-of-the-visa", 0x4000, 14, false},
    {"primary-residence", 0x4000, 14, false},
    {"country-of-residence", 0x4000, 14, false},
    {"special-service-request", 0x4000, 14, false},
    {"frequent-flyer-number", 0x4000, 14, false},
    {"travel-details", 0x4000, 14, false},
    {"payment-details", 0x4000, 14, false},
    {"place-port-of-original-embarkation", 0x4000, 14, false},
    {"place-port-of-clearance", 0x4000, 14, false},
    {"place-port-of-onward-foreign-destination", 0x4000, 14, false},
    {"passenger-name-record-locator-number", 0x4000, 14, false},
    {"mobile-application-id", 0x0028, 3, true},
    {"azure-application-id", 0x0028, 3, true},
    {"chrome-extension-id", 0x0028, 3, true},
    {"edge-extension-id", 0x0028, 3, true},
    {"cortex", 0x0400, 10, false},
    {"boolean", 0x8000, 15, false},
    {"uuid", 0x8000, 15, false},
    {"anonymised", 0xffff, 15, false},
    {"onion-address", 0x0488, 7, true},
}};

}  // namespace

misp::Value describe_types() {
  Value defaults = Value::object();
  Value names = Value::array();
  for (const Type& type : types) {
    Value usual = Value::object();
    usual.set("default_category", categories[type.usual]);
    usual.set("to_ids", Value::integer(type.to_ids ? 1 : 0));
    defaults.set(type.name, std::move(usual));
    names.push_back(type.name);
  }
  Value groups = Value::array();
  Value mappings = Value::object();
  for (std::size_t i = 0; i < categories.size(); ++i) {
    groups.push_back(categories[i]);
    Value in_it = Value::array();
    for (const Type& type : types)
      if (((type.categories >> i) & 1U) != 0) in_it.push_back(type.name);
    mappings.set(categories[i], std::move(in_it));
  }
  Value result = Value::object();
  result.set("sane_defaults", std::move(defaults));
  result.set("types", std::move(names));
  result.set("categories", std::move(groups));
  result.set("category_type_mappings", std::move(mappings));
  Value out = Value::object();
  out.set("result", std::move(result));
  return out;
}

std::string_view usual_category(std::string_view type) {
  for (const Type& one : types)
    if (one.name == type) return categories[one.usual];
  return {};
}

}  // namespace parley::misp_sync
