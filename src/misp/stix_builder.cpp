#include "misp/stix_builder.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/time.hpp"
#include "intel/sco_id.hpp"
#include "intel/stix.hpp"

namespace parley::misp {
namespace {

/// The namespace of misp-stix for what MISP has no UUID for.
constexpr ByteArray<16> misp_stix_namespace{0x76, 0xbe, 0xed, 0x5f, 0x72, 0x51, 0x45, 0x7e,
                                            0x8c, 0x2a, 0xb4, 0x5f, 0x7b, 0x58, 0x9d, 0x3d};

/// The level of a tag of TLP, nothing for any other tag and for levels that there are not.
std::optional<intel::TlpLevel> tlp_of(std::string_view tag) {
  return starts_with_ignoring_case(tag, "tlp:") ? intel::parse_tlp(tag) : std::nullopt;
}

/// The colours that TLP 1.0 and 2.0 share go out as 1.0 has them, which every reader of STIX 2.1 knows.
Value definition(std::string_view tag, std::string& id) {
  const intel::TlpLevel level = tlp_of(tag).value_or(intel::TlpLevel::red);
  const auto original = intel::tlp1_marking_id(level);
  if (!original || lower(tag) == "tlp:clear") {
    id = intel::tlp_marking_id(level);
    Result<Value> parsed = parse_value(intel::make_tlp_definition(level));
    return parsed ? std::move(*parsed) : Value::object();
  }
  id = *original;
  std::string name(level == intel::TlpLevel::clear ? "white" : intel::tlp_name(level));
  Value inside = Value::object();
  inside.set("tlp", name);
  for (char& c : name) c = to_upper(c);
  Value out = Value::object();
  out.set("type", "marking-definition");
  out.set("spec_version", "2.1");
  out.set("id", id);
  out.set("created", "2017-01-20T00:00:00.000Z");
  out.set("definition_type", "tlp");
  out.set("name", "TLP:" + name);
  out.set("definition", std::move(inside));
  return out;
}

}  // namespace

std::string stix_time(std::int64_t seconds) {
  constexpr std::int64_t last_second = 253'402'300'799;  // of the year 9999
  if (seconds < 0 || seconds > last_second) seconds = 0;
  std::string text = format_time(Timestamp::from_seconds(seconds));
  text.insert(text.size() - 1, ".000");
  return text;
}

Value StixBuilder::sdo(std::string_view type, std::string_view uuid, const std::string& created) const {
  Value object = Value::object();
  object.set("type", type);
  object.set("spec_version", "2.1");
  object.set("id", std::string(type) + "--" + std::string(uuid));
  if (!creator.empty()) object.set("created_by_ref", creator);
  object.set("created", created);
  object.set("modified", created);
  return object;
}

void StixBuilder::add(Value object, bool listed) {
  const std::string id(object.text("id"));
  if (!ids_.insert(id).second) return;
  if (listed) refs_.emplace_back(id);
  objects_.push_back(std::move(object));
}

void StixBuilder::relate(std::string_view source, std::string_view type, std::string_view target,
                         const std::string& when, std::string_view uuid) {
  const std::string name = std::string(source) + " - " + std::string(type) + " - " + std::string(target);
  Value out = Value::object();
  out.set("type", "relationship");
  out.set("spec_version", "2.1");
  const std::string own = "relationship--" + std::string(uuid);
  out.set("id",
          intel::is_stix_id(own) ? own : "relationship--" + intel::make_uuid5(misp_stix_namespace, name));
  out.set("created", when);
  out.set("modified", when);
  out.set("relationship_type", type);
  out.set("source_ref", source);
  out.set("target_ref", target);
  add(std::move(out));
}

std::optional<std::string> StixBuilder::strictest_tlp(const Value& tagged) {
  std::optional<std::string> found;
  for (const Value& tag : tagged.elements("Tag")) {
    const std::string_view name = tag.text("name");
    const auto level = tlp_of(name);
    if (level && (!found || *level > *tlp_of(*found))) found = lower(name);
  }
  return found;
}

void StixBuilder::mark(Value& object, std::string_view tlp_tag) {
  std::string id;
  Value marking = definition(tlp_tag, id);
  markings_.emplace(id, std::move(marking));
  object.set("object_marking_refs", Value(Value::Array{Value(id)}));
}

void StixBuilder::tag(Value& object, const Value& tagged, const std::set<std::string>& left_out,
                      const std::optional<std::string>& outer) {
  Value labels = object.find("labels") != nullptr ? *object.find("labels") : Value::array();
  for (const Value& tag : tagged.elements("Tag")) {
    const std::string name(tag.text("name"));
    if (name.empty() || tlp_of(name) || left_out.contains(name)) continue;
    labels.push_back(name);
  }
  if (!labels.if_array()->empty()) object.set("labels", std::move(labels));
  std::optional<std::string> tlp = strictest_tlp(tagged);
  if (outer && (!tlp || *tlp_of(*outer) > *tlp_of(*tlp))) tlp = outer;
  if (tlp) mark(object, *tlp);
}

void StixBuilder::add_markings() {
  for (auto& [id, definition] : markings_) add(std::move(definition), false);
}

}  // namespace parley::misp
