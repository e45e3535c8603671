#include "exchange/export_judge.hpp"

#include <algorithm>
#include <utility>

#include "exchange/object_facts.hpp"
#include "exchange/package.hpp"
#include "exchange/package_references.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

bool is_received(const std::vector<std::string>& labels) {
  return std::ranges::any_of(labels, is_received_label);
}

/// How many meanings of markings and answers about ids are remembered.
constexpr std::size_t max_meanings = 10'000;
constexpr std::size_t max_named = 100'000;

/// What was marked at import, and not in its own bytes, carries the marking when it leaves.
void add_marking(Json& json, intel::TlpLevel level) {
  Json refs = Json::array();
  if (const Json* old = json.find("object_marking_refs"); old != nullptr && old->is_array()) refs = *old;
  refs.push_back(intel::tlp_marking_id(level));
  json.set("object_marking_refs", std::move(refs));
}

std::string first_rule(const policy::Decision& decision) {
  return decision.fired.empty() ? "not-permitted" : decision.fired.front().rule;
}

}  // namespace

Result<std::unique_ptr<ExportJudge>> ExportJudge::make(Node& node, const ExportQuestion& question) {
  PARLEY_TRY(std::shared_ptr<const state::Reader> reader, node.store().snapshot());
  std::unique_ptr<ExportJudge> judge(new ExportJudge(node.policy(), std::move(reader)));
  if (question.peer.empty()) return judge;
  PARLEY_TRY(judge->question_,
             Gate(node).ask({policy::Act::export_, question.peer, question.agreement, question.purpose}));
  judge->scanner_.emplace(*judge->reader_, judge->policy_, judge->audience());
  return judge;
}

policy::Decision ExportJudge::act() const {
  if (question_) return policy_.decide(*question_);
  policy::Decision own;
  if (policy_.is_closed()) {
    own.fired.push_back({"policy-not-loaded", policy_.closed_because()});
  } else {
    own.outcome = policy::Outcome::permit;
    own.fired.push_back({"own-use", "a copy for the organisation itself"});
  }
  return own;
}

std::string ExportJudge::audience() const {
  return question_ && question_->audience ? question_->audience->origin : std::string();
}

std::optional<intel::Marking> ExportJudge::meaning(const std::string& id) {
  if (const auto known = meanings_.find(id); known != meanings_.end()) return known->second;
  if (meanings_.size() >= max_meanings) meanings_.clear();
  return meanings_.emplace(id, StoredDefinitions(*reader_).find(id)).first->second;
}

Result<ExportJudge::Verdict> ExportJudge::object(const state::StoredContent& content) {
  return question_ ? peer_object(content) : own_object(content.object);
}

Result<policy::Decision> ExportJudge::decide(const intel::StixObject& object, const Json& json,
                                             bool with_text, policy::Question& question) {
  question = *question_;
  PARLEY_TRY(question.object, object_facts(*reader_, policy_, object, json, audience()));
  for (const intel::Selector& selector : object.selectors) {
    PARLEY_TRY(const auto held, reader_->find_selector(selector));
    if (held) question.object->unpublished = question.object->unpublished || held->unpublished;
  }
  if (with_text) {
    PARLEY_TRY(question.object->text_hits, scanner_->scan(json, object.selectors));
  }
  if (object.defines) allow_definition(*question.object);
  return policy_.decide(question);
}

/// Of what is not held here nothing can be told but that its producer named it.
Result<bool> ExportJudge::may_name(const std::string& id) {
  if (const auto known = named_.find(id); known != named_.end()) return known->second;
  if (named_.size() >= max_named) named_.clear();
  PARLEY_TRY(const std::vector<state::StoredObject> versions, reader_->find_versions(id));
  bool may = true;
  if (!versions.empty()) {
    const Result<intel::StixObject> object = read_object(*reader_, versions.back().raw);
    const Result<Json> json = encoding::parse_json(versions.back().raw);
    may = is_one_object(versions) && object && json;
    if (may) {
      policy::Question question;
      PARLEY_TRY(const policy::Decision decision, decide(*object, *json, false, question));
      may = decision.outcome == policy::Outcome::permit;
    }
  }
  named_.emplace(id, may);
  return may;
}

