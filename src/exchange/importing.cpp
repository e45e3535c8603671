#include "exchange/importing.hpp"

#include <algorithm>
#include <set>

#include "exchange/object_facts.hpp"
#include "exchange/taxii_rules.hpp"
#include "policy/policy.hpp"
#include "state/content.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;
using intel::Selector;

// What one transaction holds at most; both bound memory and the work that a crash can lose.
constexpr std::size_t batch_objects = 16'384;
constexpr std::size_t batch_raw_bytes = 16U << 20;
constexpr std::size_t batch_selectors = 100'000;

/// Marking definitions from earlier imports. Each look-up sees what is committed at that moment. An id that is
/// not there is asked for once per commit: every object of a file may name one whose definition comes last,
/// and a snapshot costs a connection.
class StoredMarkings final : public intel::MarkingLookup {
 public:
  StoredMarkings(state::Store& store, std::string origin) : store_(store), origin_(std::move(origin)) {}

  std::optional<intel::Marking> find(std::string_view marking_id) const override {
    if (changes_ != store_.changes() || absent_.size() >= max_absent) absent_.clear();
    changes_ = store_.changes();
    const auto known = cache_.find(marking_id);
    if (known != cache_.end()) return known->second;
    if (absent_.contains(marking_id)) return std::nullopt;
    auto reader = store_.snapshot();
    if (!reader) return std::nullopt;
    std::optional<intel::Marking> found = StoredDefinitions(**reader, origin_).find(marking_id);
    if (found)
      cache_.emplace(marking_id, *found);
    else
      absent_.emplace(marking_id);
    return found;
  }

 private:
  state::Store& store_;
  std::string origin_;
  static constexpr std::size_t max_absent = 10'000;
  mutable std::map<std::string, intel::Marking, std::less<>> cache_;
  mutable std::set<std::string, std::less<>> absent_;
  mutable std::uint64_t changes_ = 0;
};

/// Whether this very content is our own: a peer that sends it back must not make it look like the peer's, or
/// we could not pass it on any more. Another version or content under the id stays the peer's.
Result<bool> is_ours(const state::Reader& reader, const state::NewObject& object) {
  PARLEY_TRY(const std::vector<state::StoredObject> versions, reader.find_versions(object.id));
  return std::any_of(versions.begin(), versions.end(), [&](const state::StoredObject& version) {
    return version.version == object.version &&
           std::none_of(version.labels.begin(), version.labels.end(), is_received_label) &&
           state::same_content(version.raw, object.raw);
  });
}

}  // namespace

Json ImportReport::to_json() const {
  Json by_type = Json::object();
  for (const auto& [type, count] : selectors) by_type.set(type, count);
  Json list = Json::array();
  for (const ImportReject& reject : rejects)
    list.push_back(Json::object({{"where", reject.where}, {"why", reject.why}}));
  return Json::object({{"files", files},
                       {"found", found},
                       {"imported", imported},
                       {"unchanged", unchanged},
                       {"held_back", Json::object({{"warninglist", held_back_warninglist},
                                                   {"off_limits", held_back_off_limits}})},
                       {"rejected", rejected},
                       {"rejects", std::move(list)},
                       {"selectors", std::move(by_type)},
                       {"patterns_not_atomic", patterns_not_atomic},
                       {"without_marking", without_marking},
                       {"unpublished", unpublished}});
}

struct Import::State final : public intel::ItemSink {
  State(Node& the_node, ImportOptions the_options, const intel::WarninglistSet& lists, RejectSink sink)
      : node(the_node),
        options(std::move(the_options)),
        warninglists(lists),
        on_reject(std::move(sink)),
        markings(the_node.store(), options.received_from) {}

