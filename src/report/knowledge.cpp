#include "report/knowledge.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"

namespace parley::report {
namespace {

using encoding::Json;

constexpr std::array kind_names = std::to_array<std::string_view>(
    {"threat-actor", "malware", "tool", "technique", "campaign", "country", "sector"});

std::string text_of(const Json& json, std::string_view key) {
  const Json* const value = json.find(key);
  return value != nullptr && value->is_string() ? *value->if_string() : std::string();
}

bool flag_of(const Json& json, std::string_view key) {
  const Json* const value = json.find(key);
  return value != nullptr && value->is_bool() && *value->if_bool();
}

const Json::Array& array_of(const Json& json, std::string_view key) {
  static const Json::Array none;
  const Json* const value = json.find(key);
  return value != nullptr && value->is_array() ? *value->if_array() : none;
}

std::optional<NameKind> kind_of_stix(std::string_view type) {
  if (type == "intrusion-set" || type == "threat-actor") return NameKind::threat_actor;
  if (type == "malware") return NameKind::malware;
  if (type == "tool") return NameKind::tool;
  if (type == "attack-pattern") return NameKind::technique;
  if (type == "campaign") return NameKind::campaign;
  return std::nullopt;
}

/// What the clusters of a galaxy are, and the STIX type that stands for them.
struct Galaxy {
  std::string_view type;
  NameKind kind;
  std::string_view stix;
};
constexpr std::array galaxies = std::to_array<Galaxy>({
    {"threat-actor", NameKind::threat_actor, "threat-actor"},
    {"microsoft-activity-group", NameKind::threat_actor, "threat-actor"},
    {"mitre-intrusion-set", NameKind::threat_actor, "intrusion-set"},
    {"mitre-malware", NameKind::malware, "malware"},
    {"mitre-tool", NameKind::tool, "tool"},
    {"mitre-attack-pattern", NameKind::technique, "attack-pattern"},
    {"tool", NameKind::tool, "tool"},
    {"exploit-kit", NameKind::tool, "tool"},
    {"tds", NameKind::tool, "tool"},
    {"ransomware", NameKind::malware, "malware"},
    {"malpedia", NameKind::malware, "malware"},
    {"banker", NameKind::malware, "malware"},
    {"backdoor", NameKind::malware, "malware"},
    {"botnet", NameKind::malware, "malware"},
    {"rat", NameKind::malware, "malware"},
    {"stealer", NameKind::malware, "malware"},
    {"cryptominers", NameKind::malware, "malware"},
    {"android", NameKind::malware, "malware"},
    {"country", NameKind::country, "location"},
    {"sector", NameKind::sector, "identity"},
});

/// Names of countries that the galaxy has under another one only.
struct Alias {
  std::string_view name;
  std::string_view alias;
};
constexpr std::array country_aliases = std::to_array<Alias>({
    {"united states of america", "United States"},
    {"united states of america", "USA"},
    {"united kingdom", "UK"},
    {"united kingdom", "Great Britain"},
    {"united kingdom", "Britain"},
    {"russia", "Russian Federation"},
    {"north korea", "DPRK"},
    {"south korea", "Republic of Korea"},
    {"czechia", "Czech Republic"},
    {"united arab emirates", "UAE"},
    {"netherlands", "The Netherlands"},
    {"turkey", "Türkiye"},
    {"ivory coast", "Côte d'Ivoire"},
    {"vietnam", "Viet Nam"},
});

constexpr std::array sector_aliases = std::to_array<Alias>({
    {"Bank", "Banking"},
    {"Bank", "Banks"},
    {"Finance", "Financial"},
    {"Finance", "Financial services"},
    {"Health", "Healthcare"},
    {"Telecoms", "Telecommunications"},
    {"Telecoms", "Telecom"},
    {"Defense", "Defence"},
    {"Government, Administration", "Governmental"},
    {"Education", "Educational"},
});

class Builder {
 public:
  Builder(const KnowledgeLimits& limits, Knowledge& out) : limits_(limits), out_(out) {}

