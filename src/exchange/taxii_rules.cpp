#include "exchange/taxii_rules.hpp"

#include <algorithm>

#include "exchange/json_texts.hpp"
#include "exchange/taxii_book.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

bool has(const std::vector<std::string>& list, std::string_view value) {
  return std::ranges::find(list, value) != list.end();
}

}  // namespace

bool CollectionRule::wants(std::string_view source, std::string_view type,
                           const std::vector<std::string>& labels_of, std::string_view id) const {
  if (empty()) return false;
  if (!sources.empty() && !has(sources, source)) return false;
  if (!types.empty() && !has(types, type)) return false;
  if (!ids.empty() && !has(ids, id)) return false;
  return labels.empty() ||
         std::ranges::any_of(labels_of, [&](const std::string& label) { return has(labels, label); });
}

Json CollectionRule::to_json() const {
  Json out = Json::object();
  if (all) out.set("all", true);
  if (!sources.empty()) out.set("sources", texts_json(sources));
  if (!types.empty()) out.set("types", texts_json(types));
  if (!labels.empty()) out.set("labels", texts_json(labels));
  if (!ids.empty()) out.set("ids", texts_json(ids));
  return out;
}

Result<CollectionRule> CollectionRule::from_json(const Json& json) {
  CollectionRule out;
  if (const Json* all = json.find("all"); all != nullptr && all->if_bool() != nullptr)
    out.all = *all->if_bool();
  PARLEY_TRY(out.sources, texts_or_none(json, "sources"));
  PARLEY_TRY(out.types, texts_or_none(json, "types"));
  PARLEY_TRY(out.labels, texts_or_none(json, "labels"));
  PARLEY_TRY(out.ids, texts_or_none(json, "ids"));
  return out;
}

Result<CollectionRules> CollectionRules::load(const state::Reader& reader) {
  CollectionRules out;
  PARLEY_TRY(const std::vector<TaxiiCollection> collections, list_collections(reader));
  for (const TaxiiCollection& collection : collections)
    for (const CollectionRule& rule : collection.rules) out.rules_.push_back({collection.id, rule});
  return out;
}

Result<void> CollectionRules::join(state::Transaction& transaction, const state::Source& source,
                                   std::span<const ImportedObject> objects, Timestamp now) const {
  for (std::size_t i = 0; i < rules_.size();) {
    // The rules of one collection stand together.
    const std::string& collection = rules_[i].collection;
    std::size_t end = i;
    while (end < rules_.size() && rules_[end].collection == collection) ++end;
    std::vector<state::NewMember> members;
    for (const ImportedObject& one : objects) {
      if (one.outcome->kind == state::Outcome::Kind::rejected) continue;
      for (std::size_t rule = i; rule < end; ++rule) {
        if (!rules_[rule].rule.wants(source.name, one.object->type, *one.labels, one.object->id)) continue;
        members.push_back(member_of(one));
        break;
      }
    }
    if (!members.empty()) PARLEY_CHECK(transaction.add_members(collection, members, now));
    i = end;
  }
  return {};
}

state::NewMember member_of(const intel::StixObject& object) {
  const Result<Timestamp> created = parse_time(object.created);
  return {object.id, object.version, is_stix20(object) ? state::SpecVersion::v20 : state::SpecVersion::v21,
          created ? std::optional(*created) : std::nullopt};
}

state::NewMember member_of(const ImportedObject& imported) {
  return {imported.object->id, imported.object->version,
          imported.spec20 ? state::SpecVersion::v20 : state::SpecVersion::v21, imported.created};
}

bool is_stix20(const intel::StixObject& object) {
  if (!object.spec_version.empty()) return object.spec_version == "2.0";
  return !object.created.empty();
}

}  // namespace parley::exchange
