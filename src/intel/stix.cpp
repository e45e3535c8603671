#include "intel/stix.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"
#include "intel/json_dom.hpp"
#include "intel/pattern.hpp"
#include "intel/stix_marking.hpp"
#include "intel/stix_observable.hpp"

namespace parley::intel {
namespace {

namespace dom = simdjson::dom;

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : hex_digit(text[i]) < 0) return false;
  }
  return true;
}

bool is_type_name(std::string_view text) {
  return !text.empty() && text.size() <= 250 &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
}

/// Notes the references of an object at any depth while its tree is checked.
class References final : public MemberVisitor {
 public:
  References(StixObject& object, std::size_t limit) : object_(object), limit_(limit) {}

  void member(std::string_view name, const dom::element& value) override {
    if (name.size() < 5) return;
    if (name.ends_with("_ref")) {
      if (name != "marking_ref") add(name, value);
    } else if (name.ends_with("_refs") && name != "object_marking_refs") {
      dom::array ids;
      if (value.get_array().get(ids) != simdjson::SUCCESS) return;
      for (const dom::element id : ids) add(name, id);
    }
  }

  bool too_many() const { return too_many_; }

 private:
  /// References that are no ids (keys of the object map in a STIX 2.0 observed-data) lead nowhere outside.
  void add(std::string_view name, const dom::element& value) {
    std::string_view id;
    if (!read_text(value, id) || !is_stix_id(id)) return;
    if (object_.refs.size() >= limit_) {
      too_many_ = true;
      return;
    }
    object_.refs.push_back({std::string(name), std::string(id)});
  }

  StixObject& object_;
  std::size_t limit_;
  bool too_many_ = false;
};

/// The members that the record needs, found in one pass over the object.
struct Fields {
  std::string_view type, id, spec_version, created, modified, created_by, pattern, pattern_type;
  std::string_view first_seen, last_seen, first_observed, last_observed, valid_from;
  bool has_pattern = false;
  dom::element observed;  // `objects` of a STIX 2.0 observed-data
  bool has_observed = false;
};

class ObjectReader {
 public:
  ObjectReader(const dom::object& tree, const StixLimits& limits, StixObject& out)
      : tree_(tree), limits_(limits), out_(out) {}

  Result<void> read() {
    scan();
    PARLEY_CHECK(identify());
    PARLEY_CHECK(date());
    References references(out_, limits_.max_references);
    PARLEY_CHECK(check_tree(tree_, limits_.max_depth, references));
    if (references.too_many())
      return fail(ErrorKind::bad_input,
                  "more than " + std::to_string(limits_.max_references) + " references");
    read_markings(tree_, out_);
    select();
    return {};
  }

 private:
  void text(std::string_view name, const dom::element& value, std::string_view& into) {
    if (!read_text(value, into)) warn(out_.warnings, std::string(name) + " is no string");
  }

  void scan() {
    for (const dom::key_value_pair member : tree_) {
      const std::string_view name = member.key;
      const dom::element& value = member.value;
      switch (name.empty() ? '\0' : name.front()) {
        case 't':
          if (name == "type") text(name, value, fields_.type);
          break;
        case 'i':
          if (name == "id") text(name, value, fields_.id);
          break;
        case 's':
          if (name == "spec_version") text(name, value, fields_.spec_version);
          break;
        case 'c':
          if (name == "created")
            text(name, value, fields_.created);
          else if (name == "created_by_ref")
            text(name, value, fields_.created_by);
          break;
        case 'm':
          if (name == "modified") text(name, value, fields_.modified);
          break;
        case 'r':
          if (name == "revoked" && value.get_bool().get(out_.revoked) != simdjson::SUCCESS)
            warn(out_.warnings, "revoked is neither true nor false");
          break;
        case 'p':
          if (name == "pattern") {
            fields_.has_pattern = true;
            text(name, value, fields_.pattern);
          } else if (name == "pattern_type") {
            text(name, value, fields_.pattern_type);
          }
          break;
        case 'l':
          if (name == "labels")
            labels(value);
          else if (name == "last_seen")
            text(name, value, fields_.last_seen);
          else if (name == "last_observed")
            text(name, value, fields_.last_observed);
          break;
        case 'f':
          if (name == "first_seen")
            text(name, value, fields_.first_seen);
          else if (name == "first_observed")
            text(name, value, fields_.first_observed);
          break;
        case 'v':
          if (name == "valid_from") text(name, value, fields_.valid_from);
          break;
        case 'o':
          if (name == "objects") {
            fields_.observed = value;
            fields_.has_observed = true;
          }
          break;
        default:
          break;
      }
    }
  }

  void labels(const dom::element& value) {
    dom::array list;
    if (value.get_array().get(list) != simdjson::SUCCESS) return warn(out_.warnings, "labels is no list");
    for (const dom::element element : list) {
      std::string_view label;
      if (read_text(element, label)) out_.labels.emplace_back(label);
    }
  }

  Result<void> identify() {
    if (!is_type_name(fields_.type))
      return fail(ErrorKind::bad_input, "no STIX object: it has no usable type", "/type");
    if (fields_.id.size() > limits_.max_id_bytes || !is_stix_id(fields_.id))
      return fail(ErrorKind::bad_input, "the id is missing or not of the form type--UUID", "/id");
    if (fields_.id.substr(0, fields_.id.size() - 38) != fields_.type)
      return fail(ErrorKind::bad_input, "the id is that of another type than " + std::string(fields_.type),
                  "/id");
    out_.id = fields_.id;
    out_.type = fields_.type;
    out_.spec_version = fields_.spec_version;
    out_.created_by = fields_.created_by;
    if (!fields_.spec_version.empty() && fields_.spec_version != "2.1" && fields_.spec_version != "2.0")
      warn(out_.warnings, "spec_version is not 2.1; read as if it were");
    return {};
  }

