#include "exchange/export_misp.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "exchange/misp_organisation.hpp"
#include "exchange/misp_view.hpp"
#include "exchange/object_facts.hpp"
#include "intel/misp.hpp"
#include "intel/sco_id.hpp"
#include "misp/from_stix.hpp"
#include "misp/to_stix.hpp"
#include "state/search.hpp"

namespace parley::exchange {

namespace {

using misp::Value;

/// For UUIDs of events and attributes that an export makes (RFC 9562 section 5.5).
constexpr ByteArray<16> export_namespace = {0x2b, 0x91, 0xc6, 0x5e, 0x0d, 0x73, 0x5f, 0x48,
                                            0x9c, 0x14, 0xe7, 0x3a, 0x58, 0xb0, 0x42, 0x6f};

/// Contents that are read at once: each may be as large as the store takes.
constexpr std::size_t contents_at_once = 16;
constexpr std::size_t events_at_once = 16;
/// Attributes of an event that an export makes.
constexpr std::size_t attributes_per_event = 5'000;

void add_tag(Value& to, std::string name) {
  Value* tags = to.find("Tag");
  if (tags == nullptr || !tags->is_array()) tags = &to.set("Tag", Value::array());
  tags->push_back(Value::object()).set("name", std::move(name));
}

std::string tlp_tag(intel::TlpLevel level) {
  return "tlp:" + std::string(intel::tlp_name(level));
}

std::optional<intel::TlpLevel> tlp_in(const Value& tagged) {
  std::optional<intel::TlpLevel> out;
  for (const Value& tag : tagged.elements("Tag"))
    if (starts_with_ignoring_case(tag.text("name"), "tlp:"))
      if (const auto level = intel::parse_tlp(tag.text("name")); level && (!out || *level > *out))
        out = level;
  return out;
}

class MispExport final : public ExportContent {
 public:
  MispExport(std::unique_ptr<ExportJudge> judge, const ExportQuestion& question, std::string organisation,
             std::string organisation_uuid, Timestamp now)
      : judge_(std::move(judge)),
        types_(question.types),
        organisation_(std::move(organisation)),
        organisation_uuid_(std::move(organisation_uuid)),
        now_(now) {
    for (const intel::SelectorType type : intel::all_selector_types())
      if (types_.empty() || std::ranges::find(types_, intel::type_name(type)) != types_.end())
        selector_types_.push_back(type);
    if (judge_->question())
      view_ = std::make_unique<MispView>(judge_->shared_reader(), judge_->policy(), *judge_->question(),
                                         misp::Route::push, organisation_of_peer());
  }

  policy::Decision act() const override { return judge_->act(); }
  std::string policy_version() const override { return judge_->policy().version(); }
  std::string audience() const override { return judge_->audience(); }

  Result<bool> fill(std::string& out, std::size_t most, ExportReport& counts) override {
    if (!begun_) out += "{\"response\":[";
    begun_ = true;
    if (!events_ended_) {
      PARLEY_CHECK(some_events(out, counts));
      return false;
    }
    for (std::size_t done = 0; done < most && !objects_ended_; done += contents_at_once)
      PARLEY_CHECK(some_objects(counts));
    if (objects_ended_) PARLEY_CHECK(some_values(most, counts));
    const bool ended = objects_ended_ && values_ended_;
    if (made_.size() >= attributes_per_event || (ended && !made_.empty())) write_made(out, counts);
    if (!ended) return false;
    out += "\n]}\n";
    return true;
  }

 private:
  /// Nobody's when it cannot be read: then the peer is in no sharing group.
  std::string organisation_of_peer() const {
    if (!judge_->question()->audience) return {};
    auto found = misp_organisation(judge_->reader(), judge_->question()->audience->origin);
    return found ? std::move(*found) : std::string();
  }

  void append(std::string& out, std::string_view element) {
    out += is_first_ ? "\n" : ",\n";
    out += element;
    is_first_ = false;
  }

  /// Whether a value of this type was asked for.
  bool wants(const misp::AttributeView& attribute) const {
    if (types_.empty()) return true;
    std::vector<std::string> warnings;
    const auto selectors = intel::misp_selectors(attribute.type, attribute.value, warnings);
    return std::ranges::any_of(selectors, [&](const intel::Selector& one) {
      return std::ranges::find(selector_types_, one.type) != selector_types_.end();
    });
  }

  Result<void> some_events(std::string& out, ExportReport& counts) {
    PARLEY_TRY(const auto entries, judge_->reader().misp_events().list(place_, events_at_once));
    events_ended_ = entries.empty();
    for (const state::MispEventEntry& entry : entries) {
      place_ = {entry.timestamp, entry.uuid};
      PARLEY_TRY(const auto stored, judge_->reader().misp_events().find(entry.uuid));
      if (!stored) continue;
      if (view_)
        PARLEY_CHECK(peer_event(*stored, out, counts));
      else
        PARLEY_CHECK(own_event(*stored, out, counts));
    }
    return {};
  }

