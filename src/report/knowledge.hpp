#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "encoding/json.hpp"

namespace parley::report {

/// What a name in a report can stand for.
enum class NameKind : std::uint8_t { threat_actor, malware, tool, technique, campaign, country, sector };

/// "threat-actor", "malware", "tool", "technique", "campaign", "country", "sector".
std::string_view name_kind_name(NameKind kind);

/// Something that reports call by name.
struct KnownThing {
  NameKind kind = NameKind::malware;
  std::string id;  ///< the STIX id that it is known by: "intrusion-set--…"
  std::string name;
  std::vector<std::string> aliases;  ///< other names, without `name`
  std::string external_id;           ///< "T1059.001", "G0007"; or empty
  std::string country;               ///< ISO 3166-1 alpha-2, of a country
  std::string object;  ///< the STIX object as it was read; empty where the source is no STIX (MISP galaxies)

  encoding::Json to_json() const;
  static Result<KnownThing> from_json(const encoding::Json& json);
};

/// A tag of a taxonomy and what it stands for.
using Tags = std::map<std::string, std::string, std::less<>>;

/// What was read from one file.
struct Knowledge {
  std::vector<KnownThing> things;
  Tags definitions;         ///< marking definitions that things refer to: id and object, as read
  Tags tags;                ///< "tlp:red" and the like, with what they mean
  std::size_t skipped = 0;  ///< objects and values that name nothing: revoked, deprecated, of other types
};

/// Bounds on a file; beyond them it is refused by name.
struct KnowledgeLimits {
  std::size_t max_bytes = 256U << 20U;
  std::size_t max_things = 200'000;
  std::size_t max_aliases = 1'000;   ///< of one thing, the rest is dropped
  std::size_t max_name_bytes = 128;  ///< longer names are dropped
  std::size_t max_tags = 200'000;
};

/// Reads a STIX 2.x bundle (ATT&CK: groups, software, techniques, campaigns), a MISP galaxy cluster, a MISP
/// taxonomy
/// (`machinetag.json`), or an object or array of several of these. `bad_input` when it is none of them.
/// Linear.
Result<Knowledge> read_knowledge(std::string_view json, const KnowledgeLimits& limits = {});

}  // namespace parley::report
