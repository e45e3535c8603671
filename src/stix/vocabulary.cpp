#include "stix/vocabulary.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace parley::stix {
namespace {

// Values: STIX 2.1 section 10.
constexpr std::string_view account_type[] = {
    "unix", "windows-local", "windows-domain", "ldap",  "tacacs",  "radius",
    "nis",  "openid",        "facebook",       "skype", "twitter", "kavi"};
constexpr std::string_view attack_motivation[] = {"accidental",    "coercion",
                                                  "dominance",     "ideology",
                                                  "notoriety",     "organizational-gain",
                                                  "personal-gain", "personal-satisfaction",
                                                  "revenge",       "unpredictable"};
constexpr std::string_view attack_resource_level[] = {"individual", "club",         "contest",
                                                      "team",       "organization", "government"};
constexpr std::string_view grouping_context[] = {"suspicious-activity", "malware-analysis", "unspecified"};
constexpr std::string_view identity_class[] = {"individual",   "group", "system",
                                               "organization", "class", "unknown"};
constexpr std::string_view implementation_language[] = {
    "applescript", "bash",  "c",           "c++",        "c#",           "go",         "java",
    "javascript",  "lua",   "objective-c", "perl",       "php",          "powershell", "python",
    "ruby",        "scala", "swift",       "typescript", "visual-basic", "x86-32",     "x86-64"};
constexpr std::string_view indicator_type[] = {"anomalous-activity", "anonymization", "benign", "compromised",
                                               "malicious-activity", "attribution",   "unknown"};
constexpr std::string_view industry_sector[] = {"agriculture",
                                                "aerospace",
                                                "automotive",
                                                "chemical",
                                                "commercial",
                                                "communications",
                                                "construction",
                                                "defense",
                                                "education",
                                                "energy",
                                                "entertainment",
                                                "financial-services",
                                                "government",
                                                "emergency-services",
                                                "government-local",
                                                "government-national",
                                                "government-public-services",
                                                "government-regional",
                                                "healthcare",
                                                "hospitality-leisure",
                                                "infrastructure",
                                                "dams",
                                                "nuclear",
                                                "water",
                                                "insurance",
                                                "manufacturing",
                                                "mining",
                                                "non-profit",
                                                "pharmaceuticals",
                                                "retail",
                                                "technology",
                                                "telecommunications",
                                                "transportation",
                                                "utilities"};
constexpr std::string_view infrastructure_type[] = {
    "amplification",  "anonymization",    "botnet",          "command-and-control",  "control-system",
    "exfiltration",   "firewall",         "hosting-malware", "hosting-target-lists", "phishing",
    "reconnaissance", "routers-switches", "staging",         "workstation",          "unknown"};
constexpr std::string_view malware_capability[] = {"accesses-remote-machines",
                                                   "anti-debugging",
                                                   "anti-disassembly",
                                                   "anti-emulation",
                                                   "anti-memory-forensics",
                                                   "anti-sandbox",
                                                   "anti-vm",
                                                   "captures-input-peripherals",
                                                   "captures-output-peripherals",
                                                   "captures-system-state-data",
                                                   "cleans-traces-of-infection",
                                                   "commits-fraud",
                                                   "communicates-with-c2",
                                                   "compromises-data-availability",
                                                   "compromises-data-integrity",
                                                   "compromises-system-availability",
                                                   "controls-local-machine",
                                                   "degrades-security-software",
                                                   "degrades-system-updates",
                                                   "determines-c2-server",
                                                   "emails-spam",
                                                   "escalates-privileges",
                                                   "evades-av",
                                                   "exfiltrates-data",
                                                   "fingerprints-host",
                                                   "hides-artifacts",
                                                   "hides-executing-code",
                                                   "infects-files",
                                                   "infects-remote-machines",
                                                   "installs-other-components",
                                                   "persists-after-system-reboot",
                                                   "prevents-artifact-access",
                                                   "prevents-artifact-deletion",
                                                   "probes-network-environment",
                                                   "self-modifies",
                                                   "steals-authentication-credentials",
                                                   "violates-system-operational-integrity"};
constexpr std::string_view malware_result[] = {"malicious", "suspicious", "benign", "unknown"};
constexpr std::string_view malware_type[] = {"adware",
                                             "backdoor",
                                             "bot",
                                             "bootkit",
                                             "ddos",
                                             "downloader",
                                             "dropper",
                                             "exploit-kit",
                                             "keylogger",
                                             "ransomware",
                                             "remote-access-trojan",
                                             "resource-exploitation",
                                             "rogue-security-software",
                                             "rootkit",
                                             "screen-capture",
                                             "spyware",
                                             "trojan",
                                             "unknown",
                                             "virus",
                                             "webshell",
                                             "wiper",
                                             "worm"};
constexpr std::string_view pattern_type[] = {"stix", "pcre", "sigma", "snort", "suricata", "yara"};
constexpr std::string_view processor_architecture[] = {"alpha",   "arm",   "ia-64", "mips",
                                                       "powerpc", "sparc", "x86",   "x86-64"};
constexpr std::string_view region[] = {"africa",
                                       "eastern-africa",
                                       "middle-africa",
                                       "northern-africa",
                                       "southern-africa",
                                       "western-africa",
                                       "americas",
                                       "latin-america-caribbean",
                                       "south-america",
                                       "caribbean",
                                       "central-america",
                                       "northern-america",
                                       "asia",
                                       "central-asia",
                                       "eastern-asia",
                                       "southern-asia",
                                       "south-eastern-asia",
                                       "western-asia",
                                       "europe",
                                       "eastern-europe",
                                       "northern-europe",
                                       "southern-europe",
                                       "western-europe",
                                       "oceania",
                                       "australia-new-zealand",
                                       "melanesia",
                                       "micronesia",
                                       "polynesia",
                                       "antarctica"};
constexpr std::string_view report_type[] = {
    "threat-report", "attack-pattern", "campaign",     "identity", "indicator",    "intrusion-set",
    "malware",       "observed-data",  "threat-actor", "tool",     "vulnerability"};
constexpr std::string_view actor_role[] = {
    "agent",          "director", "independent", "infrastructure-architect", "infrastructure-operator",
    "malware-author", "sponsor"};
constexpr std::string_view actor_sophistication[] = {"none",   "minimal",   "intermediate", "advanced",
                                                     "expert", "innovator", "strategic"};
constexpr std::string_view actor_type[] = {"activist",
                                           "competitor",
                                           "crime-syndicate",
                                           "criminal",
                                           "hacker",
                                           "insider-accidental",
                                           "insider-disgruntled",
                                           "nation-state",
                                           "sensationalist",
                                           "spy",
                                           "terrorist",
                                           "unknown"};
constexpr std::string_view tool_type[] = {
    "denial-of-service",       "exploitation",  "information-gathering",  "network-capture",
    "credential-exploitation", "remote-access", "vulnerability-scanning", "unknown"};
constexpr std::string_view windows_pebinary_type[] = {"exe", "dll", "sys"};
constexpr std::string_view encryption_algorithm[] = {"AES-256-GCM", "ChaCha20-Poly1305",
                                                     "mime-type-indicated"};
constexpr std::string_view extension_type[] = {"new-sdo", "new-sco", "new-sro", "property-extension",
                                               "toplevel-property-extension"};
constexpr std::string_view opinion[] = {"strongly-disagree", "disagree", "neutral", "agree",
                                        "strongly-agree"};
constexpr std::string_view socket_family[] = {"AF_UNSPEC",  "AF_INET",  "AF_IPX",  "AF_APPLETALK",
                                              "AF_NETBIOS", "AF_INET6", "AF_IRDA", "AF_BTH"};
constexpr std::string_view socket_type[] = {"SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_RDM",
                                            "SOCK_SEQPACKET"};
constexpr std::string_view service_start[] = {"SERVICE_AUTO_START", "SERVICE_BOOT_START",
                                              "SERVICE_DEMAND_START", "SERVICE_DISABLED",
                                              "SERVICE_SYSTEM_ALERT"};
constexpr std::string_view service_status[] = {
    "SERVICE_CONTINUE_PENDING", "SERVICE_PAUSE_PENDING", "SERVICE_PAUSED", "SERVICE_RUNNING",
    "SERVICE_START_PENDING",    "SERVICE_STOP_PENDING",  "SERVICE_STOPPED"};
constexpr std::string_view service_type[] = {"SERVICE_KERNEL_DRIVER", "SERVICE_FILE_SYSTEM_DRIVER",
                                             "SERVICE_WIN32_OWN_PROCESS", "SERVICE_WIN32_SHARE_PROCESS"};
constexpr std::string_view integrity_level[] = {"low", "medium", "high", "system"};
constexpr std::string_view registry_value_type[] = {"REG_NONE",
                                                    "REG_SZ",
                                                    "REG_EXPAND_SZ",
                                                    "REG_BINARY",
                                                    "REG_DWORD",
                                                    "REG_DWORD_BIG_ENDIAN",
                                                    "REG_DWORD_LITTLE_ENDIAN",
                                                    "REG_LINK",
                                                    "REG_MULTI_SZ",
                                                    "REG_RESOURCE_LIST",
                                                    "REG_FULL_RESOURCE_DESCRIPTION",
                                                    "REG_RESOURCE_REQUIREMENTS_LIST",
                                                    "REG_QWORD",
                                                    "REG_INVALID_TYPE"};
constexpr std::string_view spec_version[] = {"2.0", "2.1"};
constexpr std::string_view hash_algorithms[] = {"MD5",      "SHA-1",    "SHA-256", "SHA-512",
                                                "SHA3-256", "SHA3-512", "SSDEEP",  "TLSH"};

// In the order of the enumeration.
constexpr std::array<VocabularyFacts, static_cast<std::size_t>(Vocabulary::last_vocabulary)> facts{{
    {"", 0, {}},
    {"account-type-ov", 244, account_type},
    {"attack-motivation-ov", 211, attack_motivation},
    {"attack-resource-level-ov", 212, attack_resource_level},
    {"grouping-context-ov", 225, grouping_context},
    {"identity-class-ov", 213, identity_class},
    {"implementation-language-ov", 226, implementation_language},
    {"indicator-type-ov", 214, indicator_type},
    {"industry-sector-ov", 215, industry_sector},
    {"infrastructure-type-ov", 227, infrastructure_type},
    {"malware-capabilities-ov", 228, malware_capability},
    {"malware-result-ov", 231, malware_result},
    {"malware-type-ov", 216, malware_type},
    {"pattern-type-ov", 245, pattern_type},
    {"processor-architecture-ov", 230, processor_architecture},
    {"region-ov", 223, region},
    {"report-type-ov", 218, report_type},
    {"threat-actor-role-ov", 220, actor_role},
    {"threat-actor-sophistication-ov", 221, actor_sophistication},
    {"threat-actor-type-ov", 219, actor_type},
    {"tool-type-ov", 222, tool_type},
    {"windows-pebinary-type-ov", 243, windows_pebinary_type},
    {"encryption-algorithm-enum", 0, encryption_algorithm},
    {"extension-type-enum", 0, extension_type},
    {"opinion-enum", 0, opinion},
    {"network-socket-address-family-enum", 0, socket_family},
    {"network-socket-type-enum", 0, socket_type},
    {"windows-service-start-type-enum", 0, service_start},
    {"windows-service-status-enum", 0, service_status},
    {"windows-service-type-enum", 0, service_type},
    {"windows-integrity-level-enum", 0, integrity_level},
    {"windows-registry-datatype-enum", 0, registry_value_type},
    {"2.1", 0, spec_version},
}};

}  // namespace

const VocabularyFacts& vocabulary_facts(Vocabulary vocabulary) {
  return facts[static_cast<std::size_t>(vocabulary)];
}

bool is_in(Vocabulary vocabulary, std::string_view value) {
  return std::ranges::find(vocabulary_facts(vocabulary).values, value) !=
         vocabulary_facts(vocabulary).values.end();
}

bool is_hash_algorithm(std::string_view name) {
  return std::ranges::find(hash_algorithms, name) != std::ranges::end(hash_algorithms);
}

}  // namespace parley::stix
