#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace parley::misp_sync {

/// Where everything of MISP lies; the same paths answer at the root too, for clients that want no folder.
inline constexpr std::string_view base_path = "/misp/";
inline constexpr std::size_t max_path_bytes = 4'096;
inline constexpr std::size_t max_path_parts = 64;

/// What a path asks for, as CakePHP reads it: /controller/action/argument…/name:value….
struct Target {
  std::string controller;              ///< lower case without underscores: "shadowattributes"
  std::string action;                  ///< likewise: "restsearch"; "index" where none is named
  std::vector<std::string> arguments;  ///< decoded
  std::vector<std::pair<std::string, std::string>> named;  ///< "deleted[]" and "0"; decoded

  /// The last value of that name, or of that name with `[]`; empty when there is none.
  std::string_view value(std::string_view name) const;
  std::vector<std::string_view> values(std::string_view name) const;
  /// The argument at that place, or empty.
  std::string_view argument(std::size_t at) const;
};

/// Whether a path is one of MISP's: below `base_path`, or of a controller of MISP that is answered.
bool owns(std::string_view path);

/// `not_found` for what no path of MISP looks like. A ".json" at the end is left out, but for the files of a
/// feed: "/misp/manifest.json" has the controller "feed" and the action "manifest.json".
Result<Target> parse_target(std::string_view path);

/// Whether this is a UUID as MISP writes one (any version, either case).
bool is_uuid(std::string_view text);

}  // namespace parley::misp_sync
