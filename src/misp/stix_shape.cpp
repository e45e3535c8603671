#include "misp/stix_shape.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"

namespace parley::misp {
namespace {

struct Row {
  std::string_view type;
  Shape shape;
  std::string_view detail = {};
};

/// The attribute types that have a place of their own; hashes are in `hashes`.
constexpr std::array rows{
    Row{"AS", Shape::autonomous_system},
    Row{"attachment", Shape::file_name},
    Row{"campaign-name", Shape::campaign},
    Row{"domain", Shape::domain},
    Row{"domain|ip", Shape::domain_ip},
    Row{"email", Shape::email_address},
    Row{"email-attachment", Shape::email_attachment},
    Row{"email-body", Shape::email_body},
    Row{"email-dst", Shape::email_destination},
    Row{"email-header", Shape::email_header},
    Row{"email-message-id", Shape::email_message_id},
    Row{"email-reply-to", Shape::email_reply_to},
    Row{"email-src", Shape::email_source},
    Row{"email-subject", Shape::email_subject},
    Row{"email-x-mailer", Shape::email_x_mailer},
    Row{"filename", Shape::file_name},
    Row{"github-username", Shape::github_user},
    Row{"hostname", Shape::domain},
    Row{"hostname|port", Shape::host_port},
    Row{"http-method", Shape::http_method},
    Row{"ip-dst", Shape::ip_destination},
    Row{"ip-dst|port", Shape::ip_destination_port},
    Row{"ip-src", Shape::ip_source},
    Row{"ip-src|port", Shape::ip_source_port},
    Row{"link", Shape::url},
    Row{"mac-address", Shape::mac_address},
    Row{"malware-sample", Shape::file_name_hash, "MD5"},
    Row{"mutex", Shape::mutex},
    Row{"port", Shape::port},
    Row{"regkey", Shape::registry_key},
    Row{"regkey|value", Shape::registry_value},
    Row{"sigma", Shape::pattern, "sigma"},
    Row{"size-in-bytes", Shape::file_size},
    Row{"snort", Shape::pattern, "snort"},
    Row{"suricata", Shape::pattern, "suricata"},
    Row{"uri", Shape::url},
    Row{"url", Shape::url},
    Row{"user-agent", Shape::user_agent},
    Row{"vulnerability", Shape::vulnerability},
    Row{"yara", Shape::pattern, "yara"},
};

static_assert(std::ranges::is_sorted(rows, {}, &Row::type));

struct HashRow {
  std::string_view misp;
  std::string_view stix;
  std::size_t digits;  // 0: no fixed form
};

/// STIX 2.1 section 10.9 where it has the algorithm, else the name that misp-stix gives.
constexpr std::array hashes{
    HashRow{"md5", "MD5", 32},
    HashRow{"sha1", "SHA-1", 40},
    HashRow{"sha256", "SHA-256", 64},
    HashRow{"sha512", "SHA-512", 128},
    HashRow{"sha224", "SHA-224", 56},
    HashRow{"sha384", "SHA-384", 96},
    HashRow{"sha3-224", "SHA3-224", 56},
    HashRow{"sha3-256", "SHA3-256", 64},
    HashRow{"sha3-384", "SHA3-384", 96},
    HashRow{"sha3-512", "SHA3-512", 128},
    HashRow{"ssdeep", "SSDEEP", 0},
    HashRow{"tlsh", "TLSH", 0},
    HashRow{"authentihash", "AUTHENTIHASH", 0},
    HashRow{"cdhash", "CDHASH", 0},
    HashRow{"impfuzzy", "IMPFUZZY", 0},
    HashRow{"imphash", "IMPHASH", 0},
    HashRow{"pehash", "PEHASH", 0},
    HashRow{"telfhash", "TELFHASH", 0},
    HashRow{"vhash", "VHASH", 0},
};

const HashRow* find_hash(std::string_view misp) {
  const auto row = std::ranges::find(hashes, misp, &HashRow::misp);
  return row == hashes.end() ? nullptr : &*row;
}

struct GalaxyRow {
  std::string_view galaxy;
  std::string_view type;
};

/// The galaxies whose clusters are things that STIX has objects for, as misp-stix takes them; sorted.
constexpr std::array galaxies{
    GalaxyRow{"360net-threat-actor", "threat-actor"},
    GalaxyRow{"android", "malware"},
    GalaxyRow{"backdoor", "malware"},
    GalaxyRow{"banker", "malware"},
    GalaxyRow{"botnet", "tool"},
    GalaxyRow{"branded-vulnerability", "vulnerability"},
    GalaxyRow{"cmtmf-attack-pattern", "attack-pattern"},
    GalaxyRow{"cryptominers", "malware"},
    GalaxyRow{"exploit-kit", "tool"},
    GalaxyRow{"malpedia", "malware"},
    GalaxyRow{"microsoft-activity-group", "threat-actor"},
    GalaxyRow{"mitre-attack-pattern", "attack-pattern"},
    GalaxyRow{"mitre-course-of-action", "course-of-action"},
    GalaxyRow{"mitre-enterprise-attack-attack-pattern", "attack-pattern"},
    GalaxyRow{"mitre-enterprise-attack-course-of-action", "course-of-action"},
    GalaxyRow{"mitre-enterprise-attack-intrusion-set", "intrusion-set"},
    GalaxyRow{"mitre-enterprise-attack-malware", "malware"},
    GalaxyRow{"mitre-enterprise-attack-tool", "tool"},
    GalaxyRow{"mitre-ics-groups", "threat-actor"},
    GalaxyRow{"mitre-ics-software", "malware"},
    GalaxyRow{"mitre-ics-techniques", "attack-pattern"},
    GalaxyRow{"mitre-intrusion-set", "intrusion-set"},
    GalaxyRow{"mitre-malware", "malware"},
    GalaxyRow{"mitre-mobile-attack-attack-pattern", "attack-pattern"},
    GalaxyRow{"mitre-mobile-attack-course-of-action", "course-of-action"},
    GalaxyRow{"mitre-mobile-attack-intrusion-set", "intrusion-set"},
    GalaxyRow{"mitre-mobile-attack-malware", "malware"},
    GalaxyRow{"mitre-mobile-attack-tool", "tool"},
    GalaxyRow{"mitre-pre-attack-attack-pattern", "attack-pattern"},
    GalaxyRow{"mitre-pre-attack-intrusion-set", "intrusion-set"},
    GalaxyRow{"mitre-tool", "tool"},
    GalaxyRow{"ransomware", "malware"},
    GalaxyRow{"rat", "tool"},
    GalaxyRow{"sector", "identity"},
    GalaxyRow{"stealer", "malware"},
    GalaxyRow{"tds", "tool"},
    GalaxyRow{"threat-actor", "threat-actor"},
    GalaxyRow{"tool", "tool"},
};
static_assert(std::ranges::is_sorted(galaxies, {}, &GalaxyRow::galaxy));

}  // namespace

ShapeOf shape_of(std::string_view misp_type) {
  const auto row = std::ranges::lower_bound(rows, misp_type, {}, &Row::type);
  if (row != rows.end() && row->type == misp_type) return {row->shape, row->detail};
  constexpr std::string_view named = "filename|";
  constexpr std::string_view certificate = "x509-fingerprint-";
  if (misp_type.starts_with(named)) {
    const HashRow* const hash = find_hash(misp_type.substr(named.size()));
    return hash != nullptr ? ShapeOf{Shape::file_name_hash, hash->stix} : ShapeOf{};
  }
  if (misp_type.starts_with(certificate)) {
    const HashRow* const hash = find_hash(misp_type.substr(certificate.size()));
    return hash != nullptr ? ShapeOf{Shape::x509_hash, hash->stix} : ShapeOf{};
  }
  const HashRow* const hash = find_hash(misp_type);
  return hash != nullptr ? ShapeOf{Shape::file_hash, hash->stix} : ShapeOf{};
}

std::optional<std::string> hash_type_of(std::string_view stix_name, std::string_view prefix) {
  for (const HashRow& row : hashes)
    if (equal_ignoring_case(row.stix, stix_name)) return std::string(prefix).append(row.misp);
  return std::nullopt;
}

bool is_hash_of(std::string_view stix_name, std::string_view value) {
  for (const HashRow& row : hashes)
    if (row.stix == stix_name)
      return row.digits == 0 || (value.size() == row.digits &&
                                 std::ranges::all_of(value, [](char c) { return hex_digit(c) >= 0; }));
  return true;
}

std::optional<std::string_view> galaxy_object_type(std::string_view galaxy_type) {
  const auto row = std::ranges::lower_bound(galaxies, galaxy_type, {}, &GalaxyRow::galaxy);
  if (row == galaxies.end() || row->galaxy != galaxy_type) return std::nullopt;
  return row->type;
}

}  // namespace parley::misp
