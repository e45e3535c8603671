#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "intel/stix.hpp"
#include "misp/stix_builder.hpp"
#include "misp/stix_shape.hpp"

namespace parley::misp {
namespace {

/// The name of a property of ours for a key of a cluster's `meta`: letters, digits and underscores.
std::string custom_name(std::string_view key) {
  std::string out = "x_misp_";
  for (const char c : key) out += is_alnum(c) ? to_lower(c) : '_';
  return out;
}

void add_each(Value& list, const Value& from) {
  if (const Value::Array* const many = from.if_array()) {
    for (const Value& one : *many) list.push_back(one);
  } else {
    list.push_back(from);
  }
}

/// Who keeps the list that an identifier is from.
std::string_view source_of(std::string_view id) {
  if (id.starts_with("CAPEC-")) return "capec";
  if (id.starts_with("CVE-")) return "cve";
  if (id.starts_with("CWE-")) return "cwe";
  if (id.find('-') != std::string_view::npos) return "NIST Mobile Threat Catalogue";
  if (!id.empty() && std::ranges::all_of(id, is_digit)) return "WASC";
  return "mitre-attack";
}

class MetaWriter {
 public:
  MetaWriter(Value& object, std::string_view type, std::string_view name)
      : object_(object), type_(type), name_(name) {}

  void write(const Value& meta) {
    const Value::Object* const members = meta.if_object();
    if (members == nullptr) return;
    for (const Value::Member& member : *members) put(member.name, member.value);
    if (!references_.if_array()->empty()) object_.set("external_references", std::move(references_));
    if (!names_.if_object()->empty()) object_.set("x_misp_original_names", std::move(names_));
  }

 private:
  void put(const std::string& key, const Value& value) {
    if (key == "refs" || key == "external_id" || key == "Technique ID") return reference(key, value);
    if (key == "synonyms" && type_ != "vulnerability") return aliases(value);
    if (key == "kill_chain" && (type_ == "attack-pattern" || type_ == "malware" || type_ == "tool"))
      return kill_chain(value);
    const std::string name = custom_name(key);
    if (name != "x_misp_" + key) names_.set(name, key);
    object_.set(name, value);
  }

  void reference(const std::string& key, const Value& value) {
    Value all = Value::array();
    add_each(all, value);
    for (const Value& one : *all.if_array()) {
      const std::string text(one.as_text().value_or(std::string_view()));
      if (text.empty()) continue;
      Value& out = references_.push_back(Value::object());
      if (key == "refs") {
        out.set("source_name", "url");
        out.set("url", text);
      } else {
        out.set("source_name", source_of(text));
        out.set("external_id", text);
      }
    }
  }

  void aliases(const Value& value) {
    Value all = Value::array();
    add_each(all, value);
    // Everything but these repeats its own name there.
    if (type_ == "malware" || type_ == "tool")
      std::erase_if(*all.if_array(), [&](const Value& one) { return one.as_text() == name_; });
    if (!all.if_array()->empty()) object_.set("aliases", std::move(all));
  }

  void kill_chain(const Value& value) {
    Value all = Value::array();
    add_each(all, value);
    Value phases = Value::array();
    for (const Value& one : *all.if_array()) {
      const std::string_view text = one.as_text().value_or(std::string_view());
      const std::size_t first = text.find(':');
      if (first == std::string_view::npos) continue;
      Value& phase = phases.push_back(Value::object());
      phase.set("kill_chain_name", text.substr(0, first));
      phase.set("phase_name", text.substr(text.rfind(':') + 1));
    }
    if (!phases.if_array()->empty()) object_.set("kill_chain_phases", std::move(phases));
  }

  Value& object_;
  std::string_view type_;
  std::string_view name_;
  Value references_ = Value::array();
  Value names_ = Value::object();
};

Value cluster_object(const StixBuilder& bundle, const Value& galaxy, const Value& cluster,
                     std::string_view type, const std::string& created) {
  StixBuilder plain(bundle.event_time());  // nobody here has made it
  Value object = plain.sdo(type, cluster.text("uuid"), created);
  std::string name(cluster.text("value"));
  // "Spearphishing Attachment - T1193"
  if (cluster.text("type").starts_with("mitre-"))
    if (const std::size_t dash = name.find(" - "); dash != std::string::npos)
      name = trim(std::string_view(name).substr(0, dash));
  const std::string_view description = cluster.text("description");
  if (type == "x-misp-galaxy-cluster") {
    object.set("x_misp_name", galaxy.text("name"));
    object.set("x_misp_type", cluster.text("type"));
    object.set("x_misp_value", cluster.text("value"));
    object.set("x_misp_description",
               std::string(galaxy.text("description")) + " | " + std::string(description));
  } else {
    object.set("name", name);
    if (cluster.find("description") != nullptr) object.set("description", description);
    if (type == "malware") object.set("is_family", true);
    if (type == "identity") object.set("identity_class", "class");
  }
  Value labels = Value::array();
  labels.push_back("misp:galaxy-name=\"" + std::string(galaxy.text("name")) + "\"");
  labels.push_back("misp:galaxy-type=\"" + std::string(cluster.text("type")) + "\"");
  if (const std::string_view tag = cluster.text("tag_name"); !tag.empty()) labels.push_back(tag);
  object.set("labels", std::move(labels));
  if (const Value* const meta = cluster.find("meta")) {
    if (type == "x-misp-galaxy-cluster")
      object.set("x_misp_meta", *meta);
    else
      MetaWriter(object, type, name).write(*meta);
  }
  return object;
}

}  // namespace

std::vector<std::string> add_galaxies(StixBuilder& bundle, const Value& tagged, const std::string& created,
                                      const std::optional<std::string>& tlp, std::set<std::string>& tags) {
  std::vector<std::string> ids;
  for (const Value& galaxy : tagged.elements("Galaxy")) {
    for (const Value& cluster : galaxy.elements("GalaxyCluster")) {
      const std::string_view galaxy_type = galaxy.text("type");
      const std::string_view type = galaxy_object_type(galaxy_type).value_or("x-misp-galaxy-cluster");
      const std::string id = std::string(type) + "--" + std::string(cluster.text("uuid"));
      if (!intel::is_stix_id(id)) continue;  // its tag says it
      // Two galaxies may have the same cluster under two tags: one of them stays a label.
      const std::string tag(cluster.text("tag_name"));
      if (bundle.cluster_tags.emplace(id, tag).first->second == tag) tags.insert(tag);
      ids.push_back(id);
      if (bundle.has(id)) continue;
      Value object = cluster_object(bundle, galaxy, cluster, type, created);
      if (tlp) bundle.mark(object, *tlp);
      bundle.add(std::move(object), false);
    }
  }
  return ids;
}

}  // namespace parley::misp
