#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace parley::client {

/// Bounds of one page.
struct PageLimits {
  std::size_t object_bytes = std::size_t{16} << 20;  ///< what an import takes
  std::size_t depth = 64;
  std::size_t next_bytes = 8'192;  ///< of an opaque `next`
};

/// What one object of a page, or one entry of a manifest, is known by.
struct PageEntry {
  std::uint64_t id_hash = 0;       ///< of its STIX id
  std::uint64_t version_hash = 0;  ///< of id and version
};

/// A page of objects or of a manifest, looked at before anything of it is kept: an envelope is taken whole or
/// not at all.
struct Page {
  std::uint64_t found = 0;         ///< elements of `objects`, readable or not
  std::vector<PageEntry> entries;  ///< those that have an id
  bool more = false;
  std::string next;  ///< empty: none
  bool is_bundle = false;
  /// Manifest only: the latest `date_added`, and the ids in the order of `entries`.
  std::optional<Timestamp> newest;
  std::vector<std::string> ids;
};

enum class PageKind { objects, manifest };

/// Reads a body once, in memory bounded by its largest object. Bad input when it is no envelope, or ends
/// before it closes, or its members break JSON's grammar; an object inside that cannot be read is no reason:
/// importing rejects it by itself. An empty body is an empty page.
Result<Page> read_page(std::string_view body, PageKind kind, const PageLimits& limits);

}  // namespace parley::client
