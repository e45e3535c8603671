#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "merkle/tree.hpp"

namespace parley::merkle {

/// Hashes in a full tile, entries in a full bundle (C2SP tlog-tiles).
inline constexpr std::uint64_t tile_width = 256;

/// Where a tile or an entry bundle lies below the log's prefix.
struct TilePath {
  std::optional<unsigned> level;  ///< nothing: an entry bundle
  std::uint64_t index = 0;
  std::uint64_t width = tile_width;  ///< less than 256: partial
  bool operator==(const TilePath&) const = default;
};

/// "tile/0/x001/x234/067.p/5", "tile/entries/000".
std::string format_tile_path(const TilePath& path);
/// Strict reverse: what it accepts is what `format_tile_path` writes.
Result<TilePath> parse_tile_path(std::string_view path);

/// How many hashes (or entries) a tile holds in a tree of this size, 0 when it does not exist yet.
std::uint64_t tile_width_at(const TilePath& path, TreeSize size);

/// The bytes of a hash tile, 32 a hash. `not_found` unless the tree has that many hashes there.
Result<Bytes> hash_tile(const Tree& tree, const TilePath& path);

/// Appends one entry to an entry bundle: a 16-bit length and the bytes. `bad_input` over 65,535 bytes.
Result<void> append_bundle_entry(Bytes& bundle, BytesView entry);

}  // namespace parley::merkle
