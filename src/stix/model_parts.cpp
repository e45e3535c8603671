#include <array>

#include "stix/model_properties.hpp"
#include "stix/model_tables.hpp"

namespace parley::stix::table {
namespace {

// STIX 2.1 section 2: parts of many objects; section 6: parts and extensions of observables.

constexpr std::array external_reference{text("source_name"), text("description"), value_of("url", Kind::uri),
                                        hashes("hashes"), text("external_id")};
constexpr std::array kill_chain_phase{required(text("kill_chain_name")), required(text("phase_name"))};
constexpr std::array granular_marking{required(list(form("selectors", Form::selector))), text("lang"),
                                      ref("marking_ref", Targets::marking_definition)};
constexpr std::array mime_part{text("body"), ref("body_raw_ref", Targets::artifact_or_file),
                               text("content_type"), text("content_disposition")};
constexpr std::array alternate_stream{required(text("name")), hashes("hashes"),
                                      integer("size", Range::from_0)};
constexpr std::array pe_optional_header{hex("magic_hex"),
                                        integer("major_linker_version"),
                                        integer("minor_linker_version"),
                                        integer("size_of_code", Range::from_0),
                                        integer("size_of_initialized_data", Range::from_0),
                                        integer("size_of_uninitialized_data", Range::from_0),
                                        integer("address_of_entry_point"),
                                        integer("base_of_code"),
                                        integer("base_of_data"),
                                        integer("image_base"),
                                        integer("section_alignment"),
                                        integer("file_alignment"),
                                        integer("major_os_version"),
                                        integer("minor_os_version"),
                                        integer("major_image_version"),
                                        integer("minor_image_version"),
                                        integer("major_subsystem_version"),
                                        integer("minor_subsystem_version"),
                                        hex("win32_version_value_hex"),
                                        integer("size_of_image", Range::from_0),
                                        integer("size_of_headers", Range::from_0),
                                        hex("checksum_hex"),
                                        hex("subsystem_hex"),
                                        hex("dll_characteristics_hex"),
                                        integer("size_of_stack_reserve", Range::from_0),
                                        integer("size_of_stack_commit", Range::from_0),
                                        integer("size_of_heap_reserve", Range::from_0),
                                        integer("size_of_heap_commit", Range::from_0),
                                        hex("loader_flags_hex"),
                                        integer("number_of_rva_and_sizes"),
                                        hashes("hashes")};
constexpr std::array pe_section{required(text("name")), integer("size", Range::from_0), number("entropy"),
                                hashes("hashes")};
constexpr std::array registry_value{text("name"), text("data"),
                                    one_of("data_type", Vocabulary::registry_value_type)};
constexpr std::array x509_extensions{text("basic_constraints"),
                                     text("name_constraints"),
                                     text("policy_constraints"),
                                     text("key_usage"),
                                     text("extended_key_usage"),
                                     text("subject_key_identifier"),
                                     text("authority_key_identifier"),
                                     text("subject_alternative_name"),
                                     text("issuer_alternative_name"),
                                     text("subject_directory_attributes"),
                                     text("crl_distribution_points"),
                                     text("inhibit_any_policy"),
                                     time("private_key_usage_period_not_before"),
                                     time("private_key_usage_period_not_after"),
                                     text("certificate_policies"),
                                     text("policy_mappings")};
constexpr std::array archive{required(list(ref("contains_refs", Targets::files_and_directories))),
                             text("comment")};
constexpr std::array ntfs{text("sid"), list(part("alternate_data_streams", Part::alternate_stream))};
constexpr std::array pdf{text("version"), boolean("is_optimized"),
                         value_of("document_info_dict", Kind::string_map), text("pdfid0"), text("pdfid1")};
constexpr std::array raster_image{integer("image_height"), integer("image_width"), integer("bits_per_pixel"),
                                  dictionary("exif_tags")};
constexpr std::array pebinary{required(word("pe_type", Vocabulary::windows_pebinary_type)),
                              text("imphash"),
                              hex("machine_hex"),
                              integer("number_of_sections", Range::from_0),
                              value_of("time_date_stamp", Kind::time_seconds),
                              hex("pointer_to_symbol_table_hex"),
                              integer("number_of_symbols", Range::from_0),
                              integer("size_of_optional_header", Range::from_0),
                              hex("characteristics_hex"),
                              hashes("file_header_hashes"),
                              part("optional_header", Part::pe_optional_header),
                              list(part("sections", Part::pe_section))};
constexpr std::array http_request{
    required(text("request_method")), required(text("request_value")),
    text("request_version"),          dictionary("request_header"),
    integer("message_body_length"),   ref("message_body_data_ref", Targets::artifact)};
constexpr std::array icmp{required(hex("icmp_type_hex")), required(hex("icmp_code_hex"))};
constexpr std::array socket{required(one_of("address_family", Vocabulary::socket_family)),
                            boolean("is_blocking"),
                            boolean("is_listening"),
                            dictionary("options"),
                            one_of("socket_type", Vocabulary::socket_type),
                            integer("socket_descriptor", Range::from_0),
                            integer("socket_handle")};
constexpr std::array tcp{hex("src_flags_hex"), hex("dst_flags_hex")};
constexpr std::array windows_process{boolean("aslr_enabled"),
                                     boolean("dep_enabled"),
                                     text("priority"),
                                     text("owner_sid"),
                                     text("window_title"),
                                     value_of("startup_info", Kind::dictionary),
                                     one_of("integrity_level", Vocabulary::integrity_level)};
constexpr std::array windows_service{text("service_name"),
                                     list(text("descriptions")),
                                     text("display_name"),
                                     text("group_name"),
                                     one_of("start_type", Vocabulary::service_start),
                                     list(ref("service_dll_refs", Targets::file)),
                                     one_of("service_type", Vocabulary::service_type),
                                     one_of("service_status", Vocabulary::service_status)};
constexpr std::array unix_account{number("gid"), list(text("groups")), text("home_dir"), text("shell")};

using enum Relation::Kind;
constexpr std::array mime_relations{Relation{one_of, {"body", "body_raw_ref"}}};
constexpr std::array value_relations{Relation{any_of, {"name", "data", "data_type"}}};
constexpr std::array ntfs_relations{Relation{any_of, {"sid", "alternate_data_streams"}}};
constexpr std::array pdf_relations{
    Relation{any_of, {"version", "is_optimized", "document_info_dict", "pdfid0", "pdfid1"}}};
constexpr std::array image_relations{
    Relation{any_of, {"image_height", "image_width", "bits_per_pixel", "exif_tags"}}};
constexpr std::array pebinary_relations{
    Relation{any_of,
             {"imphash", "machine_hex", "number_of_sections", "time_date_stamp",
              "pointer_to_symbol_table_hex", "number_of_symbols", "size_of_optional_header",
              "characteristics_hex", "file_header_hashes", "optional_header", "sections"}}};
constexpr std::array tcp_relations{Relation{any_of, {"src_flags_hex", "dst_flags_hex"}}};
constexpr std::array process_relations{Relation{any_of,
                                                {"aslr_enabled", "dep_enabled", "priority", "owner_sid",
                                                 "window_title", "startup_info", "integrity_level"}}};
constexpr std::array service_relations{
    Relation{any_of,
             {"service_name", "descriptions", "display_name", "group_name", "start_type", "service_dll_refs",
              "service_type", "service_status"}}};
constexpr std::array account_relations{Relation{any_of, {"gid", "groups", "home_dir", "shell"}}};
constexpr std::array certificate_relations{
    Relation{any_of,
             {"basic_constraints", "name_constraints", "policy_constraints", "key_usage",
              "extended_key_usage", "subject_key_identifier", "authority_key_identifier",
              "subject_alternative_name", "issuer_alternative_name", "subject_directory_attributes",
              "crl_distribution_points", "inhibit_any_policy", "private_key_usage_period_not_before",
              "private_key_usage_period_not_after", "certificate_policies", "policy_mappings"}}};

constexpr auto inner = Category::part;
constexpr std::array models{
    TypeModel{"external-reference", inner, external_reference},
    TypeModel{"kill-chain-phase", inner, kill_chain_phase},
    TypeModel{"granular-marking", inner, granular_marking},
    TypeModel{"body_multipart", inner, mime_part, mime_relations},
    TypeModel{"alternate_data_streams", inner, alternate_stream},
    TypeModel{"optional_header", inner, pe_optional_header, {}, {}, true, true},
    TypeModel{"sections", inner, pe_section},
    TypeModel{"values", inner, registry_value, value_relations},
    TypeModel{"x509_v3_extensions", inner, x509_extensions, certificate_relations},
    TypeModel{"archive-ext", inner, archive},
    TypeModel{"ntfs-ext", inner, ntfs, ntfs_relations},
    TypeModel{"pdf-ext", inner, pdf, pdf_relations},
    TypeModel{"raster-image-ext", inner, raster_image, image_relations},
    TypeModel{"windows-pebinary-ext", inner, pebinary, pebinary_relations},
    TypeModel{"http-request-ext", inner, http_request},
    TypeModel{"icmp-ext", inner, icmp},
    TypeModel{"socket-ext", inner, socket},
    TypeModel{"tcp-ext", inner, tcp, tcp_relations},
    TypeModel{"windows-process-ext", inner, windows_process, process_relations},
    TypeModel{"windows-service-ext", inner, windows_service, service_relations},
    TypeModel{"unix-account-ext", inner, unix_account, account_relations},
};
static_assert(models.size() == static_cast<std::size_t>(Part::last_part) - 1);

}  // namespace

std::span<const TypeModel> parts() {
  return models;
}

}  // namespace parley::stix::table
