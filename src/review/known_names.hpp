#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "encoding/json.hpp"
#include "report/knowledge.hpp"
#include "report/names.hpp"

namespace parley::state {
class Reader;
class Store;
}  // namespace parley::state

namespace parley::review {

/// What the store knows by name, ready for use.
struct KnownNames {
  std::vector<report::KnownThing> things;
  report::Tags tags;
  report::Tags definitions;  ///< marking definitions, by id
  std::optional<report::NameMatcher> matcher;
  std::int64_t version = 0;  ///< goes up with every change; see `knowledge_version`
};

/// Keeps what a file says under its name, instead of what a file of that name said before; one transaction,
/// synced. `bad_input` for a name that is empty or too long.
Result<void> put_knowledge(state::Store& store, std::string_view name, const report::Knowledge& knowledge);
/// Forgets what a file said; whether there was one.
Result<bool> erase_knowledge(state::Store& store, std::string_view name);
/// The files, with how many things and tags each gave.
Result<encoding::Json> list_knowledge(const state::Reader& reader);
std::int64_t knowledge_version(const state::Reader& reader);
/// Everything; linear in what is kept.
Result<KnownNames> load_knowledge(const state::Reader& reader);

/// What a tag means: `tlp:red`, `admiralty-scale:source-reliability="b"`; nothing for one of no taxonomy
/// here.
std::optional<std::string> tag_meaning(const KnownNames& known, std::string_view tag);

}  // namespace parley::review
