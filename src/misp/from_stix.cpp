#include "misp/from_stix.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/ascii.hpp"
#include "base/time.hpp"
#include "intel/marking.hpp"
#include "intel/sco_id.hpp"
#include "intel/stix.hpp"
#include "misp/stix_attribute.hpp"
#include "misp/stix_object.hpp"
#include "misp/stix_shape.hpp"

namespace parley::misp {
namespace {

/// Parley's own, for UUIDs of attributes that are made from STIX objects.
constexpr ByteArray<16> attribute_namespace{0x8e, 0x1d, 0x5a, 0x0b, 0x4f, 0x37, 0x5c, 0x2e,
                                            0x9a, 0x61, 0x27, 0xd4, 0x90, 0x6e, 0x13, 0xb8};

/// Of one event or attribute; more are dropped.
constexpr std::size_t max_tags = 1'000;

std::string_view uuid_in(std::string_view id) {
  const std::size_t cut = id.find("--");
  return cut == std::string_view::npos ? std::string_view() : id.substr(cut + 2);
}

std::string seconds_of(const Value& object, std::string_view name) {
  const Result<Timestamp> time = parse_time(object.text(name));
  return time ? std::to_string(time->seconds()) : std::string();
}

/// `misp:type="domain"` → domain.
std::string_view label_value(const Value& object, std::string_view name) {
  for (const Value& label : object.elements("labels")) {
    std::string_view text = label.as_text().value_or(std::string_view());
    if (!text.starts_with("misp:")) continue;
    text.remove_prefix(5);
    if (!text.starts_with(name)) continue;
    text.remove_prefix(name.size());
    if (text.size() >= 3 && text.starts_with("=\"") && text.ends_with('"'))
      return text.substr(2, text.size() - 3);
  }
  return {};
}

void add_tag(Value& to, std::string_view name) {
  Value* tags = to.find("Tag");
  if (tags == nullptr) tags = &to.set("Tag", Value::array());
  if (tags->if_array()->size() >= max_tags) return;
  for (const Value& tag : *tags->if_array())
    if (tag.text("name") == name) return;
  tags->push_back(Value::object()).set("name", name);
}

/// Tags from labels that are not misp-stix's own, and from TLP markings.
void add_tags(Value& to, const Value& object, bool with_markings) {
  for (const Value& label : object.elements("labels")) {
    const std::string_view text = label.as_text().value_or(std::string_view());
    if (text.empty() || text.starts_with("misp:") || text == "Threat-Report") continue;
    add_tag(to, text);
  }
  if (!with_markings) return;
  for (const Value& marking : object.elements("object_marking_refs")) {
    const std::string_view id = marking.as_text().value_or(std::string_view());
    const auto level = intel::tlp_of_marking_id(id);
    if (!level) continue;
    const bool is_white = *level == intel::TlpLevel::clear && intel::tlp1_marking_id(*level) == id;
    add_tag(to, "tlp:" + std::string(is_white ? "white" : intel::tlp_name(*level)));
  }
}

void copy_seen(Value& to, const Value& observed) {
  const std::string_view created = observed.text("created");
  const Result<Timestamp> made = parse_time(created);
  for (const auto& [stix, misp] :
       {std::pair("first_observed", "first_seen"), {"last_observed", "last_seen"}}) {
    const Result<Timestamp> time = parse_time(observed.text(stix));
    if (time && (!made || *time != *made)) to.set(misp, observed.text(stix));
  }
}

class BundleReader {
 public:
  explicit BundleReader(const Value& bundle) : bundle_(bundle) {}

  Result<Event> read() {
    if (bundle_.text("type") != "bundle" || bundle_.find("objects") == nullptr)
      return fail(ErrorKind::bad_input, "no STIX bundle");
    for (const Value& object : bundle_.elements("objects")) {
      const std::string_view id = object.text("id");
      if (intel::is_stix_id(id)) objects_.emplace(id, &object);
    }
    read_report();
    for (const Value& object : bundle_.elements("objects"))
      if (intel::is_stix_id(object.text("id"))) read_labelled(object);
    for (const Value& object : bundle_.elements("objects")) read_other(object);
    for (const Value& object : bundle_.elements("objects")) read_about(object);
    const bool has_tags = !event_.elements("Tag").empty();
    event_.set("Attribute", Value(std::move(attributes_)));
    event_.set("Object", Value(std::move(misp_objects_)));
    if (!reports_.empty()) event_.set("EventReport", Value(std::move(reports_)));
    if (event_.elements("Attribute").empty() && event_.elements("Object").empty() && !has_tags)
      return fail(ErrorKind::bad_input, "nothing in the bundle has a place in a MISP event");
    return Event::from_json(std::move(event_));
  }

