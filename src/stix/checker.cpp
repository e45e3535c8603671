#include "stix/checker.hpp"

#include <algorithm>
#include <bit>
#include <tuple>

#include "stix/names.hpp"

namespace parley::stix {
namespace {

using simdjson::SUCCESS;

/// STIX 2.1 section 11.1: names that later versions will use.
constexpr std::array<std::string_view, 4> reserved_names{"severity", "action", "username", "phone_numbers"};
/// STIX 2.0 section 1.3.6.
constexpr std::array<std::string_view, 10> reserved_names_20{"confidence",
                                                             "severity",
                                                             "action",
                                                             "usernames",
                                                             "phone_numbers",
                                                             "addresses",
                                                             "first_seen_precision",
                                                             "last_seen_precision",
                                                             "valid_from_precision",
                                                             "valid_until_precision"};

bool is_property_name_20(std::string_view name) {
  return name == "id" || (name.size() >= 3 && name.size() <= 250 && std::ranges::all_of(name, [](char c) {
                            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                          }));
}

}  // namespace

void Checker::report(Rule rule, std::string_view a, std::string_view b, std::string_view c,
                     std::uint16_t code) {
  if (stopped_) return;
  Finding finding{
      .rule = rule, .code = code, .base = base_, .id = id_, .path = path_, .a = a, .b = b, .c = c};
  if (code == 0) finding.code = rule_facts(rule).code;
  if (finding.severity() == Severity::error) {
    ++verdict_.errors;
  } else {
    ++verdict_.warnings;
    if (finding.code != 0) ++verdict_.coded_warnings;
  }
  stopped_ = !sink_->take(finding);
}

void Checker::unreadable(Rule rule, std::string_view why, const ObjectPlace& place, FindingSink& sink) {
  sink_ = &sink;
  base_ = place.pointer;
  report(rule, why);
}

void Checker::check(const Object& tree, std::string_view raw, const ObjectPlace& place, FindingSink& sink) {
  sink_ = &sink;
  base_ = place.pointer;
  raw_ = raw;
  verdict_.readable = true;
  start(tree, place);
  if (type_name_.empty()) return;
  if (type_name_ == "bundle") {
    if (place.in_bundle) report(Rule::nested_bundle);
    Frame frame;
    frame.lookup = type_;
    members(tree, frame, true);
    required(frame, type_->required());
    if (!place.objects_apart) bundle(tree, frame, place);
    return;
  }
  object_20_or_21(tree);
}

/// What must be known before the properties can be judged.
void Checker::start(const Object& tree, const ObjectPlace& place) {
  bool has_version = false;
  bool has_created = false;
  bool has_modified = false;
  bool has_type = false;
  std::string_view version;
  for (const simdjson::dom::key_value_pair member : tree) {
    const std::string_view name = member.key;
    if (name == "type") {
      has_type = member.value.get_string().get(type_name_) == SUCCESS;
    } else if (name == "id") {
      std::ignore = member.value.get_string().get(id_);
    } else if (name == "spec_version") {
      has_version = true;
      std::ignore = member.value.get_string().get(version);
    } else if (name == "created") {
      has_created = true;
      std::ignore = member.value.get_string().get(created_);
    } else if (name == "modified") {
      has_modified = true;
      if (member.value.get_string().get(modified_) == SUCCESS) verdict_.modified = modified_;
    } else if (name == "created_by_ref") {
      std::string_view text;
      if (member.value.get_string().get(text) == SUCCESS) verdict_.created_by = text;
    } else if (name == "extensions") {
      Object extensions_of;
      if (member.value.get_object().get(extensions_of) != SUCCESS) continue;
      for (const simdjson::dom::key_value_pair extension : extensions_of) {
        std::string_view kind;
        if (extension.value["extension_type"].get_string().get(kind) != SUCCESS) continue;
        toplevel_extension_ = toplevel_extension_ || kind == "toplevel-property-extension";
        property_extension_ = property_extension_ || kind == "property-extension";
        new_type_extension_ =
            new_type_extension_ || kind == "new-sdo" || kind == "new-sco" || kind == "new-sro";
      }
    }
  }
  verdict_.type = type_name_;
  verdict_.id = id_;
  if (!has_type || type_name_.empty()) {
    type_name_ = {};
    report(Rule::type_missing);
    return;
  }
  const bool lacks_version = place.in_bundle && !has_version && has_created;
  verdict_.version = place.bundle_version == Version::v20 || lacks_version ? Version::v20 : Version::v21;
  type_ = find_type(type_name_);
  if (is_20() && type_ != nullptr && !type_->model().in_20 && type_->model().category != Category::observable)
    type_ = nullptr;  // in STIX 2.0 it is a custom type
  custom_category_ = is_20() || has_created || has_modified ? Category::domain : Category::observable;
  if (lacks_version && place.bundle_version != Version::v20) report(Rule::read_as_20);
  if (!is_20() && version == "2.0" && type_name_ != "bundle") report(Rule::wrong_spec_version, version);
  if (type_ != nullptr) return;
  const Step step(*this, "type");
  if (type_name_ == "action" || (is_20() && (type_name_ == "incident" || type_name_ == "infrastructure")))
    report(Rule::type_reserved, type_name_);
  else if (!is_20() && !is_type_name(type_name_))
    report(Rule::type_form, type_name_);
}

void Checker::object_20_or_21(const Object& tree) {
  Frame frame;
  frame.lookup = type_ != nullptr ? type_ : is_observable() ? &custom_observable() : &custom_domain();
  members(tree, frame, true);
  std::uint64_t needed = is_20() ? frame.lookup->required_20() : frame.lookup->required();
  if (is_20() && is_observable())  // its key in `objects` is its id
    needed &= ~(std::uint64_t{1} << static_cast<unsigned>(frame.lookup->find("id")));
  required(frame, needed);
  relations(frame);
  if (!has_created_before_modified()) {
    const Step step(*this, "modified");
    report(Rule::time_order, "modified", "created", "not be before");
  }
  special(tree, frame);
  custom_use(tree, frame);
  advice(tree, frame);
  if (options_.interop && !is_20()) interop(frame);
}

/// Unless both are there and are times, there is nothing to say.
bool Checker::has_created_before_modified() const {
  const StixTime created = read_stix_time(created_);
  const StixTime modified = read_stix_time(modified_);
  return created.fault != StixTime::Fault::none || modified.fault != StixTime::Fault::none ||
         compare(modified, created) >= 0;
}

void Checker::members(const Object& tree, Frame& frame, bool top) {
  Names others;
  for (const simdjson::dom::key_value_pair member : tree) {
    if (stopped_) return;
    const std::string_view name = member.key;
    const int index = frame.lookup->find(name);
    if (index != Lookup::absent) {
      if (frame.has(index)) {
        report(Rule::duplicate_name, name);
        continue;
      }
      frame.values[static_cast<std::size_t>(index)] = member.value;
      frame.seen |= std::uint64_t{1} << static_cast<unsigned>(index);
      const Property& property = frame.lookup->property(index);
      const Step step(*this, name);
      if (is_20() && property.since_21) {
        unknown_property(name, member.value);
      } else {
        value(property, member.value, !top);
      }
      continue;
    }
    if (!others.add(name)) report(Rule::duplicate_name, name);
    const Step step(*this, name);
    if (top)
      unknown_property(name, member.value);
    else
      unknown_part_member(*frame.lookup, name, member.value);
    walk(member.value, 2);
  }
  if (const std::string_view twice = others.repeated(); !twice.empty()) report(Rule::duplicate_name, twice);
}

void Checker::required(const Frame& frame, std::uint64_t needed) {
  std::uint64_t missing = needed & ~frame.seen;
  const std::string_view owner = frame.lookup->model().name.empty() ? type_name_ : frame.lookup->model().name;
  while (missing != 0) {
    const int index = std::countr_zero(missing);
    missing &= missing - 1;
    report(Rule::required_property, frame.lookup->property(index).name, owner);
  }
}

void Checker::relations(const Frame& frame) {
  using enum Relation::Kind;
  for (const Lookup::BoundRelation& relation : frame.lookup->relations()) {
    const std::uint64_t present = frame.seen & relation.mask;
    const auto property = [&](std::size_t i) { return frame.lookup->property(relation.index[i]).name; };
    const auto names = [&]() -> std::string_view {
      scratch_.clear();
      for (std::size_t i = 0; i < relation.count; ++i) {
        if (i > 0) scratch_ += i + 1 == relation.count ? " and " : ", ";
        scratch_ += property(i);
      }
      return scratch_;
    };
    // What STIX 2.0 does not have cannot be asked for there.
    if (is_20() && type_name_ == "observed-data" && relation.kind == one_of) continue;
    // STIX 2.0 names other properties of a process, any of which is enough.
    if (is_20() && type_name_ == "process" && relation.kind == any_of) continue;
    switch (relation.kind) {
      case any_of:
        if (present == 0) report(Rule::one_needed, names(), frame.lookup->model().name);
        break;
      case one_of:
        if (present == 0) report(Rule::one_needed, names(), frame.lookup->model().name);
        if (std::popcount(present) > 1) report(Rule::not_together, names());
        break;
      case not_together:
        if (present == relation.mask) report(Rule::not_together, names());
        break;
      case needs:
        if (!frame.has(relation.index[0])) break;
        for (std::size_t i = 1; i < relation.count; ++i)
          if (!frame.has(relation.index[i])) report(Rule::needs_other, property(0), property(i));
        break;
      case not_before:
      case after: {
        if (present != relation.mask) break;
        const StixTime later = read_stix_time(frame.text(property(0)));
        const StixTime earlier = read_stix_time(frame.text(property(1)));
        if (later.fault != StixTime::Fault::none || earlier.fault != StixTime::Fault::none) break;
        const int order = compare(later, earlier);
        if (relation.kind == after ? order > 0 : order >= 0) break;
        const Step step(*this, property(0));
        report(Rule::time_order, property(0), property(1),
               relation.kind == after ? "be later than" : "not be before");
        break;
      }
    }
  }
}

/// Rules for names that the type does not define (STIX 2.1 section 11.1, 3.3).
void Checker::unknown_property(std::string_view name, const Element& value) {
  if (type_name_ == "marking-definition" || type_name_ == "bundle") return;
  if (is_20()) {
    if (std::ranges::find(reserved_names_20, name) != reserved_names_20.end() && !is_observable())
      return report(Rule::reserved_property, name);
    if (!is_property_name_20(name)) return report(Rule::property_name, name);
  } else {
    if (path_.size() == 1 && std::ranges::find(reserved_names, name) != reserved_names.end())
      return report(Rule::reserved_property, name);
    if (!is_property_name_lax(name)) return report(Rule::property_name, name);
    if (!is_property_name(name)) report(Rule::property_name_spec, name);
  }
  if (value.is_null()) return report(Rule::property_null, name);
  simdjson::dom::array list;
  if (value.get_array().get(list) == SUCCESS && list.begin() == list.end())
    return report(Rule::list_empty, name);
  if (name == "lang" && observed_ == nullptr && path_.size() == 1)
    return this->value({.name = "lang", .kind = Kind::language}, value, false);
  if (name == "created" || name == "modified") {  // on observables, which have neither
    std::string_view text;
    if (value.get_string().get(text) != SUCCESS)
      wrong_type(name, "a string", value);
    else if (read_stix_time(text).fault == StixTime::Fault::day)
      report(Rule::time_day, name, text);
  }
  if (is_20() || name.size() < 5) return;
  if (name.ends_with("_bin")) this->value({.name = name, .kind = Kind::base64}, value, false);
  if (name.ends_with("_hex")) this->value({.name = name, .kind = Kind::hex}, value, false);
}

/// Parts keep what others add, but for those that say what they hold to the last property.
void Checker::unknown_part_member(const Lookup& part, std::string_view name, const Element& value) {
  if (part.model().closed) return report(Rule::property_name, name);
  const std::string_view of = part.model().name;
  if (of.ends_with("-ext") && !is_20()) unknown_property(name, value);
  if (is_observable() && of != "external-reference" && of != "granular-marking")
    report(Rule::custom_property, name, of);
}

void Checker::part(const Element& value, Part kind, std::string_view name) {
  Object tree;
  if (value.get_object().get(tree) != SUCCESS) return wrong_type(name, "an object", value);
  Frame frame;
  frame.lookup = &find_part(kind);
  members(tree, frame, false);
  required(frame, frame.lookup->required());
  relations(frame);
  if (kind == Part::external_reference) external_reference(frame);
  if (kind == Part::granular_marking) granular_marking(value, frame);
  if (frame.lookup->model().closed && frame.seen == 0) report(Rule::dictionary_empty, name);
}

void Checker::bundle(const Object& tree, const Frame& frame, const ObjectPlace& place) {
  std::string_view version;
  std::ignore = tree["spec_version"].get_string().get(version);
  const Element* objects = frame.find("objects");
  if (objects == nullptr) return;
  const Step step(*this, "objects");
  simdjson::dom::array list;
  if (objects->get_array().get(list) != SUCCESS) return report(Rule::bundle_objects);
  std::size_t index = 0;
  for (const Element element : list) {
    if (stopped_) return;
    const std::string pointer = std::string(place.pointer) + "/objects/" + std::to_string(index++);
    ObjectPlace inner{.pointer = pointer, .in_bundle = true};
    if (version == "2.0") inner.bundle_version = Version::v20;
    ObjectVerdict verdict;
    CheckerMemory memory;
    Checker child(options_, verdict, memory);
    Object object;
    if (element.get_object().get(object) != SUCCESS)
      child.unreadable(Rule::not_object, "another value", inner, *sink_);
    else
      child.check(object, {}, inner, *sink_);
    verdict_.errors += verdict.errors;
    verdict_.warnings += verdict.warnings;
    verdict_.coded_warnings += verdict.coded_warnings;
    stopped_ = child.stopped_;
  }
  if (index == 0) report(Rule::bundle_objects);
}

/// Values that no table describes: only their depth and their names can be wrong.
void Checker::walk(const Element& value, std::size_t depth) {
  if (stopped_) return;
  Object object;
  simdjson::dom::array list;
  if (value.get_object().get(object) == SUCCESS) {
    if (depth > options_.limits.max_depth) return report(Rule::too_deep);
    Names names;
    for (const simdjson::dom::key_value_pair member : object) {
      if (!names.add(member.key)) report(Rule::duplicate_name, member.key);
      if (member.value.is_object() || member.value.is_array()) {
        const Step step(*this, member.key);
        walk(member.value, depth + 1);
      }
    }
    if (const std::string_view twice = names.repeated(); !twice.empty()) report(Rule::duplicate_name, twice);
  } else if (value.get_array().get(list) == SUCCESS) {
    if (depth > options_.limits.max_depth) return report(Rule::too_deep);
    std::size_t index = 0;
    for (const Element element : list) {
      if (element.is_object() || element.is_array()) {
        const Step step(*this, index);
        walk(element, depth + 1);
      }
      ++index;
    }
  }
}

}  // namespace parley::stix
