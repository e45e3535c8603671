#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley::misp {

/// What a MISP attribute becomes in STIX: the observables and the pattern that stand for its value.
enum class Shape : std::uint8_t {
  custom,  ///< `x-misp-attribute`
  autonomous_system,
  campaign,
  domain,
  domain_ip,
  email_address,
  email_attachment,
  email_body,
  email_destination,
  email_header,
  email_message_id,
  email_reply_to,
  email_source,
  email_subject,
  email_x_mailer,
  file_hash,
  file_name,
  file_name_hash,
  file_size,
  github_user,
  host_port,
  http_method,
  ip_destination,
  ip_destination_port,
  ip_source,
  ip_source_port,
  mac_address,
  mutex,
  pattern,  ///< yara, sigma, snort, suricata: an indicator in that language
  port,
  registry_key,
  registry_value,
  url,
  user_agent,
  vulnerability,
  x509_hash,
};

struct ShapeOf {
  Shape shape = Shape::custom;
  /// Of hashes: the name that STIX has for it ("SHA-256"); of patterns: the language.
  std::string_view detail;
};

/// For every type that MISP has; `custom` for those without a place in STIX. Constant time in practice.
ShapeOf shape_of(std::string_view misp_type);

/// The MISP type of a hash by its STIX name, prefixed ("", "filename|", "x509-fingerprint-"); nothing for
/// names that MISP does not know.
std::optional<std::string> hash_type_of(std::string_view stix_name, std::string_view prefix);

/// Whether the value has the form of that hash (hexadecimal of its length). Names without a fixed form take
/// any.
bool is_hash_of(std::string_view stix_name, std::string_view value);

/// The STIX type of a galaxy's clusters ("threat-actor"), or nothing: then they are `x-misp-galaxy-cluster`.
std::optional<std::string_view> galaxy_object_type(std::string_view galaxy_type);

}  // namespace parley::misp
