#include "misp/to_stix.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/time.hpp"
#include "intel/stix.hpp"
#include "misp/stix_attribute.hpp"
#include "misp/stix_builder.hpp"
#include "misp/stix_object.hpp"
#include "misp/stix_shape.hpp"

namespace parley::misp {
namespace {

using Tlp = std::optional<std::string>;

std::string text_of(const Value& json, std::string_view name) {
  return std::string(json.text(name));
}

/// `first_seen` or `last_seen` as STIX writes it, else nothing.
std::string seen(const Value& json, std::string_view name) {
  const Result<Timestamp> time = parse_time(json.text(name));
  return time ? format_time(*time) : std::string();
}

/// "…05.000Z" as "…05Z".
std::string plain_time(const std::string& time) {
  return time.substr(0, time.size() - 5) + "Z";
}

/// The UUIDs that stand in a text, each once.
std::set<std::string_view> uuids_in(std::string_view text) {
  constexpr std::size_t length = 36;
  std::set<std::string_view> out;
  for (std::size_t dash = text.find('-'); dash != std::string_view::npos; dash = text.find('-', dash + 1)) {
    if (dash < 8) continue;
    const std::string_view word = text.substr(dash - 8, length);
    if (word.size() == length && intel::is_stix_id("x--" + std::string(word))) out.insert(word);
  }
  return out;
}

class EventConverter {
 public:
  EventConverter(const Event& event, StixReport& report)
      : event_(event), report_(report), bundle_(stix_time(event.timestamp())) {}

  Value convert() {
    add_creator();
    tlp_ = StixBuilder::strictest_tlp(event_.json());
    for (const AttributeView& attribute : event_.attributes()) {
      if (attribute.deleted) continue;
      ++report_.attributes;
      if (attribute.object == nullptr) add_attribute(attribute);
    }
    for (const Value& object : event_.json().elements("Object"))
      if (!object.flag("deleted")) add_object(object);
    add_references();
    for (const Value& report : event_.json().elements("EventReport"))
      if (!report.flag("deleted")) add_note(report);
    add_report();
    bundle_.add_markings();
    Value out = Value::object();
    out.set("type", "bundle");
    out.set("id", "bundle--" + std::string(event_.uuid()));
    out.set("objects", Value(bundle_.take()));
    return out;
  }

 private:
  void add_creator() {
    const std::string uuid(event_.creator_uuid());
    const std::string name(event_.creator_name());
    if (uuid.empty() || name.empty()) return;
    Value identity = bundle_.sdo("identity", uuid, bundle_.event_time());
    identity.set("name", name);
    identity.set("identity_class", "organization");
    bundle_.creator = identity.text("id");
    if (const Tlp tlp = StixBuilder::strictest_tlp(event_.json())) bundle_.mark(identity, *tlp);
    bundle_.add(std::move(identity), false);
  }

  Value labels_of(const AttributeView& attribute) const {
    Value labels = Value::array();
    labels.push_back("misp:type=\"" + std::string(attribute.type) + "\"");
    if (!attribute.category.empty())
      labels.push_back("misp:category=\"" + std::string(attribute.category) + "\"");
    return labels;
  }

  std::string time_of(const AttributeView& attribute) const {
    return attribute.timestamp != 0 ? stix_time(attribute.timestamp) : bundle_.event_time();
  }

  void add_attribute(const AttributeView& attribute) {
    const Shape shape = shape_of(attribute.type).shape;
    const StixValue value = stix_value(attribute);
    const bool indicator = !value.pattern.empty() && (attribute.to_ids || value.always_indicator);
    std::vector<std::string> ids;
    if (shape == Shape::vulnerability || shape == Shape::campaign)
      ids.push_back(add_named(attribute, shape));
    else if (value.observables.empty() && !indicator)
      ids.push_back(add_custom(attribute));
    if (!value.observables.empty()) ids.push_back(add_observed(attribute, value, !indicator));
    if (indicator) {
      ids.push_back(add_indicator(attribute, value));
      if (ids.size() > 1) bundle_.relate(ids[1], "based-on", ids[0], time_of(attribute));
    }
    add_sightings(*attribute.json, ids);
    // What refers to the attribute means the indicator where there is one.
    std::ranges::reverse(ids);
    bundle_.by_uuid[std::string(attribute.uuid)] = std::move(ids);
  }