  Result<void> date() {
    const bool versioned = is_versioned_type(out_.type);
    const bool strict = out_.spec_version == "2.1" && versioned;
    if (strict && fields_.created.empty())
      return fail(ErrorKind::bad_input, "created is missing (STIX 2.1 requires it)", "/created");
    if (strict && fields_.modified.empty())
      return fail(ErrorKind::bad_input, "modified is missing (STIX 2.1 requires it)", "/modified");
    std::optional<Timestamp> created;
    std::optional<Timestamp> modified;
    PARLEY_CHECK(time("created", fields_.created, strict, created));
    PARLEY_CHECK(time("modified", fields_.modified, strict, modified));
    if (created && modified && *modified < *created) warn(out_.warnings, "modified is before created");
    out_.created = fields_.created;
    out_.modified = fields_.modified;
    if (versioned || (!is_observable_type(out_.type) && out_.type != "marking-definition"))
      out_.version = fields_.modified.empty() ? fields_.created : fields_.modified;
    for (const auto& [name, text] :
         {std::pair{"first_seen", fields_.first_seen}, std::pair{"first_observed", fields_.first_observed},
          std::pair{"valid_from", fields_.valid_from}})
      if (!out_.first_seen) PARLEY_CHECK(time(name, text, false, out_.first_seen));
    for (const auto& [name, text] :
         {std::pair{"last_seen", fields_.last_seen}, std::pair{"last_observed", fields_.last_observed}})
      if (!out_.last_seen) PARLEY_CHECK(time(name, text, false, out_.last_seen));
    return {};
  }

  Result<void> time(std::string_view name, std::string_view text, bool strict,
                    std::optional<Timestamp>& out) {
    if (text.empty()) return {};
    Result<Timestamp> read = parse_time(text);
    if (read) {
      out = *read;
      return {};
    }
    if (strict) return fail(ErrorKind::bad_input, "no time in the form of RFC 3339", "/" + std::string(name));
    warn(out_.warnings, std::string(name) + " is no time in the form of RFC 3339");
    return {};
  }

  void select() {
    SelectorCollector collector(out_.selectors, out_.warnings, limits_.max_selectors);
    if (out_.type == "indicator") {
      indicator(collector);
    } else if (out_.type == "vulnerability") {
      collect_vulnerability(tree_, collector);
    } else if (out_.type == "observed-data") {
      observed(collector);
    } else {
      collect_observable(out_.type, tree_, collector);
    }
    collector.finish();
  }

  void indicator(SelectorCollector& collector) {
    if (!fields_.pattern_type.empty() && fields_.pattern_type != "stix") {
      out_.pattern_not_atomic = true;
      return warn(out_.warnings, "patterns of the type " + std::string(fields_.pattern_type.substr(0, 80)) +
                                     " are kept, not read");
    }
    const PatternReading reading = read_pattern(fields_.pattern);
    if (reading.kind == PatternKind::atomic) {
      for (const PatternEquality& equality : reading.equalities)
        collector.add_path(equality.path, equality.value);
      return;
    }
    out_.pattern_not_atomic = true;
    if (reading.kind == PatternKind::syntax_error)
      warn(out_.warnings, fields_.has_pattern ? "the pattern is broken at byte " +
                                                    std::to_string(reading.offset) + ": " + reading.why
                                              : "an indicator without a pattern");
  }

  /// STIX 2.0 keeps the observables inside, as a map; 2.1 lets it pass as deprecated (section 4.14).
  void observed(SelectorCollector& collector) {
    dom::object objects;
    if (!fields_.has_observed || fields_.observed.get_object().get(objects) != simdjson::SUCCESS) return;
    for (const dom::key_value_pair entry : objects) {
      dom::object object;
      std::string_view type;
      if (entry.value.get_object().get(object) != simdjson::SUCCESS) continue;
      if (object.at_key("type").get_string().get(type) != simdjson::SUCCESS) continue;
      collect_observable(type, object, collector);
    }
  }

  const dom::object& tree_;
  const StixLimits& limits_;
  StixObject& out_;
  Fields fields_;
};

}  // namespace

struct StixReader::State {
  StixLimits limits;
  JsonDom json;
};

StixReader::StixReader(const StixLimits& limits) : state_(std::make_unique<State>()) {
  state_->limits = limits;
}
StixReader::~StixReader() = default;
StixReader::StixReader(StixReader&&) noexcept = default;
StixReader& StixReader::operator=(StixReader&&) noexcept = default;

Result<StixObject> StixReader::read(std::string_view raw) {
  PARLEY_TRY(const dom::object tree, state_->json.parse(raw, state_->limits));
  StixObject object;
  PARLEY_CHECK(ObjectReader(tree, state_->limits, object).read());
  object.raw = raw;
  return object;
}

Result<StixObject> read_stix_object(std::string_view raw) {
  return StixReader{}.read(raw);
}

bool is_stix_id(std::string_view id) {
  if (id.size() < 39) return false;
  const std::size_t split = id.size() - 38;
  return id.substr(split, 2) == "--" && is_uuid(id.substr(split + 2)) && is_type_name(id.substr(0, split));
}

}  // namespace parley::intel