 private:
  const Value* object(std::string_view id) const {
    const auto found = objects_.find(id);
    return found == objects_.end() ? nullptr : found->second;
  }

  void read_report() {
    const Value* report = nullptr;
    for (const Value& one : bundle_.elements("objects")) {
      const std::string_view type = one.text("type");
      if (type != "report" && type != "grouping") continue;
      if (report == nullptr) report = &one;
    }
    event_ = Value::object();
    std::string_view uuid = uuid_in(report != nullptr ? report->text("id") : bundle_.text("id"));
    const std::string own = intel::make_uuid5(attribute_namespace, write_value(bundle_));
    if (!intel::is_stix_id("x--" + std::string(uuid))) uuid = own;
    event_.set("uuid", uuid);
    event_.set("info", report != nullptr ? report->text("name") : std::string_view("STIX bundle"));
    if (report == nullptr) {
      read_time_of_all();
      return;
    }
    used_.insert(report->text("id"));
    const std::string time = seconds_of(*report, "modified");
    set_time(time);
    const bool is_published = report->text("type") == "report";
    event_.set("published", is_published);
    if (is_published) event_.set("publish_timestamp", seconds_of(*report, "published"));
    if (const Value* const creator = object(report->text("created_by_ref"))) {
      Value organisation = Value::object();
      organisation.set("name", creator->text("name"));
      organisation.set("uuid", uuid_in(creator->text("id")));
      event_.set("Orgc", std::move(organisation));
    }
    if (report->text("created_by_ref").starts_with("identity--"))
      used_.insert(report->text("created_by_ref"));
    add_tags(event_, *report, true);
    event_markings_ = event_.elements("Tag");
  }

  void read_time_of_all() {
    std::int64_t latest = 0;
    for (const Value& one : bundle_.elements("objects"))
      if (const Result<Timestamp> time = parse_time(one.text("modified")))
        latest = std::max(latest, time->seconds());
    set_time(std::to_string(latest));
  }
  void set_time(const std::string& seconds) {
    if (seconds.empty()) return;
    event_.set("timestamp", seconds);
    std::int64_t number = 0;
    for (const char c : seconds) number = is_digit(c) ? number * 10 + (c - '0') : number;
    event_.set("date", format_time(Timestamp::from_seconds(number)).substr(0, 10));
  }

  /// An attribute's tags: its own only, when the event says the same of everything.
  void finish(Value& attribute, const Value& from) {
    Value all = Value::object();
    add_tags(all, from, true);
    for (const Value& tag : all.elements("Tag")) {
      const bool inherited = starts_with_ignoring_case(tag.text("name"), "tlp:") &&
                             std::ranges::find(event_markings_, tag) != event_markings_.end();
      if (!inherited) add_tag(attribute, tag.text("name"));
    }
  }

  Value& attribute_of(std::string_view uuid, std::string_view type, std::string_view category,
                      std::string_view value, const Value& from) {
    const auto there = places_.find(uuid);
    if (there != places_.end()) return attributes_[there->second];
    places_.emplace(uuid, attributes_.size());
    Value& out = attributes_.emplace_back(Value::object());
    out.set("uuid", uuid);
    out.set("type", type);
    out.set("category", category);
    out.set("value", value);
    out.set("to_ids", false);
    if (std::string time = seconds_of(from, "modified"); !time.empty()) out.set("timestamp", time);
    out.set("comment", "");
    return out;
  }