  Result<void> take(intel::ImportItem&& item) override;
  /// The label that the policy's [open_cases] knows a case by.
  std::string case_label() const { return "open-case:" + options.open_case; }
  void reject(const std::string& where, std::string why);
  void hold_back(const std::string& where, std::string why, bool warninglist);
  std::optional<std::string> off_limits(const policy::ObjectFacts& facts) const;
  std::optional<std::string> off_limits(intel::StixObject& object) const;
  std::optional<std::string> off_limits(const Selector& selector) const;
  Result<void> take_selector(intel::ImportItem& item, intel::BareSelector& bare);
  Result<void> take_object(intel::ImportItem& item, intel::StixObject& object);
  Result<void> flush(state::Durability durability);
  Result<void> write_objects(state::Transaction& transaction);
  Result<void> write_selectors(state::Transaction& transaction);
  Result<void> tell_objects(state::Transaction& transaction, const std::vector<state::NewObject>& batch,
                            const std::vector<state::Outcome>& stored);

  /// An object that waits for its transaction.
  struct WaitingObject {
    std::string where;
    state::NewObject object;
    std::vector<std::string> labels;
    std::vector<Selector> selectors;  // those that no warninglist holds back
    Timestamp first_seen, last_seen;
    std::optional<intel::PapLevel> pap;
    bool unpublished = false;
    bool counted = true;
    bool held_back = false;  // counted already
    bool spec20 = false;
    std::optional<Timestamp> created;
  };
  /// Values without objects that have everything but the selector in common.
  struct Group {
    state::MarkingCode marking;
    std::optional<intel::PapLevel> pap;
    std::int64_t first_seen, last_seen;
    auto operator<=>(const Group&) const = default;
  };

  Node& node;
  ImportOptions options;
  const intel::WarninglistSet& warninglists;
  RejectSink on_reject;
  StoredMarkings markings;
  ImportReport report;

  std::string file_name;
  std::unique_ptr<intel::ItemReader> reader;
  state::SourceId source;
  state::Source source_record;
  std::vector<WaitingObject> objects;
  std::size_t raw_bytes = 0;
  std::map<Group, std::vector<Selector>> selectors;
  std::size_t waiting_selectors = 0;
  std::optional<CollectionRules> rules;  // of TAXII collections that this source may join
  std::uint64_t rules_of = 0;
};

void Import::State::reject(const std::string& where, std::string why) {
  ++report.rejected;
  ImportReject one{file_name.empty() ? where : file_name + " " + where, std::move(why), {}};
  if (on_reject) on_reject(one);
  if (report.rejects.size() < ImportReport::inline_rejects) report.rejects.push_back(std::move(one));
}

void Import::State::hold_back(const std::string& where, std::string why, bool warninglist) {
  ++(warninglist ? report.held_back_warninglist : report.held_back_off_limits);
  if (on_reject)
    on_reject({file_name + " " + where, std::move(why), warninglist ? "warninglist" : "off_limits"});
}

std::optional<std::string> Import::State::off_limits(const policy::ObjectFacts& facts) const {
  const std::vector<policy::Fired> fired = node.policy().off_limits(facts);
  if (fired.empty()) return std::nullopt;
  return "rule " + fired.front().rule + ": " + fired.front().why;
}

/// The object lends its texts and is the same afterwards.
std::optional<std::string> Import::State::off_limits(intel::StixObject& object) const {
  policy::ObjectFacts facts;
  facts.type.swap(object.type);
  facts.id.swap(object.id);
  facts.labels.swap(object.labels);
  if (node.policy().has_off_limits_values())
    for (const Selector& selector : object.selectors) facts.selectors.push_back(selector_text(selector));
  // Who is named in it counts too: without this the values of an off-limits actor would enter matches.
  if (node.policy().has_off_limits_actors()) {
    for (const intel::StixReference& reference : object.refs) facts.refs.push_back(reference.id);
    if (const Result<Json> json = encoding::parse_json(object.raw)) facts.names = names_in(*json);
  }
  std::optional<std::string> rule = off_limits(facts);
  facts.type.swap(object.type);
  facts.id.swap(object.id);
  facts.labels.swap(object.labels);
  return rule;
}

