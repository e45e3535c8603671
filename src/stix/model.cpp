#include "stix/model.hpp"

#include <algorithm>
#include <vector>

#include "stix/model_properties.hpp"
#include "stix/model_tables.hpp"

namespace parley::stix {
namespace {

using namespace table;

// STIX 2.1 section 3.2, and table 3.2.1 for what applies to which category.
constexpr Property type = required(text("type"));
constexpr Property spec_version = one_of("spec_version", Vocabulary::spec_version);
constexpr Property id = required(ref("id", Targets::any));
constexpr Property created_by = ref("created_by_ref", Targets::identity);
constexpr Property references = list(part("external_references", Part::external_reference));
constexpr Property markings = list(ref("object_marking_refs", Targets::marking_definition));
constexpr Property granular = list(part("granular_markings", Part::granular_marking));
constexpr Property extensions = since_21(value_of("extensions", Kind::extensions));
constexpr Property created = required(value_of("created", Kind::time_millis));
constexpr Property modified = required(value_of("modified", Kind::time_millis));
constexpr Property language = since_21(value_of("lang", Kind::language));

constexpr std::array domain_common{type,
                                   required(since_21(spec_version)),
                                   id,
                                   created_by,
                                   created,
                                   modified,
                                   boolean("revoked"),
                                   list(text("labels")),
                                   since_21(integer("confidence", Range::percent)),
                                   language,
                                   references,
                                   markings,
                                   granular,
                                   extensions};
constexpr std::array observable_common{type,     since_21(spec_version), id,        markings,
                                       granular, boolean("defanged"),    extensions};
constexpr std::array marking_common{type,
                                    required(since_21(spec_version)),
                                    id,
                                    created_by,
                                    required(time("created")),
                                    language,
                                    references,
                                    markings,
                                    granular,
                                    extensions};
constexpr std::array bundle_common{type, id};

constexpr std::array extensions_known{
    KnownExtension{"file", "archive-ext", Part::archive},
    KnownExtension{"file", "ntfs-ext", Part::ntfs},
    KnownExtension{"file", "pdf-ext", Part::pdf},
    KnownExtension{"file", "raster-image-ext", Part::raster_image},
    KnownExtension{"file", "windows-pebinary-ext", Part::pebinary},
    KnownExtension{"network-traffic", "http-request-ext", Part::http_request},
    KnownExtension{"network-traffic", "icmp-ext", Part::icmp},
    KnownExtension{"network-traffic", "socket-ext", Part::socket},
    KnownExtension{"network-traffic", "tcp-ext", Part::tcp},
    KnownExtension{"process", "windows-process-ext", Part::windows_process},
    KnownExtension{"process", "windows-service-ext", Part::windows_service},
    KnownExtension{"user-account", "unix-account-ext", Part::unix_account},
};

std::vector<TypeModel> gather() {
  std::vector<TypeModel> all(domain_types().begin(), domain_types().end());
  all.insert(all.end(), observable_types().begin(), observable_types().end());
  return all;
}

}  // namespace

std::span<const TypeModel> all_types() {
  static const std::vector<TypeModel> all = gather();
  return all;
}

const TypeModel& part_model(Part part) {
  return parts()[static_cast<std::size_t>(part) - 1];
}

std::span<const KnownExtension> known_extensions() {
  return extensions_known;
}

std::span<const Property> common_properties(const TypeModel& model) {
  switch (model.category) {
    case Category::observable:
      return observable_common;
    case Category::bundle:
      return bundle_common;
    case Category::part:
      return {};
    default:
      return model.name == "marking-definition" ? std::span<const Property>(marking_common)
                                                : std::span<const Property>(domain_common);
  }
}

}  // namespace parley::stix