  void read_labelled(const Value& object) {
    const std::string_view id = object.text("id");
    const std::string_view type = object.text("type");
    const std::string_view misp_type = label_value(object, "type");
    const std::string_view category = label_value(object, "category");
    if (type == "x-misp-object") return read_misp_object(object);
    if (!label_value(object, "name").empty()) return read_native_object(object);
    if (type == "x-misp-attribute") {
      Value& out = attribute_of(uuid_in(id), object.text("x_misp_type"), object.text("x_misp_category"),
                                object.text("x_misp_value"), object);
      out.set("comment", object.text("x_misp_comment"));
      finish(out, object);
      used_.insert(id);
      return;
    }
    if (misp_type.empty()) return;
    if (type == "observed-data") {
      const std::vector<const Value*> parts = parts_of(object);
      const auto value = misp_value(misp_type, parts);
      if (!value) return;
      for (const Value* part : parts) used_.insert(part->text("id"));
      Value& out = attribute_of(uuid_in(id), misp_type, category, *value, object);
      copy_seen(out, object);
      if (!object.text("x_misp_comment").empty()) out.set("comment", object.text("x_misp_comment"));
      finish(out, object);
    } else if (type == "indicator") {
      const std::string_view uuid = uuid_in(id);
      std::optional<std::string> value = misp_value_of_pattern(misp_type, object.text("pattern"));
      if (!value && !places_.contains(uuid)) {
        // Its observed-data comes later, or it stands alone.
        const std::string observed = "observed-data--" + std::string(uuid);
        if (const Value* const data = this->object(observed)) read_labelled(*data);
      }
      if (!value && !places_.contains(uuid)) return;
      Value& out = attribute_of(uuid, misp_type, category, value.value_or(""), object);
      out.set("to_ids", true);
      if (!object.text("description").empty()) out.set("comment", object.text("description"));
      finish(out, object);
    } else if (type == "vulnerability" || type == "campaign") {
      finish(attribute_of(uuid_in(id), misp_type, category, object.text("name"), object), object);
    } else {
      return;
    }
    used_.insert(id);
  }

  /// The observables that observed-data names.
  std::vector<const Value*> parts_of(const Value& object) const {
    std::vector<const Value*> out;
    for (const Value& ref : object.elements("object_refs"))
      if (const Value* const part = this->object(ref.as_text().value_or(std::string_view())))
        out.push_back(part);
    return out;
  }

  /// An object that has a form of its own in STIX.
  void read_native_object(const Value& object) {
    const std::string_view id = object.text("id");
    const std::string uuid(uuid_in(id));
    if (const Value* const data = this->object("observed-data--" + uuid);
        data != nullptr && data != &object && !label_value(*data, "name").empty() &&
        !object_places_.contains(uuid))
      read_native_object(*data);
    if (object_places_.contains(uuid)) {
      used_.insert(id);  // the indicator over it
      return;
    }
    if (object.find("x_misp_attributes") != nullptr) return read_misp_object(object);
    const Value* const indicator = this->object("indicator--" + uuid);
    const std::string_view pattern = indicator != nullptr ? indicator->text("pattern") : std::string_view();
    Value::Array attributes =
        misp_object_attributes(label_value(object, "name"), object, parts_of(object), pattern);
    if (attributes.empty()) return;
    if (object.find("x_misp_comment") == nullptr && indicator != nullptr)
      add_misp_object(object, std::move(attributes), indicator->text("description"));
    else
      add_misp_object(object, std::move(attributes), object.text("x_misp_comment"));
  }

  void read_misp_object(const Value& object) {
    Value::Array attributes;
    for (const Value& attribute : object.elements("x_misp_attributes"))
      if (attribute.is_object()) attributes.push_back(attribute);
    add_misp_object(object, std::move(attributes), object.text("x_misp_comment"));
  }