std::optional<std::string> Import::State::off_limits(const Selector& selector) const {
  policy::ObjectFacts facts;
  facts.type = intel::type_name(selector.type);
  facts.labels = options.labels;
  if (node.policy().has_off_limits_values()) facts.selectors.push_back(selector_text(selector));
  return off_limits(facts);
}

Result<void> Import::State::take(intel::ImportItem&& item) {
  if (item.counted) ++report.found;
  if (auto* rejected = std::get_if<intel::Reject>(&item.content)) {
    reject(item.where, std::move(rejected->why));
    return {};
  }
  if (auto* bare = std::get_if<intel::BareSelector>(&item.content)) return take_selector(item, *bare);
  return take_object(item, std::get<intel::StixObject>(item.content));
}

Result<void> Import::State::take_selector(intel::ImportItem& item, intel::BareSelector& bare) {
  if (auto list = warninglists.hit(bare.selector)) {
    hold_back(item.where, "warninglist \"" + *list + "\" knows " + bare.selector.value, true);
    return {};
  }
  if (auto rule = off_limits(bare.selector)) {
    hold_back(item.where, *rule, false);
    return {};
  }
  intel::Marking marking = bare.marking;
  if (marking.is_absent()) marking.tlp = options.tlp;
  if (!marking.tlp || marking.unknown) ++report.without_marking;
  if (options.unpublished) ++report.unpublished;
  ++report.selectors[std::string(intel::type_name(bare.selector.type))];
  const Timestamp first = item.first_seen.value_or(Timestamp());
  const Group group{marking_code(marking), marking.pap, first.microseconds(),
                    item.last_seen.value_or(first).microseconds()};
  selectors[group].push_back(std::move(bare.selector));
  if (++waiting_selectors >= batch_selectors) return flush(state::Durability::buffered);
  return {};
}

Result<void> Import::State::take_object(intel::ImportItem& item, intel::StixObject& object) {
  if (options.refuse)
    if (std::optional<std::string> why = options.refuse(item.where, object)) {
      reject(item.where, std::move(*why));
      return {};
    }
  if (object.marking.is_absent()) object.marking.tlp = options.tlp;
  if (item.counted && (!object.marking.tlp || object.marking.unknown)) ++report.without_marking;
  if (object.pattern_not_atomic) ++report.patterns_not_atomic;

  WaitingObject waiting;
  waiting.counted = item.counted;
  std::optional<std::string> rule = off_limits(object);
  std::string list_that_hit;
  std::erase_if(object.selectors, [&](const Selector& selector) {
    const auto list = warninglists.hit(selector);
    if (list) list_that_hit = "warninglist \"" + *list + "\" knows " + selector.value;
    return list.has_value();
  });
  waiting.selectors = std::move(object.selectors);
  if (rule) {
    if (item.counted) hold_back(item.where, *rule, false);
    waiting.held_back = true;
  } else if (!list_that_hit.empty() && waiting.selectors.empty()) {
    if (item.counted) hold_back(item.where, list_that_hit, true);
    waiting.held_back = true;
  }
  if (waiting.held_back) waiting.selectors.clear();

  const auto time_of = [](const std::string& text) {
    auto time = parse_time(text);
    return time ? *time : Timestamp();
  };
  waiting.spec20 = is_stix20(object);
  if (const auto created = parse_time(object.created)) waiting.created = *created;
  waiting.where = std::move(item.where);
  waiting.first_seen = item.first_seen ? *item.first_seen : time_of(object.created);
  waiting.last_seen =
      item.last_seen ? *item.last_seen : std::max(waiting.first_seen, time_of(object.modified));
  waiting.labels = std::move(object.labels);
  if (!options.open_case.empty()) waiting.labels.push_back(case_label());
  if (!options.received_from.empty()) waiting.labels.push_back(received_label(options.received_from));
  raw_bytes += object.raw.size();
  waiting.object.id = std::move(object.id);
  waiting.object.type = std::move(object.type);
  waiting.object.version = std::move(object.version);
  waiting.object.created_by = std::move(object.created_by);
  waiting.object.marking = marking_code(object.marking);
  waiting.pap = object.marking.pap;
  waiting.unpublished = options.unpublished || (object.unpublished && !options.published);
  if (item.counted && waiting.unpublished) ++report.unpublished;
  waiting.object.raw = std::move(object.raw);
  waiting.object.references.reserve(object.refs.size());
  for (intel::StixReference& reference : object.refs)
    waiting.object.references.push_back({std::move(reference.property), std::move(reference.id)});
  objects.push_back(std::move(waiting));
  if (objects.size() >= batch_objects || raw_bytes >= batch_raw_bytes)
    return flush(state::Durability::buffered);
  return {};
}

