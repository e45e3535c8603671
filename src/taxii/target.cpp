#include "taxii/target.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "taxii/identifier.hpp"
#include "taxii/percent.hpp"

namespace parley::taxii {

namespace {

constexpr std::size_t max_segments = 6;  // below "/taxii2/"

/// The segments below "/taxii2/", decoded; nothing for a path that is none.
std::optional<std::vector<std::string>> segments_of(std::string_view path) {
  if (path.size() > max_path_bytes) return std::nullopt;
  if (path == discovery_path.substr(0, discovery_path.size() - 1)) return std::vector<std::string>{};
  if (!path.starts_with(discovery_path)) return std::nullopt;
  path.remove_prefix(discovery_path.size());
  std::vector<std::string> out;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    std::optional<std::string> segment = percent_decode(path.substr(0, slash));
    if (!segment || segment->empty() || segment->size() > max_id_bytes || *segment == "." ||
        *segment == ".." || segment->find_first_of("/\\") != std::string::npos || out.size() == max_segments)
      return std::nullopt;
    out.push_back(std::move(*segment));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return out;
}

std::optional<Resource> resource_of(const std::vector<std::string>& parts) {
  switch (parts.size()) {
    case 0:
      return Resource::discovery;
    case 1:
      return Resource::api_root;
    case 2:
      if (parts[1] == "collections") return Resource::collections;
      break;
    case 3:
      if (parts[1] == "status") return Resource::status;
      if (parts[1] == "collections") return Resource::collection;
      break;
    case 4:
      if (parts[1] != "collections") break;
      if (parts[3] == "manifest") return Resource::manifest;
      if (parts[3] == "objects") return Resource::objects;
      break;
    case 5:
      if (parts[1] == "collections" && parts[3] == "objects") return Resource::object;
      break;
    case 6:
      if (parts[1] == "collections" && parts[3] == "objects" && parts[5] == "versions")
        return Resource::versions;
      break;
    default:
      break;
  }
  return std::nullopt;
}

}  // namespace

Result<Target> parse_target(std::string_view path) {
  auto parts = segments_of(path);
  const std::optional<Resource> resource = parts ? resource_of(*parts) : std::nullopt;
  if (!resource || (!parts->empty() && !is_root_name(parts->front())))
    return fail(ErrorKind::not_found, "there is nothing at this path");
  Target out;
  out.resource = *resource;
  if (!parts->empty()) out.root = std::move((*parts)[0]);
  if (*resource == Resource::status)
    out.status = read_identifier((*parts)[2]);
  else if (parts->size() > 2)
    out.collection = read_identifier((*parts)[2]);
  if (parts->size() > 4) out.object = std::move((*parts)[4]);
  return out;
}

std::string target_path(const Target& target) {
  std::string out(discovery_path);
  if (target.resource == Resource::discovery) return out;
  out += target.root + "/";
  if (target.resource == Resource::api_root) return out;
  if (target.resource == Resource::status) return out + "status/" + target.status + "/";
  out += "collections/";
  if (target.resource == Resource::collections) return out;
  out += target.collection + "/";
  if (target.resource == Resource::collection) return out;
  if (target.resource == Resource::manifest) return out + "manifest/";
  out += "objects/";
  if (target.resource == Resource::objects) return out;
  out += target.object + "/";
  return target.resource == Resource::versions ? out + "versions/" : out;
}

bool is_root_name(std::string_view name) {
  const auto is_allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= max_root_bytes && std::ranges::all_of(name, is_allowed);
}

bool is_alias(std::string_view text) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= 64 && text != "." && text != ".." &&
         std::ranges::all_of(text, is_allowed) && !is_identifier(read_identifier(std::string(text)));
}

}  // namespace parley::taxii