  void add_misp_object(const Value& object, Value::Array attributes, std::string_view comment) {
    const std::string_view id = object.text("id");
    const auto either = [&](std::string_view property, std::string_view label) {
      const std::string_view said = object.text(property);
      return said.empty() ? label_value(object, label) : said;
    };
    Value out = Value::object();
    out.set("uuid", uuid_in(id));
    out.set("name", either("x_misp_name", "name"));
    out.set("meta-category", either("x_misp_meta_category", "meta-category"));
    for (const char* const name : {"description", "template_uuid", "template_version"})
      if (const std::string_view text = object.text("x_misp_" + std::string(name)); !text.empty())
        out.set(name, text);
    out.set("timestamp", seconds_of(object, "modified"));
    out.set("comment", comment);
    if (object.text("type") == "observed-data") {
      copy_seen(out, object);
      for (const Value* part : parts_of(object)) used_.insert(part->text("id"));
    }
    const bool with_tags =
        std::ranges::any_of(attributes, [](const Value& one) { return !one.elements("Tag").empty(); });
    std::size_t number = 0;
    for (Value& attribute : attributes) {
      if (!intel::is_stix_id("x--" + std::string(attribute.text("uuid"))))
        attribute.set("uuid",
                      intel::make_uuid5(attribute_namespace, std::string(id) + " " + std::to_string(number)));
      if (attribute.find("to_ids") == nullptr) attribute.set("to_ids", false);
      if (attribute.find("comment") == nullptr) attribute.set("comment", "");
      if (!attribute.number("timestamp")) attribute.set("timestamp", seconds_of(object, "modified"));
      // Objects of MISP have no tags: what the object's said holds for each of its attributes.
      if (!with_tags) finish(attribute, object);
      owners_.emplace(attribute.text("uuid"), std::pair(misp_objects_.size(), number));
      ++number;
    }
    out.set("Attribute", Value(std::move(attributes)));
    used_.insert(id);
    object_places_.emplace(uuid_in(id), misp_objects_.size());
    misp_objects_.push_back(std::move(out));
  }

  /// What did not come from MISP: values as attributes, the rest as tags.
  void read_other(const Value& object) {
    const std::string_view id = object.text("id");
    const std::string_view type = object.text("type");
    if (!intel::is_stix_id(id) || used_.contains(id)) return;
    const std::string_view galaxy = label_value(object, "galaxy-type");
    if (!galaxy.empty()) {
      for (const Value& label : object.elements("labels"))
        if (const std::string_view text = label.as_text().value_or(std::string_view());
            text.starts_with("misp-galaxy:"))
          add_tag(event_, text);
      return;
    }
    if (type == "threat-actor" || type == "intrusion-set" || type == "malware" || type == "tool" ||
        type == "attack-pattern" || type == "course-of-action") {
      std::string name(object.text("name"));
      std::erase(name, '"');
      if (!name.empty()) add_tag(event_, "misp-galaxy:" + std::string(type) + "=\"" + name + "\"");
      return;
    }
    for (Value& attribute : attributes_of(object)) {
      const std::string uuid(attribute.text("uuid"));
      if (places_.contains(uuid)) continue;
      finish(attribute, object);
      places_.emplace(uuid, attributes_.size());
      attributes_.push_back(std::move(attribute));
    }
  }

  /// Sightings, opinions, reports and relationships between objects.
  void read_about(const Value& object) {
    const std::string_view type = object.text("type");
    if (type == "sighting") {
      sighted(object.text("sighting_of_ref"), object, "0");
    } else if (type == "opinion" && object.text("opinion") == "strongly-disagree") {
      if (const Value::Array& refs = object.elements("object_refs"); !refs.empty())
        sighted(refs.back().as_text().value_or(std::string_view()), object, "1");
    } else if (type == "note" && label_value(object, "data-layer") == "Event Report") {
      Value report = Value::object();
      report.set("uuid", uuid_in(object.text("id")));
      report.set("name", object.text("abstract"));
      report.set("content", object.text("content"));
      report.set("timestamp", seconds_of(object, "modified"));
      reports_.push_back(std::move(report));
    } else if (type == "relationship") {
      read_reference(object);
    }
  }

  /// Between objects, or an object and an attribute: a reference. Others say what the bundle is made of.
  void read_reference(const Value& object) {
    const std::string_view from = uuid_in(object.text("source_ref"));
    const std::string_view to = uuid_in(object.text("target_ref"));
    const auto place = object_places_.find(from);
    if (place == object_places_.end() || from == to) return;
    if (!object_places_.contains(to) && !places_.contains(to) && !owners_.contains(to)) return;
    Value reference = Value::object();
    reference.set("uuid", uuid_in(object.text("id")));
    reference.set("referenced_uuid", to);
    reference.set("relationship_type", object.text("relationship_type"));
    if (std::string time = seconds_of(object, "modified"); !time.empty()) reference.set("timestamp", time);
    Value& source = misp_objects_[place->second];
    Value* list = source.find("ObjectReference");
    if (list == nullptr) list = &source.set("ObjectReference", Value::array());
    list->push_back(std::move(reference));
  }