Result<void> Import::State::write_objects(state::Transaction& transaction) {
  std::vector<state::NewObject> batch;
  batch.reserve(objects.size());
  std::vector<state::LabelSetId> labels;  // of the holdings
  labels.reserve(objects.size());
  const std::vector<std::string>* before = nullptr;  // most objects have the labels of the one before
  for (WaitingObject& waiting : objects) {
    if (before != nullptr && *before == waiting.labels) {
      waiting.object.labels = labels.back();
    } else {
      PARLEY_TRY(waiting.object.labels, transaction.add_labels(waiting.labels));
    }
    labels.push_back(waiting.object.labels);
    before = options.received_from.empty() ? &waiting.labels : nullptr;  // below they may change
    if (!options.received_from.empty()) {
      PARLEY_TRY(const bool ours, is_ours(transaction, waiting.object));
      waiting.object.received = !ours;
      if (ours) {
        std::erase_if(waiting.labels, is_received_label);
        PARLEY_TRY(waiting.object.labels, transaction.add_labels(waiting.labels));
      }
    }
    waiting.object.source = source;
    batch.push_back(std::move(waiting.object));
  }
  PARLEY_TRY(std::vector<state::Outcome> stored, transaction.put_objects(batch));
  PARLEY_CHECK(tell_objects(transaction, batch, stored));
  std::vector<state::NewHolding> holdings;
  std::vector<std::size_t> owner;  // of each holding, the place in `objects`
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (stored[i].kind == state::Outcome::Kind::rejected) continue;
    for (Selector& selector : objects[i].selectors) {
      holdings.push_back({std::move(selector), stored[i].object, source, batch[i].marking, labels[i],
                          objects[i].first_seen, objects[i].last_seen, !options.open_case.empty(),
                          objects[i].unpublished, objects[i].pap});
      owner.push_back(i);
    }
  }
  PARLEY_TRY(std::vector<state::Outcome> held, transaction.put_holdings(holdings));
  std::vector<bool> changed(objects.size(), false);
  for (std::size_t h = 0; h < held.size(); ++h) {
    if (held[h].kind == state::Outcome::Kind::rejected)
      return fail(ErrorKind::internal, "the store refused a holding: " + held[h].why);
    if (held[h].kind == state::Outcome::Kind::imported) changed[owner[h]] = true;
    ++report.selectors[std::string(intel::type_name(holdings[h].selector.type))];
  }
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (!objects[i].counted || objects[i].held_back) continue;
    if (stored[i].kind == state::Outcome::Kind::rejected)
      reject(objects[i].where, stored[i].why);
    else if (stored[i].kind == state::Outcome::Kind::imported || changed[i])
      ++report.imported;
    else
      ++report.unchanged;
  }
  objects.clear();
  raw_bytes = 0;
  return {};
}