  Result<void> peer_event(const state::StoredMispEvent& stored, std::string& out, ExportReport& counts) {
    PARLEY_TRY(std::optional<MispEventOut> judged, view_->judge_event(stored));
    if (!judged) {
      ++counts.held_back["misp-event"];
      return {};
    }
    if (judged->withheld > 0) counts.held_back["misp-attribute"] += judged->withheld;
    return leave(std::move(judged->event), judged->withheld > 0, out, counts);
  }

  /// For the organisation itself: all of it, each part marked at least as strictly as it is held.
  Result<void> own_event(const state::StoredMispEvent& stored, std::string& out, ExportReport& counts) {
    if (stored.entry.received) {
      ++counts.held_back["received"];
      return {};
    }
    PARLEY_TRY(misp::Event event, misp::parse_event(stored.content));
    const std::optional<intel::TlpLevel> outer = tlp_in(event.json());
    std::size_t withheld = 0;
    std::vector<std::string> ids;
    gather_ids(event.json(), ids);
    PARLEY_TRY(const auto markings, judge_->reader().searching().find_markings(ids));
    auto next = markings.begin();
    mark_as_held(event.json(), outer, next, withheld);
    if (withheld > 0) counts.held_back["unknown-marking"] += withheld;
    return leave(std::move(event), withheld > 0, out, counts);
  }

  using Markings = std::vector<std::optional<state::MarkingCode>>;

  /// The ids of the attributes, in the order in which `mark_as_held` takes their markings.
  static void gather_ids(const Value& json, std::vector<std::string>& ids) {
    for (const Value& attribute : json.elements("Attribute")) {
      std::string& id = ids.emplace_back("x-misp-attribute--");
      append_lower(id, attribute.text("uuid"));
    }
    for (const Value& object : json.elements("Object")) gather_ids(object, ids);
  }

  static void mark_as_held(Value& json, std::optional<intel::TlpLevel> outer, Markings::const_iterator& next,
                           std::size_t& withheld) {
    if (Value* const list = json.find("Attribute"); list != nullptr && list->is_array()) {
      Value::Array kept;
      kept.reserve(list->if_array()->size());
      for (Value& attribute : *list->if_array()) {
        const std::optional<state::MarkingCode> held = *next++;
        const intel::Marking marking = held ? marking_of(*held) : intel::Marking();
        if (marking.unknown) {
          ++withheld;
          continue;
        }
        const auto own = tlp_in(attribute);
        const auto said = std::max(own, outer);
        if (marking.tlp && (!said || *marking.tlp > *said)) add_tag(attribute, tlp_tag(*marking.tlp));
        kept.push_back(std::move(attribute));
      }
      *list = Value(std::move(kept));
    }
    if (Value* const objects = json.find("Object"); objects != nullptr && objects->is_array())
      for (Value& object : *objects->if_array()) mark_as_held(object, outer, next, withheld);
  }

  Result<void> leave(misp::Event event, bool is_redacted, std::string& out, ExportReport& counts) {
    if (!types_.empty()) {
      is_redacted = keep_wanted(event) || is_redacted;
      if (event.attributes().empty()) return {};
    }
    if (is_redacted) add_tag(event.json(), "workflow:state=\"incomplete\"");
    counts.values += event.attributes().size();
    ++counts.objects;
    append(out, misp::write_event(event));
    return {};
  }

  /// Takes the attributes out that were not asked for; whether there were any.
  bool keep_wanted(misp::Event& event) const {
    std::vector<const Value*> unwanted;
    for (const misp::AttributeView& attribute : event.attributes())
      if (!wants(attribute)) unwanted.push_back(attribute.json);
    std::ranges::sort(unwanted);
    const auto sift = [&](Value& json) {
      Value* const list = json.find("Attribute");
      if (list == nullptr || !list->is_array()) return;
      Value::Array kept;
      for (Value& one : *list->if_array())
        if (!std::ranges::binary_search(unwanted, &one)) kept.push_back(std::move(one));
      *list = Value(std::move(kept));
    };
    sift(event.json());
    if (Value* const objects = event.json().find("Object"); objects != nullptr && objects->is_array())
      for (Value& object : *objects->if_array()) sift(object);
    return !unwanted.empty();
  }

  Result<void> some_objects(ExportReport& counts) {
    PARLEY_TRY(const std::vector<state::StoredContent> contents,
               judge_->reader().list_contents(after_, contents_at_once));
    objects_ended_ = contents.empty();
    for (const state::StoredContent& content : contents) {
      after_ = content.content;
      if (content.object.type.starts_with("x-misp-")) continue;
      PARLEY_TRY(const ExportJudge::Verdict verdict, judge_->object(content));
      if (!verdict.bytes) {
        ++counts.held_back[verdict.rule];
        continue;
      }
      const Result<Value> object = misp::parse_value(*verdict.bytes);
      if (!object) continue;
      for (Value& attribute : misp::attributes_of(*object)) {
        if (!types_.empty()) {
          misp::AttributeView asked;
          asked.type = attribute.text("type");
          asked.value = attribute.text("value");
          if (!wants(asked)) continue;
        }
        // As strict as the object is held: its markings may say it in words of their own.
        if (const auto level = marking_of(content.object.marking).tlp) add_tag(attribute, tlp_tag(*level));
        make(std::move(attribute));
      }
      ++counts.objects;
    }
    return {};
  }