Result<ExportJudge::Verdict> ExportJudge::peer_object(const state::StoredContent& content) {
  const std::string& raw = content.object.raw;
  PARLEY_TRY(const std::vector<state::StoredObject> versions, reader_->find_versions(content.object.id));
  // Of several contents of a version one counts.
  const std::vector<state::StoredObject> counting = own_first(versions);
  if (!is_one_object(versions) ||
      std::ranges::none_of(counting, [&](const state::StoredObject& one) { return one.raw == raw; }))
    return Verdict{std::nullopt, "colliding-id"};
  const Result<intel::StixObject> object = read_object(*reader_, raw);
  Result<Json> json = encoding::parse_json(raw);
  if (!object || !json || object->id != content.object.id) return Verdict{std::nullopt, "not-stix"};
  policy::Question question;
  const Result<policy::Decision> decision = decide(*object, *json, true, question);
  if (!decision) {
    if (decision.error().kind == ErrorKind::internal) return std::unexpected<Error>(decision.error());
    return Verdict{std::nullopt, "free-text"};  // more text than can be judged
  }
  if (decision->outcome != policy::Outcome::permit) return Verdict{std::nullopt, first_rule(*decision)};
  const std::optional<intel::PapLevel> pap = question.object->marking.pap;
  if (pap && *pap != intel::PapLevel::clear && object->marking.pap != pap)
    return Verdict{std::nullopt, "pap-ceiling"};
  bool changed = false;
  for (const std::string& property : decision->strip) changed = json->erase(property) || changed;
  const intel::Marking& marking = question.object->marking;
  if (!object->defines && marking.tlp && object->marking.tlp != marking.tlp) {
    add_marking(*json, *marking.tlp);
    changed = true;
  }
  Result<void> failed;
  const ReferenceCut cut = cut_references_of(*json, [&](std::string_view id) {
    if (!intel::is_stix_id(id) || intel::tlp_of_marking_id(id)) return true;
    const Result<bool> may = may_name(std::string(id));
    if (!may) failed = std::unexpected<Error>(may.error());
    return may && *may;
  });
  PARLEY_CHECK(failed);
  if (!cut.impossible.empty()) return Verdict{std::nullopt, "reference-cut"};
  if (!changed && cut.pointers.empty()) return Verdict{raw, {}};
  // The gate looks at the bytes that leave: they must say how they may be handled.
  std::string bytes = encoding::write_json(*json);
  const Result<intel::StixObject> leaves = read_object(*reader_, bytes);
  if (!leaves || leaves->id != object->id ||
      (!leaves->defines && (leaves->marking.unknown || leaves->marking.tlp != marking.tlp)))
    return Verdict{std::nullopt, "unknown-marking"};
  return Verdict{std::move(bytes), {}};
}

Result<ExportJudge::Verdict> ExportJudge::own_object(const state::StoredObject& held) {
  if (held.received || is_received(held.labels)) return Verdict{std::nullopt, "received"};
  Result<intel::StixObject> object = parser_.read(held.raw);
  if (!object) return Verdict{std::nullopt, "not-stix"};
  struct Known final : intel::MarkingLookup {
    explicit Known(ExportJudge& the_judge) : judge(the_judge) {}
    std::optional<intel::Marking> find(std::string_view id) const override {
      return judge.meaning(std::string(id));
    }
    ExportJudge& judge;
  };
  intel::resolve_marking(*object, Known(*this));
  if (object->defines || marking_code(object->marking) == held.marking) return Verdict{held.raw, {}};
  // It was marked when it was imported, or its definition is gone: the copy says what holds here.
  const intel::Marking effective = marking_of(held.marking);
  if (!effective.tlp || effective.unknown || object->marking.unknown)
    return Verdict{std::nullopt, "unknown-marking"};
  PARLEY_TRY(Json json, encoding::parse_json(held.raw));
  add_marking(json, *effective.tlp);
  return Verdict{encoding::write_json(json), {}};
}

/// For a peer: the rule that keeps a value here.
Result<std::optional<std::string>> ExportJudge::denial(const state::SelectorSummary& held) {
  const intel::Marking marking = marking_of(held);
  if (!marking.tlp || marking.unknown) return std::optional<std::string>("unknown-marking");
  const std::string raw = intel::make_sco(held.selector, marking.tlp);
  PARLEY_TRY(const intel::StixObject object, parser_.read(raw));
  PARLEY_TRY(const Json json, encoding::parse_json(raw));
  policy::Question question;
  PARLEY_TRY(const policy::Decision decision, decide(object, json, false, question));
  if (decision.outcome == policy::Outcome::permit) return std::optional<std::string>();
  return std::optional<std::string>(first_rule(decision));
}

Result<ExportJudge::Value> ExportJudge::value(const state::SelectorSummary& summary, bool look_at_objects) {
  Value out;
  const bool received = is_received(summary.labels);
  if (!look_at_objects && !(received && !question_)) {
    out.held = summary;
  } else {
    PARLEY_TRY(const std::vector<state::StoredHolding> holdings, reader_->find_holdings(summary.selector));
    bool is_bare = false;  // no STIX object says it
    bool is_first = true;
    state::SelectorSummary own = summary;
    for (const state::StoredHolding& holding : holdings) {
      if (!question_ && is_received(holding.labels)) continue;
      const bool bare = holding.object_id.empty() || holding.object_id.starts_with("x-misp-");
      is_bare = is_bare || bare;
      out.has_object = out.has_object || !bare;
      own.marking = is_first ? holding.marking : state::strictest(own.marking, holding.marking);
      own.pap = is_first ? holding.pap : state::strictest(own.pap, holding.pap);
      own.first_seen = is_first ? holding.first_seen : std::min(own.first_seen, holding.first_seen);
      own.last_seen = is_first ? holding.last_seen : std::max(own.last_seen, holding.last_seen);
      own.open_case = (!is_first && own.open_case) || holding.open_case;
      own.unpublished = (!is_first && own.unpublished) || holding.unpublished;
      is_first = false;
    }
    if (is_first) return Value{std::nullopt, "received", false};
    if (look_at_objects && !is_bare) return Value{std::nullopt, {}, true};
    out.held = question_ ? summary : own;
  }
  if (question_) {
    PARLEY_TRY(std::optional<std::string> rule, denial(*out.held));
    if (rule) return Value{std::nullopt, std::move(*rule), out.has_object};
  }
  return out;
}

}  // namespace parley::exchange