Result<void> Import::State::tell_objects(state::Transaction& transaction,
                                         const std::vector<state::NewObject>& batch,
                                         const std::vector<state::Outcome>& stored) {
  // Also a rule that is made while a long import runs: what was stored before is found by its own walk.
  if (!rules || rules_of != node.definitions()) {
    PARLEY_TRY(rules, CollectionRules::load(transaction));
    rules_of = node.definitions();
  }
  if (rules->empty() && !options.on_objects) return {};
  std::vector<ImportedObject> told;
  told.reserve(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i)
    told.push_back(
        {objects[i].where, &batch[i], &stored[i], &objects[i].labels, objects[i].spec20, objects[i].created});
  PARLEY_CHECK(rules->join(transaction, source_record, told, node.clock().now()));
  return options.on_objects ? options.on_objects(transaction, source_record, told) : Result<void>{};
}

Result<void> Import::State::write_selectors(state::Transaction& transaction) {
  std::vector<std::string> names = options.labels;
  if (!options.open_case.empty()) names.push_back(case_label());
  if (!options.received_from.empty()) names.push_back(received_label(options.received_from));
  PARLEY_TRY(state::LabelSetId labels, transaction.add_labels(names));
  for (auto& [group, values] : selectors) {
    std::sort(values.begin(), values.end());
    const auto repeats = std::unique(values.begin(), values.end());
    report.unchanged += static_cast<std::uint64_t>(values.end() - repeats);
    values.erase(repeats, values.end());
    const state::HoldingBatch batch{source,
                                    group.marking,
                                    labels,
                                    Timestamp::from_microseconds(group.first_seen),
                                    Timestamp::from_microseconds(group.last_seen),
                                    !options.open_case.empty(),
                                    options.unpublished,
                                    group.pap};
    PARLEY_TRY(state::LoadCounts counts, transaction.load_holdings(batch, values));
    report.imported += counts.imported;
    report.unchanged += counts.unchanged;
  }
  selectors.clear();
  waiting_selectors = 0;
  return {};
}

Result<void> Import::State::flush(state::Durability durability) {
  return state::write(node.store(), durability, [&](state::Transaction& transaction) -> Result<void> {
    if (source == state::SourceId()) {
      PARLEY_TRY(source, transaction.add_source(source_record));
    }
    if (!objects.empty()) PARLEY_CHECK(write_objects(transaction));
    if (!selectors.empty()) PARLEY_CHECK(write_selectors(transaction));
    return {};
  });
}

Import::Import(Node& node, ImportOptions options, const intel::WarninglistSet& warninglists,
               RejectSink on_reject)
    : state_(std::make_unique<State>(node, std::move(options), warninglists, std::move(on_reject))) {}
Import::~Import() = default;
Import::Import(Import&&) noexcept = default;

Result<void> Import::begin_file(const std::string& name, const std::string& path) {
  State& s = *state_;
  s.file_name = name;
  s.source = state::SourceId();
  s.source_record = {name, s.options.received_from.empty() ? "file" : "peer", path, "", s.node.clock().now()};
  intel::ItemReader::Options options;
  options.format = s.options.format;
  options.file_name = name;
  options.known = &s.markings;
  s.reader = std::make_unique<intel::ItemReader>(std::move(options), s);
  return {};
}

Result<void> Import::feed(BytesView chunk) {
  return state_->reader->feed(chunk);
}

Result<void> Import::end_file() {
  State& s = *state_;
  PARLEY_CHECK(s.reader->finish());
  s.reader.reset();
  ++s.report.files;
  return s.flush(state::Durability::buffered);
}

void Import::count_unreadable(const std::string& name, const std::string& why) {
  state_->file_name = name;
  ++state_->report.files;
  ++state_->report.found;
  state_->reject("", why);
}

Result<ImportReport> Import::finish() {
  // A synced commit makes every buffered one before it durable, as long as it writes something itself.
  PARLEY_CHECK(state::write(state_->node.store(), state::Durability::synced,
                            [](state::Transaction& transaction) -> Result<void> {
                              PARLEY_CHECK(transaction.add_counter("imports", 1));
                              return {};
                            }));
  return std::move(state_->report);
}

}  // namespace parley::exchange