  Result<void> some_values(std::size_t most, ExportReport& counts) {
    values_ended_ = true;
    if (selector_types_.empty()) return {};
    Result<void> failed;
    const auto visit = [&](const state::SelectorSummary& summary) {
      failed = one_value(summary, counts);
      return failed.has_value();
    };
    PARLEY_TRY(last_, judge_->reader().searching().for_each_listed(selector_types_, last_ ? &*last_ : nullptr,
                                                                   std::max<std::size_t>(most, 1), visit));
    values_ended_ = !last_;
    return failed;
  }

  /// A value of a list, unless an object says it as well.
  Result<void> one_value(const state::SelectorSummary& summary, ExportReport& counts) {
    PARLEY_TRY(const ExportJudge::Value value, judge_->value(summary, true));
    if (!value.held) {
      if (!value.rule.empty()) ++counts.held_back[value.rule];
      return {};
    }
    if (value.has_object) return {};
    const intel::Marking marking = marking_of(value.held->marking);
    if (marking.unknown) {
      ++counts.held_back["unknown-marking"];
      return {};
    }
    const misp::MispType type = misp::misp_type_of(summary.selector.type);
    Value attribute = Value::object();
    attribute.set("uuid", intel::make_uuid5(export_namespace,
                                            organisation_uuid_ + " " + selector_text(summary.selector)));
    attribute.set("type", type.type);
    attribute.set("category", type.category);
    attribute.set("value", summary.selector.value);
    attribute.set("to_ids", true);
    attribute.set("timestamp", std::to_string(std::max<std::int64_t>(value.held->last_seen.seconds(), 0)));
    attribute.set("comment", "");
    if (marking.tlp) add_tag(attribute, tlp_tag(*marking.tlp));
    make(std::move(attribute));
    return {};
  }

  void make(Value attribute) {
    attribute.set("distribution", "5");
    made_.push_back(std::move(attribute));
  }

  /// An event of the attributes so far. It goes no further than whoever gets the file says.
  void write_made(std::string& out, ExportReport& counts) {
    Value event = Value::object();
    const std::string part = std::to_string(++parts_);
    const std::string seconds = std::to_string(now_.seconds());
    event.set("uuid", intel::make_uuid5(export_namespace, organisation_uuid_ + " " + policy_version() + " " +
                                                              audience() + " " + seconds + " " + part));
    event.set("info", "Values of " + organisation_ + ", part " + part);
    event.set("date", format_time(now_).substr(0, 10));
    event.set("timestamp", seconds);
    event.set("threat_level_id", "4");
    event.set("analysis", "2");
    event.set("distribution", "0");
    event.set("published", false);
    Value author = Value::object();
    author.set("name", organisation_);
    author.set("uuid", organisation_uuid_);
    event.set("Orgc", std::move(author));
    counts.values += made_.size();
    // Two objects may say the same value under one UUID only when they are versions of one.
    std::ranges::sort(made_, {}, [](const Value& one) { return std::string(one.text("uuid")); });
    const auto repeats = std::ranges::unique(
        made_, [](const Value& a, const Value& b) { return a.text("uuid") == b.text("uuid"); });
    made_.erase(repeats.begin(), repeats.end());
    event.set("Attribute", Value(std::exchange(made_, {})));
    out += is_first_ ? "\n" : ",\n";
    out += "{\"Event\":";
    misp::append_value(out, event);
    out += '}';
    is_first_ = false;
  }

  std::unique_ptr<ExportJudge> judge_;
  std::vector<std::string> types_;
  std::string organisation_;
  std::string organisation_uuid_;
  Timestamp now_;
  std::vector<intel::SelectorType> selector_types_;
  std::unique_ptr<MispView> view_;  // for a peer
  bool begun_ = false, events_ended_ = false, objects_ended_ = false, values_ended_ = false, is_first_ = true;
  state::MispEventPlace place_;
  state::ContentKey after_;
  std::optional<intel::Selector> last_;
  Value::Array made_;
  std::size_t parts_ = 0;
};

}  // namespace

std::unique_ptr<ExportContent> make_misp_export(std::unique_ptr<ExportJudge> judge,
                                                const ExportQuestion& question, std::string organisation,
                                                std::string organisation_uuid, Timestamp now) {
  return std::make_unique<MispExport>(std::move(judge), question, std::move(organisation),
                                      std::move(organisation_uuid), now);
}

}  // namespace parley::exchange
