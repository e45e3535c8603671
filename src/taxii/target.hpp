#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace parley::taxii {

/// Where TAXII lives: discovery is this path, API roots lie below it as "/taxii2/NAME/".
inline constexpr std::string_view discovery_path = "/taxii2/";
/// Longest path that is looked at, longest id in it and name of an API root, in bytes.
inline constexpr std::size_t max_path_bytes = 2'048;
inline constexpr std::size_t max_id_bytes = 300;
inline constexpr std::size_t max_root_bytes = 64;

/// The endpoints of TAXII 2.1 sections 4 and 5.
enum class Resource : std::uint8_t {
  discovery,
  api_root,
  status,
  collections,
  collection,
  manifest,
  objects,
  object,
  versions,
};

/// What a path names.
struct Target {
  Resource resource = Resource::discovery;
  std::string root;        ///< name of the API root; empty for discovery
  std::string status;      ///< id of a status
  std::string collection;  ///< id or alias of a collection
  std::string object;      ///< id of an object

  bool operator==(const Target&) const = default;
};

/// Reads a path (percent escapes as they came, no query). One trailing slash may be missing, since clients
/// leave it out. `not_found` for every path that names nothing: other segments, empty ones, dots, escapes of
/// a slash or of control characters, broken escapes, too long.
Result<Target> parse_target(std::string_view path);

/// The reverse, with the trailing slash; ids must not need escapes.
std::string target_path(const Target& target);

/// Letters, digits and "-" (lower case), at most `max_root_bytes`, and no name of an endpoint.
bool is_root_name(std::string_view name);
/// An alias as it stands in a path: letters, digits, "-", "_", ".", at most 64, and no UUID.
bool is_alias(std::string_view text);

}  // namespace parley::taxii