  /// Tags, markings, galaxies.
  void finish(Value object, const AttributeView& attribute) {
    std::set<std::string> tags;
    const std::string id = text_of(object, "id");
    const std::vector<std::string> clusters =
        add_galaxies(bundle_, *attribute.json, time_of(attribute), tlp_, tags);
    bundle_.tag(object, *attribute.json, tags, tlp_);
    const std::string type = text_of(object, "type");
    bundle_.add(std::move(object));
    for (const std::string& cluster : clusters)
      bundle_.relate(id, type == "indicator" ? "indicates" : "related-to", cluster, time_of(attribute));
  }

  std::string add_custom(const AttributeView& attribute) {
    ++report_.custom_attributes;
    Value object = bundle_.sdo("x-misp-attribute", attribute.uuid, time_of(attribute));
    object.set("labels", labels_of(attribute));
    object.set("x_misp_category", attribute.category);
    if (const std::string_view comment = attribute.json->text("comment"); !comment.empty())
      object.set("x_misp_comment", comment);
    object.set("x_misp_type", attribute.type);
    object.set("x_misp_value", attribute.value);
    std::string id = text_of(object, "id");
    finish(std::move(object), attribute);
    return id;
  }

  std::string add_named(const AttributeView& attribute, Shape shape) {
    const bool is_vulnerability = shape == Shape::vulnerability;
    Value object =
        bundle_.sdo(is_vulnerability ? "vulnerability" : "campaign", attribute.uuid, time_of(attribute));
    object.set("name", attribute.value);
    object.set("labels", labels_of(attribute));
    if (is_vulnerability) {
      Value reference = Value::object();
      reference.set("source_name", "cve");
      reference.set("external_id", attribute.value);
      object.set("external_references", Value(Value::Array{std::move(reference)}));
    }
    std::string id = text_of(object, "id");
    finish(std::move(object), attribute);
    return id;
  }

  /// When it was seen: first and last in this order, whatever MISP says.
  static void set_observed(Value& object, const Value& json, const std::string& time) {
    std::string first = seen(json, "first_seen");
    std::string last = seen(json, "last_seen");
    const bool last_is_said = !last.empty();
    if (first.empty()) first = plain_time(time);
    if (last.empty()) last = plain_time(time);
    const auto after = [](const std::string& a, const std::string& b) {
      const auto one = parse_time(a);
      const auto two = parse_time(b);
      return one && two && *one > *two;
    };
    if (after(first, last)) (last_is_said ? first : last) = last_is_said ? last : first;
    object.set("first_observed", first);
    object.set("last_observed", last);
    object.set("number_observed", Value::integer(1));
  }

  /// `alone`: no indicator has the comment.
  std::string add_observed(const AttributeView& attribute, const StixValue& value, bool alone) {
    const std::string time = time_of(attribute);
    Value object = bundle_.sdo("observed-data", attribute.uuid, time);
    set_observed(object, *attribute.json, time);
    Value refs = Value::array();
    for (const Value& observable : value.observables) refs.push_back(observable.text("id"));
    object.set("object_refs", std::move(refs));
    object.set("labels", labels_of(attribute));
    if (const std::string_view comment = attribute.json->text("comment"); alone && !comment.empty())
      object.set("x_misp_comment", comment);
    std::string id = text_of(object, "id");
    finish(std::move(object), attribute);
    const Tlp own = StixBuilder::strictest_tlp(*attribute.json);
    for (Value observable : value.observables) {
      bundle_.tag(observable, own ? only_tlp(*attribute.json) : Value::object(), {}, tlp_);
      bundle_.add(std::move(observable));
    }
    return id;
  }

  /// The TLP tags of something alone: observables have no labels.
  static Value only_tlp(const Value& tagged) {
    Value tag = Value::object();
    tag.set("name", *StixBuilder::strictest_tlp(tagged));
    Value out = Value::object();
    out.set("Tag", Value(Value::Array{std::move(tag)}));
    return out;
  }

