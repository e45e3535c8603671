#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "stix/vocabulary.hpp"

namespace parley::stix {

/// What a type of STIX is.
enum class Category : std::uint8_t { domain, relationship, observable, meta, bundle, part };

/// What a value may be.
enum class Kind : std::uint8_t {
  any,
  text,
  integer,
  number,
  boolean,
  time,
  time_millis,
  time_seconds,
  identifier,
  base64,
  hex,
  uri,
  hashes,
  dictionary,
  part,
  parts_by_key,
  extensions,
  enumeration,
  vocabulary,
  form,
  language,
  string_map
};

/// Texts with a form of their own (`Kind::form`).
enum class Form : std::uint8_t {
  none,
  ipv4,
  ipv6,
  mac,
  host_name,
  email,
  cpe,
  relationship_type,
  media_type,
  encoding,
  registry_key,
  software_language,
  selector,
  cve,
  external_id
};

/// What an identifier may point to. Names after `not_` are all types but these.
enum class Targets : std::uint8_t {
  any,
  software,
  artifact,
  directory,
  file,
  files_and_directories,
  artifact_or_file,
  sample,
  autonomous_system,
  domain_targets,
  email_addr,
  identity,
  identity_or_location,
  mac_addr,
  marking_definition,
  network_ends,
  network_traffic,
  observed_data,
  process,
  user_account,
  not_relationship,
  not_language,
  observed,
  bundle
};

/// Smallest and largest number.
enum class Range : std::uint8_t {
  none,
  from_0,
  percent,
  one_to_many,
  zero_to_many,
  port,
  latitude,
  longitude
};

/// The types inside types.
enum class Part : std::uint8_t {
  none,
  external_reference,
  kill_chain_phase,
  granular_marking,
  mime_part,
  alternate_stream,
  pe_optional_header,
  pe_section,
  registry_value,
  x509_extensions,
  archive,
  ntfs,
  pdf,
  raster_image,
  pebinary,
  http_request,
  icmp,
  socket,
  tcp,
  windows_process,
  windows_service,
  unix_account,
  last_part
};

struct Property {
  std::string_view name;
  Kind kind = Kind::any;
  std::uint8_t argument = 0;  ///< Vocabulary, Form, Targets, Range or Part, as the kind says
  bool required = false;
  bool list = false;
  bool may_be_empty = false;  ///< a list
  bool since_21 = false;      ///< STIX 2.0 has no such property: there it is custom
};

/// A rule about several properties of one object.
struct Relation {
  enum class Kind : std::uint8_t {
    any_of,        ///< at least one of `names`
    one_of,        ///< exactly one of `names`
    not_together,  ///< not all of `names`
    needs,         ///< with `names[0]` all the others
    not_before,    ///< the time `names[0]` is `names[1]` or later
    after,         ///< the time `names[0]` is later than `names[1]`
  };
  Kind kind;
  std::array<std::string_view, 16> names{};
};

/// One type of STIX 2.1 (or a part of one), without the properties that every type of its category has.
struct TypeModel {
  std::string_view name;
  Category category;
  std::span<const Property> properties;
  std::span<const Relation> relations{};
  std::span<const std::string_view> required_20{};  ///< what STIX 2.0 requires beside the common ones
  bool in_20 = false;                               ///< a type of STIX 2.0
  bool closed = false;                              ///< no other properties at all
};

/// All types: 19 domain, 18 observable, 2 relationship, 3 meta objects and the bundle.
std::span<const TypeModel> all_types();
const TypeModel& part_model(Part part);
/// The extensions that the specification defines for one type of observables: key and model.
struct KnownExtension {
  std::string_view type;
  std::string_view key;
  Part part;
};
std::span<const KnownExtension> known_extensions();

/// The properties that every type of the category has (of `marking-definition`, `language-content` and
/// `extension-definition` a part).
std::span<const Property> common_properties(const TypeModel& model);

}  // namespace parley::stix
