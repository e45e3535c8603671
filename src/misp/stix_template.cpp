#include "misp/stix_template.hpp"

#include <algorithm>
#include <array>

namespace parley::misp {
namespace {

using K = FieldKind;

constexpr std::array artifact_fields{
    Field{"md5", "MD5", K::hash, false, "md5"},
    Field{"sha1", "SHA-1", K::hash, false, "sha1"},
    Field{"sha256", "SHA-256", K::hash, false, "sha256"},
    Field{"sha512", "SHA-512", K::hash, false, "sha512"},
    Field{"sha3-256", "SHA3-256", K::hash, false, "sha3-256"},
    Field{"sha3-512", "SHA3-512", K::hash, false, "sha3-512"},
    Field{"ssdeep", "SSDEEP", K::hash, false, "ssdeep"},
    Field{"tlsh", "TLSH", K::hash, false, "tlsh"},
    Field{"payload_bin", "payload_bin", K::payload, false, "attachment"},
    Field{"mime_type", "mime_type", K::text, false, "mime-type"},
    Field{"url", "url", K::text, false, "url"},
    Field{"encryption_algorithm", "encryption_algorithm"},
    Field{"decryption_key", "decryption_key"},
};
constexpr std::array asn_fields{
    Field{"asn", "number", K::integer, false, "AS"},
    Field{"description", "name"},
};
constexpr std::array credential_fields{
    Field{"username", "user_id"},
    Field{"password", "credential", K::text, true},
};
constexpr std::array mutex_fields{Field{"name", "name"}};
constexpr std::array url_fields{Field{"url", "value", K::text, false, "url"}};
constexpr std::array domain_fields{
    Field{"domain", "value", K::text, true, "domain"},
    Field{"hostname", "value", K::text, true, "hostname"},
    Field{"ip", "resolves_to_refs[*].value", K::resolves_to, true, "ip-dst"},
};
constexpr std::array email_fields{
    Field{"from", "from_ref", K::mail_from, true, "email-src"},
    Field{"to", "to_refs", K::mail_list, true, "email-dst"},
    Field{"cc", "cc_refs", K::mail_list, true, "email-dst"},
    Field{"bcc", "bcc_refs", K::mail_list, true, "email-dst"},
    Field{"message-id", "message_id", K::text, true, "email-message-id"},
    Field{"subject", "subject", K::text, true, "email-subject"},
    Field{"reply-to", "Reply-To reply_to", K::mail_header, true, "email-reply-to"},
    Field{"x-mailer", "X-Mailer x_mailer", K::mail_header, true, "email-x-mailer"},
    Field{"send-date", "date", K::time, true, "datetime"},
    Field{"email-body", "body", K::in_pattern, true, "email-body"},
    Field{"attachment", "body_multipart", K::mail_part, true, "email-attachment"},
    Field{"screenshot", "body_multipart", K::mail_part, true, "attachment"},
};
constexpr std::array file_fields{
    Field{"md5", "MD5", K::hash, false, "md5"},
    Field{"sha1", "SHA-1", K::hash, false, "sha1"},
    Field{"sha224", "SHA-224", K::hash, false, "sha224"},
    Field{"sha256", "SHA-256", K::hash, false, "sha256"},
    Field{"sha384", "SHA-384", K::hash, false, "sha384"},
    Field{"sha512", "SHA-512", K::hash, false, "sha512"},
    Field{"sha3-224", "SHA3-224", K::hash, false, "sha3-224"},
    Field{"sha3-256", "SHA3-256", K::hash, false, "sha3-256"},
    Field{"sha3-384", "SHA3-384", K::hash, false, "sha3-384"},
    Field{"sha3-512", "SHA3-512", K::hash, false, "sha3-512"},
    Field{"ssdeep", "SSDEEP", K::hash, false, "ssdeep"},
    Field{"tlsh", "TLSH", K::hash, false, "tlsh"},
    Field{"filename", "name", K::text, true, "filename"},
    Field{"file-encoding", "name_enc", K::text, true},
    Field{"mime-type", "mime_type", K::text, true, "mime-type"},
    Field{"size-in-bytes", "size", K::integer, true, "size-in-bytes"},
    Field{"access-time", "atime", K::time, false, "datetime"},
    Field{"creation-time", "ctime", K::time, false, "datetime"},
    Field{"modification-time", "mtime", K::time, false, "datetime"},
    Field{"path", "parent_directory_ref", K::directory},
    Field{"malware-sample", "content_ref", K::sample, false, "malware-sample"},
    Field{"attachment", "", K::attachment, false, "attachment"},
};
constexpr std::array hashlookup_fields{
    Field{"MD5", "MD5", K::hash, false, "md5"},
    Field{"SHA-1", "SHA-1", K::hash, false, "sha1"},
    Field{"SHA-256", "SHA-256", K::hash, false, "sha256"},
    Field{"SSDEEP", "SSDEEP", K::hash, false, "ssdeep"},
    Field{"TLSH", "TLSH", K::hash, false, "tlsh"},
    Field{"FileName", "name", K::text, false, "filename"},
    Field{"FileSize", "size", K::integer, false, "size-in-bytes"},
};
constexpr std::array image_fields{
    Field{"filename", "name", K::text, false, "filename"},
    Field{"attachment", "content_ref", K::picture, false, "attachment"},
    Field{"url", "content_ref", K::picture, false, "url"},
};
constexpr std::array lnk_fields{
    Field{"md5", "MD5", K::hash, false, "md5"},
    Field{"sha1", "SHA-1", K::hash, false, "sha1"},
    Field{"sha224", "SHA-224", K::hash, false, "sha224"},
    Field{"sha256", "SHA-256", K::hash, false, "sha256"},
    Field{"sha384", "SHA-384", K::hash, false, "sha384"},
    Field{"sha512", "SHA-512", K::hash, false, "sha512"},
    Field{"ssdeep", "SSDEEP", K::hash, false, "ssdeep"},
    Field{"tlsh", "TLSH", K::hash, false, "tlsh"},
    Field{"filename", "name", K::text, true, "filename"},
    Field{"size-in-bytes", "size", K::integer, false, "size-in-bytes"},
    Field{"lnk-access-time", "atime", K::time, false, "datetime"},
    Field{"lnk-creation-time", "ctime", K::time, false, "datetime"},
    Field{"lnk-modification-time", "mtime", K::time, false, "datetime"},
    Field{"path", "parent_directory_ref", K::directory, true},
    Field{"fullpath", "parent_directory_ref", K::directory, true},
    Field{"malware-sample", "content_ref", K::sample, false, "malware-sample"},
};
constexpr std::array http_fields{
    Field{"ip-src", "src_ref", K::address, false, "ip-src"},
    Field{"ip-dst", "dst_ref", K::address, false, "ip-dst"},
    Field{"host", "dst_ref", K::target_host, false, "hostname"},
    Field{"method", "extensions.'http-request-ext'.request_method", K::text, false, "http-method"},
    Field{"uri", "extensions.'http-request-ext'.request_value", K::text, false, "uri"},
    Field{"url", "extensions.'http-request-ext'.request_value", K::text, false, "url"},
    Field{"content-type", "extensions.'http-request-ext'.request_header.'Content-Type'", K::list, true,
          "other"},
    Field{"cookie", "extensions.'http-request-ext'.request_header.Cookie", K::list, true},
    Field{"referer", "extensions.'http-request-ext'.request_header.Referer", K::list, true, "other"},
    Field{"user-agent", "extensions.'http-request-ext'.request_header.'User-Agent'", K::list, true,
          "user-agent"},
};
constexpr std::array netflow_fields{
    Field{"ip-src", "src_ref", K::address, false, "ip-src"},
    Field{"src-as", "src_ref", K::autonomous, false, "AS"},
    Field{"ip-dst", "dst_ref", K::address, false, "ip-dst"},
    Field{"dst-as", "dst_ref", K::autonomous, false, "AS"},
    Field{"src-port", "src_port", K::integer, false, "port"},
    Field{"dst-port", "dst_port", K::integer, false, "port"},
    Field{"byte-count", "src_byte_count", K::integer, false, "counter"},
    Field{"packet-count", "src_packets", K::integer, false, "counter"},
    Field{"tcp-flags", "extensions.'tcp-ext'.src_flags_hex", K::protocol_of},
    Field{"icmp-type", "extensions.'icmp-ext'.icmp_type_hex", K::in_pattern},
    Field{"protocol", "protocols", K::protocol},
    Field{"first-packet-seen", "start", K::time, false, "datetime"},
    Field{"last-packet-seen", "end", K::time, false, "datetime"},
};
constexpr std::array ip_port_fields{
    Field{"ip-src", "src_ref", K::address, true, "ip-src"},
    Field{"ip-dst", "dst_ref", K::address, true, "ip-dst"},
    Field{"ip", "dst_ref", K::address, true, "ip-dst"},
    Field{"domain", "dst_ref", K::host_in_pattern, true, "domain"},
    Field{"hostname", "dst_ref", K::host_in_pattern, true, "hostname"},
    Field{"dst-port", "dst_port", K::integer, true, "port"},
    Field{"src-port", "src_port", K::integer, true, "port"},
    Field{"protocol", "protocols", K::protocol_custom},
    Field{"first-seen", "start", K::time, true, "datetime"},
    Field{"last-seen", "end", K::time, true, "datetime"},
};
constexpr std::array connection_fields{
    Field{"ip-src", "src_ref", K::address, false, "ip-src"},
    Field{"hostname-src", "src_ref", K::host, false, "hostname"},
    Field{"ip-dst", "dst_ref", K::address, false, "ip-dst"},
    Field{"hostname-dst", "dst_ref", K::host, false, "hostname"},
    Field{"dst-port", "dst_port", K::integer, false, "port"},
    Field{"first-packet-seen", "start", K::time, false, "datetime"},
    Field{"src-port", "src_port", K::integer, false, "port"},
    Field{"layer3-protocol", "protocols", K::protocol},
    Field{"layer4-protocol", "protocols", K::protocol},
    Field{"layer7-protocol", "protocols", K::protocol},
};
constexpr std::array socket_fields{
    Field{"ip-src", "src_ref", K::address, false, "ip-src"},
    Field{"hostname-src", "src_ref", K::host, false, "hostname"},
    Field{"ip-dst", "dst_ref", K::address, false, "ip-dst"},
    Field{"hostname-dst", "dst_ref", K::host, false, "hostname"},
    Field{"dst-port", "dst_port", K::integer, false, "port"},
    Field{"src-port", "src_port", K::integer, false, "port"},
    Field{"protocol", "protocols", K::protocol},
    Field{"address-family", "extensions.'socket-ext'.address_family"},
    Field{"socket-type", "extensions.'socket-ext'.socket_type"},
};
constexpr std::array process_fields{
    Field{"command-line", "command_line"},
    Field{"creation-time", "created_time", K::time, false, "datetime"},
    Field{"current-directory", "cwd"},
    Field{"hidden", "is_hidden", K::boolean, false, "boolean"},
    Field{"pid", "pid", K::integer},
    Field{"image", "image_ref", K::image, false, "filename"},
    Field{"parent-pid", "pid", K::parent},
    Field{"parent-command-line", "command_line", K::parent},
    Field{"parent-image", "image", K::parent, false, "filename"},
    Field{"child-pid", "child_refs", K::child, true},
};
constexpr std::array registry_fields{
    Field{"key", "key", K::text, false, "regkey"},
    Field{"last-modified", "modified_time", K::time, false, "datetime"},
    Field{"data", "values[0].data"},
    Field{"data-type", "values[0].data_type"},
    Field{"name", "values[0].name"},
};
constexpr std::array user_fields{
    Field{"account-type", "account_type"},
    Field{"can_escalate_privs", "can_escalate_privs", K::boolean, false, "boolean"},
    Field{"disabled", "is_disabled", K::boolean, false, "boolean"},
    Field{"display-name", "display_name"},
    Field{"is_service_account", "is_service_account", K::boolean, false, "boolean"},
    Field{"password", "credential"},
    Field{"privileged", "is_privileged", K::boolean, false, "boolean"},
    Field{"user-id", "user_id"},
    Field{"username", "account_login"},
    Field{"created", "account_created", K::time, false, "datetime"},
    Field{"expires", "account_expires", K::time, false, "datetime"},
    Field{"first_login", "account_first_login", K::time, false, "datetime"},
    Field{"last_login", "account_last_login", K::time, false, "datetime"},
    Field{"password_last_changed", "credential_last_changed", K::time, false, "datetime"},
    Field{"group", "extensions.'unix-account-ext'.groups", K::list, true},
    Field{"group-id", "extensions.'unix-account-ext'.gid", K::integer},
    Field{"home_dir", "extensions.'unix-account-ext'.home_dir"},
    Field{"shell", "extensions.'unix-account-ext'.shell"},
};
constexpr std::array x509_fields{
    Field{"self_signed", "is_self_signed", K::boolean, false, "boolean"},
    Field{"x509-fingerprint-md5", "MD5", K::hash, false, "x509-fingerprint-md5"},
    Field{"x509-fingerprint-sha1", "SHA-1", K::hash, false, "x509-fingerprint-sha1"},
    Field{"x509-fingerprint-sha256", "SHA-256", K::hash, false, "x509-fingerprint-sha256"},
    Field{"issuer", "issuer"},
    Field{"pubkey-info-algorithm", "subject_public_key_algorithm"},
    Field{"pubkey-info-exponent", "subject_public_key_exponent", K::integer},
    Field{"pubkey-info-modulus", "subject_public_key_modulus"},
    Field{"serial-number", "serial_number"},
    Field{"signature_algorithm", "signature_algorithm"},
    Field{"subject", "subject"},
    Field{"version", "version"},
    Field{"validity-not-after", "validity_not_after", K::time, false, "datetime"},
    Field{"validity-not-before", "validity_not_before", K::time, false, "datetime"},
    Field{"dns_names", "DNS name", K::alternative, true, "hostname"},
    Field{"email", "email", K::alternative, true, "email-dst"},
    Field{"ip", "IP", K::alternative, true, "ip-dst"},
    Field{"rid", "RID", K::alternative, true},
    Field{"uri", "URI", K::alternative, true, "uri"},
};
constexpr std::array account_fields{
    Field{"account-id", "user_id"},
    Field{"account-name", "account_login"},
};
constexpr std::array github_fields{
    Field{"id", "user_id"},
    Field{"user-fullname", "display_name"},
    Field{"username", "account_login", K::text, false, "github-username"},
};
constexpr std::array gitlab_fields{
    Field{"id", "user_id"},
    Field{"name", "display_name"},
    Field{"username", "account_login"},
};
constexpr std::array telegram_fields{
    Field{"id", "user_id"},
    Field{"username", "account_login"},
};
constexpr std::array twitter_fields{
    Field{"displayed-name", "display_name"},
    Field{"id", "user_id"},
    Field{"name", "account_login"},
};
constexpr std::array app_fields{Field{"name", "name"}};
constexpr std::array cpe_fields{
    Field{"cpe", "cpe", K::text, false, "cpe"},
    Field{"language", "languages", K::list, true},
    Field{"product", "name"},
    Field{"vendor", "vendor"},
    Field{"version", "version"},
};
constexpr std::array directory_fields{
    Field{"path", "path"},
    Field{"path-encoding", "path_enc"},
    Field{"access-time", "atime", K::time, false, "datetime"},
    Field{"creation-time", "ctime", K::time, false, "datetime"},
    Field{"modification-time", "mtime", K::time, false, "datetime"},
};
constexpr std::array vulnerability_fields{
    Field{"id", "name", K::cve, true, "vulnerability"},
    Field{"description", "description"},
    Field{"summary", "description"},
    Field{"references", "", K::reference, true, "link"},
};
constexpr std::array attack_pattern_fields{
    Field{"name", "name"},
    Field{"summary", "description"},
    Field{"id", "", K::capec, true},
    Field{"references", "mitre", K::reference, true, "link"},
};
constexpr std::array course_fields{
    Field{"name", "name"},
    Field{"description", "description"},
};
constexpr std::array intrusion_fields{
    Field{"aliases", "aliases", K::list, true},
    Field{"description", "description"},
    Field{"goals", "goals", K::list, true},
    Field{"name", "name"},
    Field{"primary-motivation", "primary_motivation"},
    Field{"resource_level", "resource_level"},
    Field{"secondary-motivation", "secondary_motivations", K::list, true},
    Field{"first_seen", "first_seen", K::time, false, "datetime"},
    Field{"last_seen", "last_seen", K::time, false, "datetime"},
};
constexpr std::array malware_fields{
    Field{"alias", "aliases", K::list, true},
    Field{"architecture_execution_env", "architecture_execution_envs", K::list, true},
    Field{"capability", "capabilities", K::list, true},
    Field{"description", "description"},
    Field{"first_seen", "first_seen", K::time, false, "datetime"},
    Field{"implementation_language", "implementation_languages", K::list, true},
    Field{"is_family", "is_family", K::boolean, false, "boolean"},
    Field{"last_seen", "last_seen", K::time, false, "datetime"},
    Field{"malware_type", "malware_types", K::list, true},
    Field{"name", "name"},
};
constexpr std::array malware_analysis_fields{
    Field{"analysis_definition_version", "analysis_definition_version"},
    Field{"analysis_engine_version", "analysis_engine_version"},
    Field{"configuration_version", "configuration_version"},
    Field{"end_time", "analysis_ended", K::time, false, "datetime"},
    Field{"module", "module"},
    Field{"product", "product"},
    Field{"result", "result"},
    Field{"result_name", "result_name"},
    Field{"start_time", "analysis_started", K::time, false, "datetime"},
    Field{"submitted_time", "submitted", K::time, false, "datetime"},
    Field{"version", "version"},
};
constexpr std::array script_malware_fields{
    Field{"filename", "name", K::text, false, "filename"},
    Field{"comment", "description"},
    Field{"language", "implementation_languages", K::list, true},
};
constexpr std::array script_tool_fields{
    Field{"filename", "name", K::text, false, "filename"},
    Field{"comment", "description"},
};
constexpr std::array organization_fields{
    Field{"description", "description"},
    Field{"name", "name"},
    Field{"role", "roles", K::list, true},
    Field{"address", "", K::contact, true},
    Field{"e-mail", "", K::contact, true, "email-src"},
    Field{"fax-number", "", K::contact, true, "phone-number"},
    Field{"phone-number", "", K::contact, true, "phone-number"},
};
constexpr std::array person_fields{
    Field{"full-name", "name", K::text, false, "full-name"},
    Field{"first-name", "", K::name_part, false, "first-name"},
    Field{"middle-name", "", K::name_part, false, "middle-name"},
    Field{"last-name", "", K::name_part, false, "last-name"},
    Field{"text", "description"},
    Field{"role", "roles", K::list, true},
    Field{"address", "", K::contact, true},
    Field{"e-mail", "", K::contact, true, "email-src"},
    Field{"fax-number", "", K::contact, true, "phone-number"},
    Field{"phone-number", "", K::contact, true, "phone-number"},
};
constexpr std::array employee_fields{
    Field{"full-name", "name", K::text, false, "full-name"},
    Field{"first-name", "", K::name_part, false, "first-name"},
    Field{"last-name", "", K::name_part, false, "last-name"},
    Field{"employee-type", "roles", K::list, true},
    Field{"text", "description"},
    Field{"email-address", "", K::contact, true, "target-email"},
};
constexpr std::array legal_fields{
    Field{"business", "sectors", K::list, true},
    Field{"name", "name"},
    Field{"text", "description"},
    Field{"phone-number", "", K::contact, true, "phone-number"},
    Field{"website", "", K::contact, true, "link"},
};
constexpr std::array agency_fields{
    Field{"name", "name"},
    Field{"address", "", K::contact, true},
    Field{"e-mail", "", K::contact, true, "email-src"},
    Field{"fax-number", "", K::contact, true, "phone-number"},
    Field{"phone-number", "", K::contact, true, "phone-number"},
    Field{"link", "", K::contact, true, "link"},
};
constexpr std::array identity_fields{
    Field{"contact_information", "contact_information"},
    Field{"description", "description"},
    Field{"identity_class", "identity_class"},
    Field{"name", "name"},
    Field{"roles", "roles", K::list, true},
    Field{"sectors", "sectors", K::list, true},
};
constexpr std::array location_fields{
    Field{"address", "street_address"},
    Field{"city", "city"},
    Field{"countrycode", "country"},
    Field{"latitude", "latitude", K::number, false, "float"},
    Field{"longitude", "longitude", K::number, false, "float"},
    Field{"region", "region"},
    Field{"text", "description"},
    Field{"zipcode", "postal_code"},
};
constexpr std::array yara_fields{
    Field{"yara", "pattern", K::text, false, "yara"},
    Field{"comment", "description", K::text, false, "comment"},
    Field{"version", "pattern_version"},
    Field{"yara-rule-name", "name"},
};
constexpr std::array sigma_fields{
    Field{"sigma", "pattern", K::text, false, "sigma"},
    Field{"comment", "description", K::text, false, "comment"},
    Field{"sigma-rule-name", "name"},
    Field{"reference", "", K::reference, true, "link"},
};
constexpr std::array suricata_fields{
    Field{"suricata", "pattern", K::text, false, "suricata"},
    Field{"comment", "description", K::text, false, "comment"},
    Field{"version", "pattern_version"},
    Field{"ref", "", K::reference, true, "link"},
};
constexpr std::array nova_fields{
    Field{"raw-rule", "pattern"},
    Field{"description", "description"},
    Field{"rule-name", "name"},
    Field{"reference", "", K::reference, true, "link"},
};
constexpr std::array crs_fields{
    Field{"raw-rule", "pattern"},
    Field{"message", "description"},
    Field{"rule-id", "name"},
    Field{"reference", "", K::reference, true, "link"},
};
constexpr std::array wazuh_fields{
    Field{"wazuh-rule", "pattern"},
    Field{"comment", "description", K::text, false, "comment"},
    Field{"version", "pattern_version"},
    Field{"rule-id", "name"},
    Field{"reference", "", K::reference, true, "link"},
};
constexpr std::array stix_pattern_fields{
    Field{"stix2-pattern", "pattern", K::text, false, "stix2-pattern"},
    Field{"comment", "description", K::text, false, "comment"},
    Field{"version", "pattern_version"},
};

using F = TemplateForm;

/// Sorted by name; of two with one name the second is the usual one.
constexpr std::array templates{
    Template{"android-app", F::observable, "software", app_fields, "name"},
    Template{"artifact", F::observable, "artifact", artifact_fields, "payload_bin url"},
    Template{"asn", F::observable, "autonomous-system", asn_fields, "number"},
    Template{"attack-pattern", F::object, "attack-pattern", attack_pattern_fields, "name", "", true},
    Template{"course-of-action", F::object, "course-of-action", course_fields, "name"},
    Template{"cpe-asset", F::observable, "software", cpe_fields, "name"},
    Template{"credential", F::observable, "user-account", credential_fields, ""},
    Template{"directory", F::observable, "directory", directory_fields, "path"},
    Template{"domain-ip", F::domain, "domain-name", domain_fields, "value"},
    Template{"domain|ip", F::domain, "domain-name", domain_fields, "value"},
    Template{"email", F::observable, "email-message", email_fields, ""},
    Template{"employee", F::object, "identity", employee_fields, "name", "identity_class individual"},
    Template{"facebook-account", F::observable, "user-account", account_fields, "", "account_type facebook"},
    Template{"file", F::observable, "file", file_fields, "name hashes"},
    Template{"geolocation", F::object, "location", location_fields, "country region latitude+longitude"},
    Template{"github-user", F::observable, "user-account", github_fields, "", "account_type github"},
    Template{"gitlab-user", F::observable, "user-account", gitlab_fields, "", "account_type gitlab"},
    Template{"hashlookup", F::observable, "file", hashlookup_fields, "name hashes"},
    Template{"http-request", F::observable, "network-traffic", http_fields, "src_ref dst_ref"},
    Template{"identity", F::object, "identity", identity_fields, "name"},
    Template{"image", F::observable, "file", image_fields, "name"},
    Template{"intrusion-set", F::object, "intrusion-set", intrusion_fields, "name"},
    Template{"ip-port", F::observable, "network-traffic", ip_port_fields, "src_ref dst_ref"},
    Template{"ip|port", F::observable, "network-traffic", ip_port_fields, "src_ref dst_ref"},
    Template{"legal-entity", F::object, "identity", legal_fields, "name", "identity_class organization"},
    Template{"lnk", F::observable, "file", lnk_fields, "name hashes"},
    Template{"malware", F::object, "malware", malware_fields, "is_family"},
    Template{"malware-analysis", F::object, "malware-analysis", malware_analysis_fields, "product+result"},
    Template{"mutex", F::observable, "mutex", mutex_fields, "name"},
    Template{"netflow", F::observable, "network-traffic", netflow_fields, "src_ref dst_ref"},
    Template{"network-connection", F::observable, "network-traffic", connection_fields, "src_ref dst_ref"},
    Template{"network-socket", F::observable, "network-traffic", socket_fields, "src_ref dst_ref"},
    Template{"news-agency", F::object, "identity", agency_fields, "name", "identity_class organization"},
    Template{"nova-rule", F::rule, "nova", nova_fields, "pattern"},
    Template{"organization", F::object, "identity", organization_fields, "name",
             "identity_class organization"},
    Template{"owasp-crs-rule", F::rule, "crs", crs_fields, "pattern"},
    Template{"parler-account", F::observable, "user-account", account_fields, "", "account_type parler"},
    Template{"person", F::object, "identity", person_fields, "name", "identity_class individual"},
    Template{"process", F::observable, "process", process_fields, ""},
    Template{"reddit-account", F::observable, "user-account", account_fields, "", "account_type reddit"},
    Template{"registry-key", F::observable, "windows-registry-key", registry_fields, "key values"},
    Template{"script", F::object, "malware", script_malware_fields, "name", "is_family false", true},
    Template{"script", F::object, "tool", script_tool_fields, "name", "", true},
    Template{"sigma", F::rule, "sigma", sigma_fields, "pattern"},
    Template{"stix2-pattern", F::rule, "stix", stix_pattern_fields, "pattern"},
    Template{"suricata", F::rule, "suricata", suricata_fields, "pattern"},
    Template{"telegram-account", F::observable, "user-account", telegram_fields, "", "account_type telegram"},
    Template{"twitter-account", F::observable, "user-account", twitter_fields, "", "account_type twitter"},
    Template{"url", F::observable, "url", url_fields, "value"},
    Template{"user-account", F::observable, "user-account", user_fields, ""},
    Template{"vulnerability", F::object, "vulnerability", vulnerability_fields, "name"},
    Template{"wazuh-rule", F::rule, "wazuh", wazuh_fields, "pattern"},
    Template{"x509", F::observable, "x509-certificate", x509_fields, ""},
    Template{"yara", F::rule, "yara", yara_fields, "pattern"},
};
static_assert(std::ranges::is_sorted(templates, {}, &Template::name));

}  // namespace

const Template* find_template(std::string_view name, std::string_view type) {
  const auto rows = std::ranges::equal_range(templates, name, {}, &Template::name);
  if (rows.empty()) return nullptr;
  const auto said = std::ranges::find(rows, type, &Template::type);
  return said != rows.end() ? &*said : &rows.back();
}

}  // namespace parley::misp
