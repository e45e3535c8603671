#include "merkle/tile.hpp"

#include <algorithm>
#include <charconv>

namespace parley::merkle {
namespace {

constexpr unsigned max_level = 63 / 8;

std::unexpected<Error> no_path() {
  return fail(ErrorKind::bad_input, "not the path of a tile (tile/LEVEL/x001/234.p/5, tile/entries/000)");
}

/// Index 1234067 is x001/x234/067 (C2SP tlog-tiles, "Merkle Tree").
std::string index_groups(std::uint64_t index) {
  std::string out;
  do {
    std::string group = std::to_string(index % 1000);
    group.insert(0, 3 - group.size(), '0');
    out = out.empty() ? group : 'x' + group + '/' + out;
    index /= 1000;
  } while (index != 0);
  return out;
}

Result<std::uint64_t> parse_small(std::string_view text, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || stop != text.data() + text.size() || value > most)
    return no_path();
  return value;
}

/// Entries that one hash (or entry) of the tile's level stands for.
std::uint64_t span_of(const TilePath& path) {
  return std::uint64_t{1} << (8 * path.level.value_or(0));
}

}  // namespace

std::string format_tile_path(const TilePath& path) {
  std::string out =
      "tile/" + (path.level ? std::to_string(*path.level) : "entries") + '/' + index_groups(path.index);
  if (path.width != tile_width) out += ".p/" + std::to_string(path.width);
  return out;
}

Result<TilePath> parse_tile_path(std::string_view text) {
  const std::string_view whole = text;
  if (text.size() > 64 || !text.starts_with("tile/")) return no_path();
  text.remove_prefix(5);
  TilePath out;
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return no_path();
  if (text.substr(0, slash) != "entries") {
    PARLEY_TRY(const std::uint64_t level, parse_small(text.substr(0, slash), max_level));
    out.level = static_cast<unsigned>(level);
  }
  text.remove_prefix(slash + 1);
  if (const std::size_t partial = text.find(".p/"); partial != std::string_view::npos) {
    PARLEY_TRY(out.width, parse_small(text.substr(partial + 3), tile_width - 1));
    text = text.substr(0, partial);
  }
  while (!text.empty()) {
    std::string_view group = text.substr(0, text.find('/'));
    text.remove_prefix(std::min(text.size(), group.size() + 1));
    if (group.starts_with('x')) group.remove_prefix(1);
    PARLEY_TRY(const std::uint64_t digits, parse_small(group, 999));
    if (out.index > max_tree_size / 1000) return no_path();
    out.index = out.index * 1000 + digits;
  }
  // Every other spelling of the same tile is refused by writing it again.
  if (out.width == 0 || format_tile_path(out) != whole) return no_path();
  return out;
}

std::uint64_t tile_width_at(const TilePath& path, TreeSize size) {
  const std::uint64_t hashes = size.value() / span_of(path);  // complete subtrees at that level
  if (path.index >= hashes / tile_width + 1) return 0;
  return std::min(tile_width, hashes - path.index * tile_width);
}

Result<Bytes> hash_tile(const Tree& tree, const TilePath& path) {
  if (!path.level || path.width == 0 || path.width > tile_width_at(path, tree.size()))
    return fail(ErrorKind::not_found, "no such tile: " + format_tile_path(path));
  Bytes out;
  out.reserve(path.width * 32);
  for (std::uint64_t i = 0; i < path.width; ++i)
    append(out, tree.complete(8 * *path.level, path.index * tile_width + i));
  return out;
}

Result<void> append_bundle_entry(Bytes& bundle, BytesView entry) {
  if (entry.size() > 0xFFFF) return fail(ErrorKind::bad_input, "an entry has at most 65,535 bytes");
  append_u16(bundle, static_cast<std::uint16_t>(entry.size()));
  append(bundle, entry);
  return {};
}

}  // namespace parley::merkle