  void sighted(std::string_view id, const Value& object, std::string_view type) {
    Value* seen = nullptr;
    if (const auto place = places_.find(uuid_in(id)); place != places_.end()) {
      seen = &attributes_[place->second];
    } else if (const auto owner = owners_.find(object.text("x_misp_attribute_uuid"));
               owner != owners_.end()) {
      const auto [number, attribute] = owner->second;
      seen = &misp_objects_[number].find("Attribute")->if_array()->at(attribute);
    }
    if (seen == nullptr) return;
    Value sighting = Value::object();
    sighting.set("uuid", uuid_in(object.text("id")));
    sighting.set("type", type);
    sighting.set("date_sighting", seconds_of(object, "modified"));
    if (type == "0") sighting.set("source", object.text("description"));
    Value* list = seen->find("Sighting");
    if (list == nullptr) list = &seen->set("Sighting", Value::array());
    list->push_back(std::move(sighting));
  }

  const Value& bundle_;
  std::map<std::string_view, const Value*> objects_;
  Value event_;
  Value::Array attributes_;
  Value::Array misp_objects_;
  Value::Array reports_;
  Value::Array event_markings_;
  std::map<std::string, std::size_t, std::less<>> places_;         // of attributes, by UUID
  std::map<std::string, std::size_t, std::less<>> object_places_;  // of objects
  /// Of attributes in objects: the object's place, and theirs within.
  std::map<std::string, std::pair<std::size_t, std::size_t>, std::less<>> owners_;
  std::set<std::string_view> used_;
};

}  // namespace

MispType misp_type_of(intel::SelectorType type) {
  using T = intel::SelectorType;
  switch (type) {
    case T::ipv4_addr:
    case T::ipv6_addr:
      return {"ip-dst", "Network activity"};
    case T::domain_name:
      return {"domain", "Network activity"};
    case T::url:
      return {"url", "Network activity"};
    case T::email_addr:
      return {"email", "Payload delivery"};
    case T::file_md5:
      return {"md5", "Payload delivery"};
    case T::file_sha1:
      return {"sha1", "Payload delivery"};
    case T::file_sha256:
      return {"sha256", "Payload delivery"};
    case T::file_sha512:
      return {"sha512", "Payload delivery"};
    case T::x509_sha256:
      return {"x509-fingerprint-sha256", "Network activity"};
    case T::autonomous_system:
      return {"AS", "Network activity"};
    case T::mac_addr:
      return {"mac-address", "Network activity"};
    case T::mutex:
      return {"mutex", "Artifacts dropped"};
    case T::user_account:
      return {"target-user", "Targeting data"};
    case T::phone:
      return {"phone-number", "Financial fraud"};
    case T::iban:
      return {"iban", "Financial fraud"};
    case T::bank_account:
      return {"bank-account-nr", "Financial fraud"};
    case T::card_bin:
      return {"bin", "Financial fraud"};
    case T::btc:
      return {"btc", "Financial fraud"};
    case T::xmr:
      return {"xmr", "Financial fraud"};
    case T::dash:
      return {"dash", "Financial fraud"};
    case T::cve:
      return {"vulnerability", "External analysis"};
    case T::eth:
      break;
  }
  return {"other", "Financial fraud"};
}

std::vector<Value> attributes_of(const Value& object) {
  std::vector<Value> out;
  const Result<intel::StixObject> read = intel::read_stix_object(write_value(object));
  if (!read) return out;
  for (const intel::Selector& selector : read->selectors) {
    const MispType type = misp_type_of(selector.type);
    Value& attribute = out.emplace_back(Value::object());
    std::string name = read->id;
    name += ' ';
    name += intel::type_name(selector.type);
    name += ' ';
    name += selector.value;
    attribute.set("uuid", intel::make_uuid5(attribute_namespace, name));
    attribute.set("type", type.type);
    attribute.set("category", type.category);
    attribute.set("value", selector.value);
    attribute.set("to_ids", read->type == "indicator" && !read->revoked);
    if (std::string time = seconds_of(object, "modified"); !time.empty()) attribute.set("timestamp", time);
    if (read->revoked) attribute.set("deleted", true);
    attribute.set("comment", object.text("name"));
  }
  return out;
}

Result<Event> from_stix(const Value& bundle) {
  return BundleReader(bundle).read();
}

}  // namespace parley::misp
