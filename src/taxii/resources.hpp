#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace parley::taxii {

/// The media type of TAXII 2.1, of every response that has a body.
inline constexpr std::string_view media_type = "application/taxii+json;version=2.1";
/// Of the content of collections.
inline constexpr std::string_view stix_media_type = "application/stix+json;version=2.1";
inline constexpr std::string_view stix20_media_type = "application/stix+json;version=2.0";

/// The resources of TAXII 2.1, each with the function that writes it. Optional members that are empty are
/// left out, and so are empty lists, which section 1.6.2 prohibits.
struct Discovery {
  std::string title;
  std::string description;
  std::string contact;
  std::string default_root;            ///< one of `api_roots`, or empty
  std::vector<std::string> api_roots;  ///< relative, one leading slash: "/taxii2/intel/"
};
std::string to_json(const Discovery& discovery);

struct ApiRoot {
  std::string title;
  std::string description;
  std::uint64_t max_content_length = 0;
};
std::string to_json(const ApiRoot& root);

struct Collection {
  std::string id;  ///< UUIDv4
  std::string title;
  std::string description;
  std::string alias;
  bool can_read = false;
  bool can_write = false;
  std::vector<std::string> media_types;
};
std::string to_json(const Collection& collection);
/// `{}` for none.
std::string to_json(const std::vector<Collection>& collections);

/// Section 3.6.1. `http_status` is written as a string of the same number as the status line.
struct ErrorMessage {
  std::string title;
  std::string description;
  int status = 500;
};
std::string to_json(const ErrorMessage& error);

/// Section 4.3.1.
struct Status {
  struct Detail {
    std::string id;
    std::string version;  ///< TAXII timestamp; may be empty where the object had none
    std::string message;
  };
  std::string id;
  bool complete = true;
  Timestamp requested;
  std::vector<Detail> successes;
  std::vector<Detail> failures;
  std::vector<Detail> pendings;
};
std::string to_json(const Status& status);

/// Section 5.3.1.
struct ManifestRecord {
  std::string id;
  Timestamp added;
  Timestamp version;
  bool stix20 = false;
};
void append_manifest_record(std::string& out, const ManifestRecord& record);

/// Puts a list into its resource: `{"more":…,"next":"…","NAME":[ELEMENTS]}`. Each element is JSON; none gives
/// a resource without the list, `{}` when there is no more.
std::string list_resource(std::string_view name, std::span<const std::string_view> elements, bool more,
                          std::string_view next);

/// `text` as a JSON string, with its quotes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace parley::taxii
