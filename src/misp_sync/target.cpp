#include "misp_sync/target.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.hpp"

namespace parley::misp_sync {

namespace {

constexpr std::string_view feed_suffix = ".json";
constexpr std::size_t max_part_bytes = 1'024;

constexpr std::array<std::string_view, 11> controllers = {
    "analystdata", "attributes", "eventreports",     "events",    "galaxies", "galaxyclusters",
    "objects",     "servers",    "shadowattributes", "sightings", "users"};

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  // Nothing that is asked for holds control characters.
  if (std::ranges::any_of(out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    return std::nullopt;
  return out;
}

/// "shadow_attributes" and "shadowAttributes" are one to MISP.
std::string fold(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != '_') out.push_back(to_lower(c));
  return out;
}

bool is_controller(std::string_view folded) {
  return std::ranges::find(controllers, folded) != controllers.end();
}

std::string_view first_part(std::string_view path) {
  path.remove_prefix(1);
  return path.substr(0, path.find('/'));
}

std::unexpected<Error> nothing() {
  return fail(ErrorKind::not_found, "there is nothing at this path");
}

bool is_feed_file(std::string_view name) {
  if (name == "manifest.json" || name == "hashes.csv") return true;
  return name.ends_with(feed_suffix) && is_uuid(name.substr(0, name.size() - feed_suffix.size()));
}

}  // namespace

std::string_view Target::value(std::string_view name) const {
  const auto all = values(name);
  return all.empty() ? std::string_view() : all.back();
}

std::vector<std::string_view> Target::values(std::string_view name) const {
  std::vector<std::string_view> out;
  for (const auto& [key, value] : named)
    if (key == name || (key.size() == name.size() + 2 && key.starts_with(name) && key.ends_with("[]")))
      out.emplace_back(value);
  return out;
}

std::string_view Target::argument(std::size_t at) const {
  return at < arguments.size() ? std::string_view(arguments[at]) : std::string_view();
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : hex_digit(text[i]) < 0) return false;
  }
  return true;
}

bool owns(std::string_view path) {
  if (path.starts_with(base_path) || path == base_path.substr(0, base_path.size() - 1)) return true;
  if (path.size() < 2 || path.front() != '/') return false;
  return is_controller(fold(first_part(path)));
}

Result<Target> parse_target(std::string_view path) {
  if (path.size() > max_path_bytes || path.empty() || path.front() != '/') return nothing();
  if (path.starts_with(base_path)) path.remove_prefix(base_path.size() - 1);
  Target out;
  path.remove_prefix(1);
  bool is_first = true;
  std::size_t parts = 0;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::optional<std::string> part = decode(path.substr(0, slash));
    if (!part || part->size() > max_part_bytes || ++parts > max_path_parts) return nothing();
    const bool is_last = slash == std::string_view::npos;
    path.remove_prefix(is_last ? path.size() : slash + 1);
    if (part->empty()) continue;  // some clients put two slashes between folder and path
    if (is_first && path.empty() && is_feed_file(*part)) {
      out.controller = "feed";
      out.action = *part;
      return out;
    }
    if (is_first) {
      out.controller = fold(*part);
      is_first = false;
      if (!is_controller(out.controller)) return nothing();
      continue;
    }
    std::string_view text = *part;
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos && colon > 0) {
      std::string_view value = text.substr(colon + 1);
      if (is_last && value.ends_with(feed_suffix)) value.remove_suffix(feed_suffix.size());
      out.named.emplace_back(text.substr(0, colon), value);
      continue;
    }
    if (is_last && text.ends_with(feed_suffix)) text.remove_suffix(feed_suffix.size());
    if (out.action.empty())
      out.action = fold(text);
    else
      out.arguments.emplace_back(text);
  }
  if (is_first) return nothing();
  if (out.action.empty()) out.action = "index";
  return out;
}

}  // namespace parley::misp_sync
