#include <array>

#include "stix/model_properties.hpp"
#include "stix/model_tables.hpp"

namespace parley::stix::table {
namespace {

// STIX 2.1 section 6: cyber-observable objects.

constexpr std::array artifact{form("mime_type", Form::media_type),
                              value_of("payload_bin", Kind::base64),
                              value_of("url", Kind::uri),
                              hashes("hashes"),
                              one_of("encryption_algorithm", Vocabulary::encryption_algorithm),
                              text("decryption_key")};
constexpr std::array autonomous_system{required(integer("number")), text("name"), text("rir")};
constexpr std::array directory{
    required(text("path")), form("path_enc", Form::encoding),
    time("ctime"),          time("mtime"),
    time("atime"),          list(ref("contains_refs", Targets::files_and_directories))};
constexpr std::array domain_name{required(form("value", Form::host_name)),
                                 list(ref("resolves_to_refs", Targets::domain_targets))};
constexpr std::array email_addr{required(form("value", Form::email)), text("display_name"),
                                ref("belongs_to_ref", Targets::user_account)};
constexpr std::array email_message{required(boolean("is_multipart")),
                                   time("date"),
                                   text("content_type"),
                                   ref("from_ref", Targets::email_addr),
                                   ref("sender_ref", Targets::email_addr),
                                   list(ref("to_refs", Targets::email_addr)),
                                   list(ref("cc_refs", Targets::email_addr)),
                                   list(ref("bcc_refs", Targets::email_addr)),
                                   text("message_id"),
                                   text("subject"),
                                   list(text("received_lines")),
                                   dictionary("additional_header_fields"),
                                   text("body"),
                                   list(part("body_multipart", Part::mime_part)),
                                   ref("raw_email_ref", Targets::artifact)};
constexpr std::array file{hashes("hashes"),
                          integer("size", Range::from_0),
                          text("name"),
                          form("name_enc", Form::encoding),
                          hex("magic_number_hex"),
                          text("mime_type"),
                          time("ctime"),
                          time("mtime"),
                          time("atime"),
                          ref("parent_directory_ref", Targets::directory),
                          list(ref("contains_refs", Targets::any)),
                          ref("content_ref", Targets::artifact)};
constexpr std::array ipv4_addr{required(form("value", Form::ipv4)),
                               list(ref("resolves_to_refs", Targets::mac_addr)),
                               list(ref("belongs_to_refs", Targets::autonomous_system))};
constexpr std::array ipv6_addr{required(form("value", Form::ipv6)),
                               list(ref("resolves_to_refs", Targets::mac_addr)),
                               list(ref("belongs_to_refs", Targets::autonomous_system))};
constexpr std::array mac_addr{required(form("value", Form::mac))};
constexpr std::array mutex{required(text("name"))};
constexpr std::array network_traffic{time("start"),
                                     time("end"),
                                     boolean("is_active"),
                                     ref("src_ref", Targets::network_ends),
                                     ref("dst_ref", Targets::network_ends),
                                     integer("src_port", Range::port),
                                     integer("dst_port", Range::port),
                                     required(list(text("protocols"))),
                                     integer("src_byte_count"),
                                     integer("dst_byte_count"),
                                     integer("src_packets"),
                                     integer("dst_packets"),
                                     dictionary("ipfix"),
                                     ref("src_payload_ref", Targets::artifact),
                                     ref("dst_payload_ref", Targets::artifact),
                                     list(ref("encapsulates_refs", Targets::network_traffic)),
                                     ref("encapsulated_by_ref", Targets::network_traffic)};
constexpr std::array process{boolean("is_hidden"),
                             integer("pid"),
                             time("created_time"),
                             text("cwd"),
                             text("command_line"),
                             dictionary("environment_variables"),
                             list(ref("opened_connection_refs", Targets::network_traffic)),
                             ref("creator_user_ref", Targets::user_account),
                             ref("image_ref", Targets::file),
                             ref("parent_ref", Targets::process),
                             list(ref("child_refs", Targets::process))};
constexpr std::array software{required(text("name")), form("cpe", Form::cpe),
                              text("swid"),           list(form("languages", Form::software_language)),
                              text("vendor"),         text("version")};
constexpr std::array url{required(value_of("value", Kind::uri))};
constexpr std::array user_account{text("user_id"),
                                  text("credential"),
                                  text("account_login"),
                                  word("account_type", Vocabulary::account_type),
                                  text("display_name"),
                                  boolean("is_service_account"),
                                  boolean("is_privileged"),
                                  boolean("can_escalate_privs"),
                                  boolean("is_disabled"),
                                  time("account_created"),
                                  time("account_expires"),
                                  time("credential_last_changed"),
                                  time("account_first_login"),
                                  time("account_last_login")};
constexpr std::array windows_registry_key{
    form("key", Form::registry_key), list(part("values", Part::registry_value)), time("modified_time"),
    ref("creator_user_ref", Targets::user_account), integer("number_of_subkeys")};
constexpr std::array x509_certificate{boolean("is_self_signed"),
                                      hashes("hashes"),
                                      text("version"),
                                      text("serial_number"),
                                      text("signature_algorithm"),
                                      text("issuer"),
                                      time("validity_not_before"),
                                      time("validity_not_after"),
                                      text("subject"),
                                      text("subject_public_key_algorithm"),
                                      text("subject_public_key_modulus"),
                                      integer("subject_public_key_exponent"),
                                      part("x509_v3_extensions", Part::x509_extensions)};

using enum Relation::Kind;
constexpr std::array artifact_relations{
    Relation{any_of, {"payload_bin", "url"}}, Relation{not_together, {"payload_bin", "url"}},
    Relation{needs, {"url", "hashes"}}, Relation{needs, {"decryption_key", "encryption_algorithm"}}};
constexpr std::array file_relations{Relation{any_of, {"hashes", "name"}}};
constexpr std::array traffic_relations{Relation{any_of, {"src_ref", "dst_ref"}},
                                       Relation{not_before, {"end", "start"}}};
constexpr std::array process_relations{Relation{
    any_of,
    {"extensions", "is_hidden", "pid", "created_time", "cwd", "command_line", "environment_variables",
     "opened_connection_refs", "creator_user_ref", "image_ref", "parent_ref", "child_refs"}}};
constexpr std::array account_relations{
    Relation{any_of,
             {"extensions", "user_id", "credential", "account_login", "account_type", "display_name",
              "is_service_account", "is_privileged", "can_escalate_privs", "is_disabled", "account_created",
              "account_expires", "credential_last_changed", "account_first_login", "account_last_login"}}};
constexpr std::array registry_relations{
    Relation{any_of, {"key", "values", "modified_time", "creator_user_ref", "number_of_subkeys"}}};
constexpr std::array certificate_relations{
    Relation{any_of,
             {"is_self_signed", "hashes", "version", "serial_number", "signature_algorithm", "issuer",
              "validity_not_before", "validity_not_after", "subject", "subject_public_key_algorithm",
              "subject_public_key_modulus", "subject_public_key_exponent", "x509_v3_extensions"}}};

constexpr auto observable = Category::observable;
constexpr std::array models{
    TypeModel{"artifact", observable, artifact, artifact_relations},
    TypeModel{"autonomous-system", observable, autonomous_system},
    TypeModel{"directory", observable, directory},
    TypeModel{"domain-name", observable, domain_name},
    TypeModel{"email-addr", observable, email_addr},
    TypeModel{"email-message", observable, email_message},
    TypeModel{"file", observable, file, file_relations},
    TypeModel{"ipv4-addr", observable, ipv4_addr},
    TypeModel{"ipv6-addr", observable, ipv6_addr},
    TypeModel{"mac-addr", observable, mac_addr},
    TypeModel{"mutex", observable, mutex},
    TypeModel{"network-traffic", observable, network_traffic, traffic_relations},
    TypeModel{"process", observable, process, process_relations},
    TypeModel{"software", observable, software},
    TypeModel{"url", observable, url},
    TypeModel{"user-account", observable, user_account, account_relations},
    TypeModel{"windows-registry-key", observable, windows_registry_key, registry_relations},
    TypeModel{"x509-certificate", observable, x509_certificate, certificate_relations},
};

}  // namespace

std::span<const TypeModel> observable_types() {
  return models;
}

}  // namespace parley::stix::table