  std::string add_indicator(const AttributeView& attribute, const StixValue& value) {
    const std::string time = time_of(attribute);
    Value object = bundle_.sdo("indicator", attribute.uuid, time);
    if (const std::string_view comment = attribute.json->text("comment"); !comment.empty())
      object.set("description", comment);
    object.set("pattern", value.pattern);
    object.set("pattern_type", value.pattern_type);
    if (value.pattern_type == "stix") object.set("pattern_version", "2.1");
    object.set("valid_from", plain_time(time));
    Value phase = Value::object();
    phase.set("kill_chain_name", "misp-category");
    phase.set("phase_name", attribute.category);
    if (!attribute.category.empty()) object.set("kill_chain_phases", Value(Value::Array{std::move(phase)}));
    object.set("labels", labels_of(attribute));
    std::string id = text_of(object, "id");
    finish(std::move(object), attribute);
    return id;
  }

  /// The strictest of what the object is made of: what came of it is one thing in STIX.
  Tlp tlp_of(const Value& object) const {
    Value tags = Value::array();
    if (tlp_) tags.push_back(Value::object()).set("name", *tlp_);
    for (const Value& attribute : object.elements("Attribute"))
      if (const Tlp one = StixBuilder::strictest_tlp(attribute); one && !attribute.flag("deleted"))
        tags.push_back(Value::object()).set("name", *one);
    Value all = Value::object();
    all.set("Tag", std::move(tags));
    return StixBuilder::strictest_tlp(all);
  }

  /// The tags of the object's attributes, each once.
  static Value tags_within(const Value& object) {
    Value out = Value::object();
    Value tags = Value::array();
    std::set<std::string, std::less<>> once;
    for (const Value& attribute : object.elements("Attribute"))
      if (!attribute.flag("deleted"))
        for (const Value& tag : attribute.elements("Tag"))
          if (once.emplace(tag.text("name")).second)
            tags.push_back(Value::object()).set("name", tag.text("name"));
    out.set("Tag", std::move(tags));
    return out;
  }

  /// The attributes as MISP has them, by which the object comes back as it was.
  static void keep_attributes(Value& object, const Value& json) {
    Value attributes = Value::array();
    for (const Value& attribute : json.elements("Attribute")) {
      if (attribute.flag("deleted")) continue;
      Value out = Value::object();
      for (const char* const name : {"type", "object_relation", "value", "category", "comment", "to_ids",
                                     "uuid", "data", "first_seen", "last_seen"})
        if (const Value* const value = attribute.find(name);
            value != nullptr && !value->is_null() && !(value->as_text() && value->as_text()->empty()))
          if (name != std::string_view("to_ids") || attribute.flag(name)) out.set(name, *value);
      if (attribute.text("timestamp") != json.text("timestamp") && attribute.number("timestamp"))
        out.set("timestamp", attribute.text("timestamp"));
      Value tags = Value::array();
      for (const Value& tag : attribute.elements("Tag"))
        tags.push_back(Value::object()).set("name", tag.text("name"));
      if (!tags.if_array()->empty()) out.set("Tag", std::move(tags));
      attributes.push_back(std::move(out));
    }
    object.set("x_misp_attributes", std::move(attributes));
    if (const std::string_view comment = json.text("comment"); !comment.empty())
      object.set("x_misp_comment", comment);
    object.set("x_misp_meta_category", text_of(json, "meta-category"));
    object.set("x_misp_name", text_of(json, "name"));
    for (const char* const name : {"description", "template_uuid", "template_version"})
      if (const std::string_view text = json.text(name); !text.empty())
        object.set("x_misp_" + std::string(name), text);
  }

  /// Tags, markings and galaxies of an object and of what came of it.
  void finish_object(Value object, const Value& json, const std::string& time) {
    std::set<std::string> tags;
    const std::string id = text_of(object, "id");
    const Tlp tlp = tlp_of(json);
    std::vector<std::string> clusters;
    for (const Value& attribute : json.elements("Attribute"))
      if (!attribute.flag("deleted"))
        for (std::string& cluster : add_galaxies(bundle_, attribute, time, tlp, tags))
          clusters.push_back(std::move(cluster));
    bundle_.tag(object, tags_within(json), tags, tlp);
    const bool indicates = text_of(object, "type") == "indicator";
    bundle_.add(std::move(object));
    for (const std::string& cluster : clusters)
      bundle_.relate(id, indicates ? "indicates" : "related-to", cluster, time);
  }