  /// Whether it knows what this is.
  Result<bool> read(const Json& json, int depth) {
    if (json.is_array()) {
      bool known = false;
      for (const Json& one : *json.if_array()) {
        if (depth <= 0) break;
        PARLEY_TRY(const bool read_one, read(one, depth - 1));
        known = known || read_one;
      }
      return known;
    }
    if (!json.is_object()) return false;
    if (json.find("objects") != nullptr && json.find("objects")->is_array()) {
      for (const Json& object : array_of(json, "objects")) PARLEY_CHECK(stix(object));
      return true;
    }
    if (json.find("namespace") != nullptr && json.find("predicates") != nullptr) return taxonomy(json);
    if (json.find("values") != nullptr && json.find("type") != nullptr) return cluster(json);
    if (kind_of_stix(text_of(json, "type")) && json.find("name") != nullptr) {
      PARLEY_CHECK(stix(json));
      return true;
    }
    bool known = false;  // several under their names
    for (const auto& [name, value] : *json.if_object()) {
      if (depth <= 0 || !value.is_object()) continue;
      PARLEY_TRY(const bool one, read(value, depth - 1));
      known = known || one;
    }
    return known;
  }

 private:
  Result<void> add(KnownThing thing) {
    if (thing.name.empty() || thing.name.size() > limits_.max_name_bytes) {
      ++out_.skipped;
      return {};
    }
    std::erase_if(thing.aliases, [&](const std::string& alias) {
      return alias.empty() || alias.size() > limits_.max_name_bytes || alias == thing.name;
    });
    std::ranges::sort(thing.aliases);
    thing.aliases.erase(std::unique(thing.aliases.begin(), thing.aliases.end()), thing.aliases.end());
    if (thing.aliases.size() > limits_.max_aliases) thing.aliases.resize(limits_.max_aliases);
    if (out_.things.size() >= limits_.max_things)
      return fail(ErrorKind::bad_input,
                  "more than " + std::to_string(limits_.max_things) + " names in one file");
    out_.things.push_back(std::move(thing));
    return {};
  }

  Result<void> stix(const Json& object) {
    constexpr std::size_t max_definitions = 1'000;
    if (text_of(object, "type") == "marking-definition" && out_.definitions.size() < max_definitions)
      out_.definitions.emplace(text_of(object, "id"), encoding::write_json(object));
    const auto kind = kind_of_stix(text_of(object, "type"));
    if (!kind || flag_of(object, "revoked") || flag_of(object, "x_mitre_deprecated")) {
      ++out_.skipped;
      return {};
    }
    KnownThing thing;
    thing.kind = *kind;
    thing.id = text_of(object, "id");
    thing.name = text_of(object, "name");
    for (const std::string_view key : {"aliases", "x_mitre_aliases"})
      for (const Json& alias : array_of(object, key))
        if (alias.is_string()) thing.aliases.push_back(*alias.if_string());
    for (const Json& reference : array_of(object, "external_references")) {
      if (!thing.external_id.empty()) break;
      if (text_of(reference, "source_name").starts_with("mitre-"))
        thing.external_id = text_of(reference, "external_id");
    }
    thing.object = encoding::write_json(object);
    return add(std::move(thing));
  }

  Result<bool> cluster(const Json& json) {
    const std::string type = text_of(json, "type");
    const auto galaxy = std::ranges::find(galaxies, type, &Galaxy::type);
    if (galaxy == galaxies.end()) {
      out_.skipped += array_of(json, "values").size();
      return true;
    }
    for (const Json& value : array_of(json, "values")) PARLEY_CHECK(cluster_value(*galaxy, value));
    return true;
  }

  Result<void> cluster_value(const Galaxy& galaxy, const Json& value) {
    const std::string uuid = text_of(value, "uuid");
    if (uuid.size() != 36) {
      ++out_.skipped;
      return {};
    }
    KnownThing thing;
    thing.kind = galaxy.kind;
    thing.id = std::string(galaxy.stix) + "--" + uuid;
    thing.name = std::string(trim(text_of(value, "value")));
    if (const Json* const meta = value.find("meta"); meta != nullptr && meta->is_object()) {
      for (const Json& synonym : array_of(*meta, "synonyms"))
        if (synonym.is_string()) thing.aliases.push_back(*synonym.if_string());
      thing.external_id = text_of(*meta, "external_id");
      if (galaxy.kind == NameKind::country) thing.country = text_of(*meta, "ISO");
      if (thing.country.empty() && galaxy.kind == NameKind::country) thing.country = text_of(*meta, "iso");
    }
    // "Sofacy - G0007": the galaxies of ATT&CK have the id behind the name.
    if (const std::size_t dash = thing.name.rfind(" - "); dash != std::string::npos &&
                                                          !thing.external_id.empty() &&
                                                          thing.name.substr(dash + 3) == thing.external_id)
      thing.name.resize(dash);
    if (galaxy.kind == NameKind::country) country_names(thing);
    if (galaxy.kind == NameKind::sector) sector_names(thing);
    return add(std::move(thing));
  }

