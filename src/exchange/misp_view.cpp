#include "exchange/misp_view.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/ascii.hpp"
#include "exchange/object_facts.hpp"
#include "exchange/taxii_book.hpp"
#include "misp/distribution.hpp"
#include "misp/feed.hpp"

namespace parley::exchange {

namespace {

using misp::lower;
using misp::Value;

/// Members of an event that are matters of this instance, or name people.
constexpr std::string_view private_members[] = {
    "RelatedEvent", "ShadowAttribute", "event_creator_email", "user_id", "Org", "Feed", "CryptographicKey"};

/// Without these a part is another one, or says less of how it may be handled: it stays as a whole.
bool can_go_without(const std::vector<std::string>& properties) {
  constexpr std::string_view needed[] = {"uuid",      "type",         "value", "Tag",
                                         "timestamp", "distribution", "Orgc",  "name"};
  return std::ranges::none_of(properties, [&](const std::string& property) {
    return std::ranges::find(needed, property) != std::end(needed);
  });
}

/// The event without what is judged part by part.
Value head_of(const misp::Event& event) {
  Value out = event.json();
  for (const std::string_view name : {"Attribute", "Object", "EventReport"}) out.erase(name);
  for (const std::string_view name : private_members) out.erase(name);
  return out;
}

Result<encoding::Json> as_json(const Value& value) {
  return encoding::parse_json(misp::write_value(value));
}

bool has_tlp(const Value& attribute) {
  return std::ranges::any_of(attribute.elements("Tag"), [](const Value& tag) {
    return starts_with_ignoring_case(tag.text("name"), "tlp:");
  });
}

void add_tag(Value& json, std::string name) {
  Value* tags = json.find("Tag");
  if (tags == nullptr || !tags->is_array()) tags = &json.set("Tag", Value::array());
  Value tag = Value::object();
  tag.set("name", std::move(name));
  tag.set("colour", "#ffffff");
  tag.set("exportable", true);
  tag.set("local", false);
  tags->push_back(std::move(tag));
}

std::string tlp_tag(intel::TlpLevel level) {
  return "tlp:" + lower(intel::tlp_name(level));
}

/// Names of clusters and what else they are called: an actor may be off limits by any of them.
void add_names(const Value& json, std::vector<std::string>& out) {
  for (const Value& galaxy : json.elements("Galaxy"))
    for (const Value& cluster : galaxy.elements("GalaxyCluster")) {
      out.emplace_back(cluster.text("value"));
      if (const Value* meta = cluster.find("meta"))
        for (const Value& synonym : meta->elements("synonyms"))
          if (const auto text = synonym.as_text()) out.emplace_back(*text);
    }
  // misp-galaxy:threat-actor="Some Actor"
  for (const Value& tag : json.elements("Tag")) {
    const std::string_view name = tag.text("name");
    const std::size_t quote = name.find('"');
    if (name.starts_with("misp-galaxy:") && quote != std::string_view::npos && name.ends_with('"') &&
        quote + 1 < name.size())
      out.emplace_back(name.substr(quote + 1, name.size() - quote - 2));
  }
  std::erase(out, "");
}

/// Who saw something is nobody else's business; that it was seen, and when, is.
void anonymise_sightings(Value& attribute) {
  Value* sightings = attribute.find("Sighting");
  if (sightings == nullptr || sightings->if_array() == nullptr) return;
  for (Value& sighting : *sightings->if_array())
    for (const std::string_view name : {"Organisation", "org_id", "source", "user_id"}) sighting.erase(name);
}

/// References to what does not go along.
void cut_references(Value& json, const std::set<std::string>& gone) {
  Value* objects = json.find("Object");
  if (gone.empty() || objects == nullptr || objects->if_array() == nullptr) return;
  for (Value& object : *objects->if_array()) {
    Value* references = object.find("ObjectReference");
    if (references == nullptr || references->if_array() == nullptr) continue;
    std::erase_if(*references->if_array(),
                  [&](const Value& one) { return gone.contains(lower(one.text("referenced_uuid"))); });
  }
}

}  // namespace

struct MispView::Frame {
  misp::Event event;
  intel::MispEvent said;  // the same as the attributes are read with
  std::string received_from;
  policy::ObjectFacts facts;  // of the event
  bool unpublished = false;
  std::size_t withheld = 0;
};

MispView::MispView(std::shared_ptr<const state::Reader> reader, policy::Policy policy, MispAudience audience,
                   Timestamp now, Timestamp recorded_until)
    : reader_(std::move(reader)),
      policy_(std::move(policy)),
      audience_(std::move(audience)),
      scanner_(*reader_, policy_, caller_origin(audience_.caller)) {
  question_.act = policy::Act::taxii;
  question_.now = now;
  question_.recorded_until = recorded_until;
  question_.audience = policy::Audience{audience_.caller, caller_origin(audience_.caller), {}, {}, false};
}

MispView::MispView(std::shared_ptr<const state::Reader> reader, policy::Policy policy,
                   policy::Question question, misp::Route route, std::string organisation)
    : reader_(std::move(reader)),
      policy_(std::move(policy)),
      audience_{.caller = {}, .organisation = std::move(organisation), .route = route},
      question_(std::move(question)),
      scanner_(*reader_, policy_, question_.audience ? question_.audience->origin : std::string()) {}

policy::Decision MispView::act() const {
  return policy_.decide(question_);
}

Result<policy::Decision> MispView::decide(policy::ObjectFacts facts) const {
  policy::Question question = question_;
  question.object = std::move(facts);
  return policy_.decide(question);
}

/// The level that an import gave the event's attributes because they carried none: it stands with an
/// attribute that says nothing of its own. What others say under the attribute's UUID is not about this
/// event.
Result<intel::Marking> MispView::marking_at_import(const misp::Event& event,
                                                   const state::MispEventEntry& entry) const {
  constexpr std::size_t looked_at = 100;
  std::size_t count = 0;
  for (const misp::AttributeView& one : event.attributes()) {
    if (has_tlp(*one.json)) continue;
    if (++count > looked_at) break;
    PARLEY_TRY(const std::vector<state::StoredObject> versions,
               reader_->find_versions("x-misp-attribute--" + lower(one.uuid)));
    for (auto stored = versions.rbegin(); stored != versions.rend(); ++stored)
      if (stored->received == entry.received && (!entry.received || stored->source == entry.source))
        return marking_of(stored->marking);
  }
  return intel::Marking();
}

/// An event that extends another one names it: only if the caller may know of that one, or nobody here does.
Result<bool> MispView::may_extend(std::string_view uuid) {
  PARLEY_TRY(const auto other, reader_->misp_events().find(uuid));
  if (!other) return true;
  if (depth_ > 0) return false;
  ++depth_;
  auto frame = judge_frame(*other);
  --depth_;
  PARLEY_TRY(const std::optional<Frame> known, std::move(frame));
  return known.has_value();
}

Result<std::optional<MispView::Frame>> MispView::judge_frame(const state::StoredMispEvent& stored) {
  PARLEY_TRY(misp::Event event, misp::parse_event(stored.content));
  Frame frame{std::move(event), {}, {}, {}, false, 0};
  const auto groups = misp::sharing_groups_of(frame.event, audience_.organisation);
  const auto is_member = [&](std::string_view group) { return groups.contains(group); };
  if (!misp::narrow(frame.event, audience_.route, is_member, frame.withheld)) return std::nullopt;

  const Value head = head_of(frame.event);
  PARLEY_TRY(frame.said, misp_.read_event(misp::write_value(head)));
  if (frame.said.marking.is_absent()) {
    PARLEY_TRY(const intel::Marking given, marking_at_import(frame.event, stored.entry));
    frame.said.marking = given;
  }
  if (stored.entry.received) {
    PARLEY_TRY(const auto source, reader_->find_source(stored.entry.source));
    if (source) frame.received_from = source->latest.name;
  }
  frame.unpublished = !stored.entry.published || frame.said.unpublished;

  policy::ObjectFacts facts;
  facts.type = "x-misp-event";
  facts.id = "x-misp-event--" + stored.entry.uuid;
  facts.marking = frame.said.marking;
  facts.labels = frame.said.tags;
  facts.open_case = open_case_name(policy_, facts.labels, false);
  facts.received_from = frame.received_from;
  facts.unpublished = frame.unpublished;
  if (!frame.said.creator.empty()) facts.refs.push_back(frame.said.creator);
  add_names(head, facts.names);
  const Result<encoding::Json> json = as_json(head);
  if (!json) return std::nullopt;
  const auto hits = scanner_.scan(*json, {});
  if (!hits) {
    if (hits.error().kind == ErrorKind::internal) return std::unexpected<Error>(hits.error());
    return std::nullopt;  // more text than can be judged
  }
  facts.text_hits = *hits;
  frame.facts = facts;
  PARLEY_TRY(const policy::Decision decision, decide(std::move(facts)));
  if (decision.outcome != policy::Outcome::permit || !can_go_without(decision.strip)) return std::nullopt;

  Value& out = frame.event.json();
  for (const std::string_view name : private_members) out.erase(name);
  for (const std::string& property : decision.strip) out.erase(property);
  const std::string extends(out.text("extends_uuid"));
  if (!extends.empty()) {
    PARLEY_TRY(const bool may, may_extend(extends));
    if (!may) out.set("extends_uuid", "");
  }
  // What was marked here, and not in its own words, says so.
  if (frame.said.marking.tlp && !has_tlp(out)) add_tag(out, tlp_tag(*frame.said.marking.tlp));
  return std::optional<Frame>(std::move(frame));
}

/// Whether it may go along; takes out of it what may not.
Result<bool> MispView::judge_attribute(const Frame& frame, Value& attribute) {
  const std::string raw = misp::write_value(attribute);
  Result<intel::StixObject> object = misp_.read_attribute(raw);
  if (!object) return false;  // it cannot be judged
  const intel::Marking own = object->marking;
  intel::join_event(*object, frame.said);
  const Result<encoding::Json> json = encoding::parse_json(raw);
  if (!json) return false;
  const std::string& origin = question_.audience->origin;
  PARLEY_TRY(policy::ObjectFacts facts, object_facts(*reader_, policy_, *object, *json, origin));
  facts.unpublished = frame.unpublished;
  for (const intel::Selector& selector : object->selectors) {
    PARLEY_TRY(const auto held, reader_->find_selector(selector));
    if (held) facts.unpublished = facts.unpublished || held->unpublished;
  }
  if (facts.received_from.empty()) facts.received_from = frame.received_from;
  add_names(attribute, facts.names);
  const auto hits = scanner_.scan(*json, object->selectors);
  if (!hits) {
    if (hits.error().kind == ErrorKind::internal) return std::unexpected<Error>(hits.error());
    return false;
  }
  facts.text_hits = *hits;
  const intel::Marking marking = facts.marking;
  PARLEY_TRY(const policy::Decision decision, decide(std::move(facts)));
  if (decision.outcome != policy::Outcome::permit || !can_go_without(decision.strip)) return false;
  if (marking.pap && *marking.pap != intel::PapLevel::clear && object->marking.pap != marking.pap)
    return false;
  for (const std::string& property : decision.strip) attribute.erase(property);
  if (marking.tlp && marking.tlp != frame.said.marking.tlp && own.tlp != marking.tlp)
    add_tag(attribute, tlp_tag(*marking.tlp));
  anonymise_sightings(attribute);
  return true;
}

/// A part that has texts and no value: it counts as what its event is. Takes out of it what may not go along.
Result<bool> MispView::judge_text(const Frame& frame, std::string_view type, Value& part) {
  policy::ObjectFacts facts = frame.facts;
  facts.type = type;
  facts.id = std::string(type) + "--" + lower(part.text("uuid"));
  const Result<encoding::Json> json = as_json(part);
  if (!json) return false;
  const auto hits = scanner_.scan(*json, {});
  if (!hits) {
    if (hits.error().kind == ErrorKind::internal) return std::unexpected<Error>(hits.error());
    return false;
  }
  facts.text_hits = *hits;
  PARLEY_TRY(const policy::Decision decision, decide(std::move(facts)));
  if (decision.outcome != policy::Outcome::permit || !can_go_without(decision.strip)) return false;
  for (const std::string& property : decision.strip) part.erase(property);
  return true;
}

Result<std::optional<MispEntryOut>> MispView::judge_entry(const state::StoredMispEvent& stored) {
  PARLEY_TRY(std::optional<Frame> frame, judge_frame(stored));
  if (!frame) return std::optional<MispEntryOut>();
  Value& json = frame->event.json();
  for (const std::string_view name : {"Attribute", "Object", "EventReport"}) json.erase(name);
  return std::optional<MispEntryOut>(MispEntryOut{std::move(frame->event)});
}

Result<std::optional<MispEventOut>> MispView::judge_event(const state::StoredMispEvent& stored) {
  PARLEY_TRY(std::optional<Frame> frame, judge_frame(stored));
  if (!frame) return std::optional<MispEventOut>();
  Value& json = frame->event.json();
  std::set<std::string> gone;
  std::size_t left = 0;
  // Keeps what may leave of a list of attributes.
  const auto sift = [&](Value* list) -> Result<void> {
    if (list == nullptr || list->if_array() == nullptr) return {};
    Value::Array kept;
    for (Value& one : *list->if_array()) {
      PARLEY_TRY(const bool may, judge_attribute(*frame, one));
      if (may) {
        if (!one.flag("deleted")) ++left;
        kept.push_back(std::move(one));
      } else {
        ++frame->withheld;
        gone.insert(lower(one.text("uuid")));
      }
    }
    *list = Value(std::move(kept));
    return {};
  };
  PARLEY_CHECK(sift(json.find("Attribute")));
  if (Value* objects = json.find("Object"); objects != nullptr && objects->if_array() != nullptr) {
    Value::Array kept;
    for (Value& object : *objects->if_array()) {
      const std::size_t before = left;
      const bool deleted = object.flag("deleted");
      Value shell = object;
      shell.erase("Attribute");
      PARLEY_TRY(bool may, judge_text(*frame, "x-misp-object", shell));
      if (may) {
        const bool had = !object.elements("Attribute").empty();
        if (Value* attributes = object.find("Attribute"); attributes != nullptr)
          shell.set("Attribute", std::move(*attributes));
        object = std::move(shell);
        PARLEY_CHECK(sift(object.find("Attribute")));
        if (deleted) left = before;
        may = !had || !object.elements("Attribute").empty();
      } else {
        frame->withheld += object.elements("Attribute").size();
      }
      if (may)
        kept.push_back(std::move(object));
      else
        gone.insert(lower(object.text("uuid")));
    }
    *objects = Value(std::move(kept));
  }
  if (Value* reports = json.find("EventReport"); reports != nullptr && reports->if_array() != nullptr) {
    Value::Array kept;
    for (Value& report : *reports->if_array()) {
      PARLEY_TRY(const bool may, judge_text(*frame, "x-misp-event-report", report));
      if (may) kept.push_back(std::move(report));
    }
    *reports = Value(std::move(kept));
  }
  cut_references(json, gone);
  // What a reader checks against what it got.
  json.set("attribute_count", std::to_string(left));
  return std::optional<MispEventOut>(MispEventOut{std::move(frame->event), frame->withheld});
}

Result<Cleared<MispEntryOut>> Gate::clear_misp_entry(MispView& view, const state::StoredMispEvent& stored) {
  const policy::Decision act = view.act();
  if (act.outcome != policy::Outcome::permit) return act.refusal();
  if (node_->policy().version() != view.policy().version())
    return fail(ErrorKind::conflict, "the rules changed; ask again");
  PARLEY_TRY(std::optional<MispEntryOut> out, view.judge_entry(stored));
  if (!out) return fail(ErrorKind::not_found, "there is no such event");
  return Cleared<MispEntryOut>(
      std::move(*out), {view.question().audience->origin, "", "", node_->policy().version(), act.rules()});
}

Result<Cleared<MispEventOut>> Gate::clear_misp_event(MispView& view, const state::StoredMispEvent& stored) {
  const policy::Decision act = view.act();
  if (act.outcome != policy::Outcome::permit) return act.refusal();
  if (node_->policy().version() != view.policy().version())
    return fail(ErrorKind::conflict, "the rules changed; ask again");
  PARLEY_TRY(std::optional<MispEventOut> out, view.judge_event(stored));
  if (!out) return fail(ErrorKind::not_found, "there is no such event");
  return Cleared<MispEventOut>(
      std::move(*out), {view.question().audience->origin, "", "", node_->policy().version(), act.rules()});
}

}  // namespace parley::exchange