  void add_object(const Value& json) {
    const auto seconds = json.number("timestamp");
    const std::string time = seconds && *seconds != 0 ? stix_time(*seconds) : bundle_.event_time();
    const std::string uuid = text_of(json, "uuid");
    const std::optional<StixForm> form = stix_form(json);
    if (!form) ++report_.custom_objects;
    Value labels = Value::array();
    labels.push_back("misp:name=\"" + text_of(json, "name") + "\"");
    labels.push_back("misp:meta-category=\"" + text_of(json, "meta-category") + "\"");
    Value phase = Value::object();
    phase.set("kill_chain_name", "misp-category");
    phase.set("phase_name", json.text("meta-category"));
    const bool has_category = !json.text("meta-category").empty();

    Value object = bundle_.sdo(form ? form->type : "x-misp-object", uuid, time);
    object.set("labels", labels);
    if (form) {
      for (const Value::Member& member : *form->members.if_object()) object.set(member.name, member.value);
      if (form->type == "observed-data") {
        set_observed(object, json, time);
        Value refs = Value::array();
        for (const Value& one : form->observables) refs.push_back(one.text("id"));
        object.set("object_refs", std::move(refs));
      }
      if (form->type == "indicator") object.set("valid_from", plain_time(time));
      if (form->type == "location" && object.find("description") == nullptr && !json.text("comment").empty())
        object.set("description", json.text("comment"));
      if ((form->type == "indicator" || form->with_phase) && has_category)
        object.set("kill_chain_phases", Value(Value::Array{phase}));
    }
    keep_attributes(object, json);
    std::vector<std::string> ids{text_of(object, "id")};
    finish_object(std::move(object), json, time);
    if (form) {
      const Tlp tlp = tlp_of(json);
      for (Value part : form->observables) {
        std::string id = text_of(part, "id");
        bundle_.tag(part, Value::object(), {}, tlp);
        bundle_.add(std::move(part));
        // What refers to an attribute means the observable that stands for it.
        if (const std::size_t cut = id.find("--"); id.compare(cut + 2, std::string::npos, uuid) != 0)
          bundle_.by_uuid.emplace(id.substr(cut + 2), std::vector<std::string>{id});
      }
      if (!form->pattern.empty()) {
        Value indicator = bundle_.sdo("indicator", uuid, time);
        if (const std::string_view comment = json.text("comment"); !comment.empty())
          indicator.set("description", comment);
        indicator.set("pattern", form->pattern);
        indicator.set("pattern_type", "stix");
        indicator.set("pattern_version", "2.1");
        indicator.set("valid_from", plain_time(time));
        if (has_category) indicator.set("kill_chain_phases", Value(Value::Array{phase}));
        indicator.set("labels", std::move(labels));
        ids.push_back(text_of(indicator, "id"));
        finish_object(std::move(indicator), json, time);
        bundle_.relate(ids[1], "based-on", ids[0], time);
      }
    }
    for (const Value& attribute : json.elements("Attribute"))
      if (!attribute.flag("deleted")) add_sightings(attribute, ids, text_of(attribute, "uuid"));
    bundle_.by_uuid[uuid] = std::move(ids);
  }

  void add_references() {
    for (const Value& object : event_.json().elements("Object")) {
      const auto source = bundle_.by_uuid.find(object.text("uuid"));
      if (source == bundle_.by_uuid.end()) continue;
      for (const Value& reference : object.elements("ObjectReference")) {
        const auto target = bundle_.by_uuid.find(reference.text("referenced_uuid"));
        if (target == bundle_.by_uuid.end() || reference.flag("deleted")) continue;
        const auto seconds = reference.number("timestamp");
        bundle_.relate(source->second.front(), reference.text("relationship_type"), target->second.front(),
                       seconds ? stix_time(*seconds) : bundle_.event_time(), reference.text("uuid"));
      }
    }
  }