  static void country_names(KnownThing& thing) {
    for (const Alias& alias : country_aliases)
      if (thing.name == alias.name) thing.aliases.emplace_back(alias.alias);
    bool first = true;
    for (char& c : thing.name) {
      if (first) c = to_upper(c);
      first = c == ' ' || c == '-' || c == '.';
    }
  }

  /// "News - Media", "Government, Administration": each part is a name.
  static void sector_names(KnownThing& thing) {
    for (const Alias& alias : sector_aliases)
      if (thing.name == alias.name) thing.aliases.emplace_back(alias.alias);
    std::string_view rest = thing.name;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(" - "), rest.find(", "));
      const std::string_view part = trim(rest.substr(0, end));
      if (!part.empty() && part != thing.name && part != "IT") thing.aliases.emplace_back(part);
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + (rest[end] == ',' ? 2 : 3));
    }
  }

  Result<void> tag(std::string name, const Json& described) {
    if (out_.tags.size() >= limits_.max_tags)
      return fail(ErrorKind::bad_input,
                  "more than " + std::to_string(limits_.max_tags) + " tags in one file");
    std::string text = text_of(described, "expanded");
    if (const std::string more = text_of(described, "description"); !more.empty())
      text += (text.empty() ? "" : ": ") + more;
    out_.tags.emplace(std::move(name), std::move(text));
    return {};
  }

  Result<bool> taxonomy(const Json& json) {
    const std::string space = text_of(json, "namespace");
    PARLEY_CHECK(tag(space, json));
    for (const Json& predicate : array_of(json, "predicates"))
      PARLEY_CHECK(tag(space + ":" + text_of(predicate, "value"), predicate));
    for (const Json& group : array_of(json, "values"))
      for (const Json& entry : array_of(group, "entry"))
        PARLEY_CHECK(
            tag(space + ":" + text_of(group, "predicate") + "=\"" + text_of(entry, "value") + "\"", entry));
    return true;
  }

  const KnowledgeLimits& limits_;
  Knowledge& out_;
};

}  // namespace

std::string_view name_kind_name(NameKind kind) {
  const auto index = static_cast<std::size_t>(kind);
  return index < kind_names.size() ? kind_names[index] : "unknown";
}

Json KnownThing::to_json() const {
  Json json = Json::object({{"kind", name_kind_name(kind)}, {"id", id}, {"name", name}});
  Json names = Json::array();
  for (const std::string& alias : aliases) names.push_back(alias);
  if (!aliases.empty()) json.set("aliases", std::move(names));
  if (!external_id.empty()) json.set("external_id", external_id);
  if (!country.empty()) json.set("country", country);
  if (!object.empty()) json.set("object", object);
  return json;
}

Result<KnownThing> KnownThing::from_json(const Json& json) {
  KnownThing thing;
  PARLEY_TRY(const std::string kind, json.string_member("kind"));
  const auto known = std::ranges::find(kind_names, kind);
  if (known == kind_names.end())
    return fail(ErrorKind::bad_input, "no kind of name is called \"" + kind + "\"");
  thing.kind = static_cast<NameKind>(known - kind_names.begin());
  PARLEY_TRY(thing.id, json.string_member("id"));
  PARLEY_TRY(thing.name, json.string_member("name"));
  if (json.contains("aliases")) {
    PARLEY_TRY(thing.aliases, json.strings_member("aliases"));
  }
  thing.external_id = text_of(json, "external_id");
  thing.country = text_of(json, "country");
  thing.object = text_of(json, "object");
  return thing;
}

Result<Knowledge> read_knowledge(std::string_view json, const KnowledgeLimits& limits) {
  PARLEY_TRY(
      const Json parsed,
      encoding::parse_json(json, {.max_bytes = limits.max_bytes, .max_depth = 64, .max_values = 20'000'000}));
  Knowledge out;
  PARLEY_TRY(const bool known, Builder(limits, out).read(parsed, 2));
  if (!known)
    return fail(
        ErrorKind::bad_input,
        "neither a STIX bundle nor a MISP galaxy cluster (galaxies/clusters/*.json) nor a MISP taxonomy "
        "(machinetag.json)");
  return out;
}

}  // namespace parley::report