  /// Seen: a sighting. A false positive: an opinion.
  void add_sightings(const Value& json, const std::vector<std::string>& ids, const std::string& within = {}) {
    for (const Value& sighting : json.elements("Sighting")) {
      const auto type = sighting.number("type").value_or(0);
      const auto seconds = sighting.number("date_sighting");
      const std::string uuid = text_of(sighting, "uuid");
      if (type > 1 || uuid.empty() || ids.empty()) continue;
      const std::string time = seconds ? stix_time(*seconds) : bundle_.event_time();
      Value out = bundle_.sdo(type == 0 ? "sighting" : "opinion", uuid, time);
      if (type == 0) {
        Value observed = Value::array();
        for (const std::string& id : ids)
          if (id.starts_with("observed-data--") && ids.size() > 1) observed.push_back(id);
        out.set("sighting_of_ref", ids.back());
        if (!observed.if_array()->empty()) out.set("observed_data_refs", std::move(observed));
        if (const std::string_view source = sighting.text("source"); !source.empty())
          out.set("description", source);
      } else {
        out.set("explanation", "False positive Sighting");
        out.set("opinion", "strongly-disagree");
        Value refs = Value::array();
        for (const std::string& id : ids) refs.push_back(id);
        out.set("object_refs", std::move(refs));
      }
      // Of an attribute in an object, which has no object of STIX of its own.
      if (!within.empty()) out.set("x_misp_attribute_uuid", within);
      bundle_.tag(out, Value::object(), {}, tlp_);
      bundle_.add(std::move(out));
    }
  }

  void add_note(const Value& report) {
    const auto seconds = report.number("timestamp");
    Value note =
        bundle_.sdo("note", report.text("uuid"), seconds ? stix_time(*seconds) : bundle_.event_time());
    note.set("abstract", report.text("name"));
    note.set("content", report.text("content"));
    note.set("labels", Value(Value::Array{Value("misp:data-layer=\"Event Report\"")}));
    Value refs = Value::array();
    for (const std::string_view uuid : uuids_in(report.text("content")))
      if (const auto named = bundle_.by_uuid.find(uuid); named != bundle_.by_uuid.end())
        for (const std::string& id : named->second) refs.push_back(id);
    if (refs.if_array()->empty()) refs.push_back(report_id());
    note.set("object_refs", std::move(refs));
    bundle_.tag(note, report, {}, tlp_);
    bundle_.add(std::move(note));
  }

  bool is_report() const { return event_.json().flag("published") && event_.publish_timestamp() != 0; }
  std::string report_id() const {
    return (is_report() ? "report--" : "grouping--") + std::string(event_.uuid());
  }

  void add_report() {
    std::set<std::string> tags;
    const std::vector<std::string> clusters =
        add_galaxies(bundle_, event_.json(), bundle_.event_time(), tlp_, tags);
    Value object = bundle_.sdo(is_report() ? "report" : "grouping", event_.uuid(), bundle_.event_time());
    object.set("name", event_.info());
    if (is_report())
      object.set("published", plain_time(stix_time(event_.publish_timestamp())));
    else
      object.set("context", "suspicious-activity");
    Value::Array refs = bundle_.refs();
    std::set<std::string_view> listed;
    for (const Value& ref : bundle_.refs()) listed.insert(*ref.as_text());
    for (const std::string& cluster : clusters)
      if (listed.insert(cluster).second) refs.emplace_back(cluster);
    if (refs.empty()) refs.push_back(empty_note());
    object.set("object_refs", Value(std::move(refs)));
    Value labels = Value::array();
    labels.push_back("Threat-Report");
    labels.push_back("misp:tool=\"MISP-STIX-Converter\"");
    object.set("labels", std::move(labels));
    bundle_.tag(object, event_.json(), tags, tlp_);
    bundle_.add(std::move(object), false);
  }

  /// A report must refer to something.
  Value empty_note() {
    Value note = bundle_.sdo("note", event_.uuid(), bundle_.event_time());
    note.set("content", "This MISP Event is empty and contains no attribute, object, galaxy or tag.");
    note.set("object_refs", Value(Value::Array{Value(report_id())}));
    bundle_.tag(note, Value::object(), {}, tlp_);
    Value id = note.text("id");
    bundle_.add(std::move(note));
    return id;
  }

  const Event& event_;
  StixReport& report_;
  StixBuilder bundle_;
  Tlp tlp_;
};

}  // namespace

Value to_stix(const Event& event, StixReport* report) {
  StixReport unused;
  return EventConverter(event, report != nullptr ? *report : unused).convert();
}

}  // namespace parley::misp
