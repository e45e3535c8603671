#include "exchange/importing.hpp"

#include <algorithm>
#include <set>

#include "exchange/import_batch.hpp"
#include "exchange/import_stix20.hpp"
#include "exchange/import_store.hpp"
#include "exchange/object_facts.hpp"
#include "policy/policy.hpp"
#include "state/limits.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;
using intel::Selector;

/// How much of a file is read beside the storing of what was read before: pieces grow up to this, so that a
/// small file is spread over both halves too.
constexpr std::size_t first_piece_bytes = 1U << 20;
constexpr std::size_t largest_piece_bytes = 4U << 20;
/// A batch that is full ends a piece at the next of these marks.
constexpr std::size_t items_a_turn = 500;
constexpr std::size_t waiting_in_turns = std::size_t{256} << 20;
constexpr std::size_t slice_bytes = 256U << 10;

/// Why the store takes no such labels: one object with them is refused, not all that come with it.
const char* not_labels(const std::vector<std::string>& labels) {
  constexpr std::size_t ours = 2;  // that are put beside them
  if (labels.size() + ours > state::max_labels) return "it has too many labels or tags";
  const bool is_long =
      std::ranges::any_of(labels, [](const std::string& one) { return one.size() > state::max_label_bytes; });
  return is_long ? "a label or tag of it is too long" : nullptr;
}

/// Marking definitions from earlier imports. Each look-up sees what is committed at that moment. An id that
/// is not there is asked for once per commit: every object of a file may name one whose definition comes
/// last, and a snapshot costs a connection.
class StoredMarkings final : public intel::MarkingLookup {
 public:
  StoredMarkings(state::Store& store, std::string origin) : store_(store), origin_(std::move(origin)) {}

  /// After a commit.
  void look_again() { absent_.clear(); }

  std::optional<intel::Marking> find(std::string_view marking_id) const override {
    if (absent_.size() >= max_absent) absent_.clear();
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
};

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
                       {"unpublished", unpublished},
                       {"misp_events", Json::object({{"new", misp_events[0]},
                                                     {"replaced", misp_events[1]},
                                                     {"unchanged", misp_events[2]},
                                                     {"older", misp_events[3]},
                                                     {"changed", misp_events[4]},
                                                     {"not_kept", misp_events[5]}})}});
}

struct Import::State final : public intel::ItemSink {
  State(Node& the_node, ImportOptions the_options, const intel::WarninglistSet& lists, RejectSink sink)
      : node(the_node),
        options(std::move(the_options)),
        warninglists(lists),
        on_reject(std::move(sink)),
        markings(the_node.store(), options.received_from),
        converter(the_node.store()),
        storing(the_node, options),
        is_pipeline((options.in_turns || the_node.parallel().width() > 1) && !options.on_objects &&
                    !options.refuse) {}

  // Reading. These touch neither the store's transactions nor `storing`.
  Result<void> take(intel::ImportItem&& item) override;
  void reject(const std::string& where, std::string why);
  void hold_back(const std::string& where, std::string why, bool warninglist);
  std::optional<std::string> off_limits(const policy::ObjectFacts& facts) const;
  std::optional<std::string> off_limits(intel::StixObject& object) const;
  std::optional<std::string> off_limits(const Selector& selector) const;
  Result<void> take_selector(intel::ImportItem& item, intel::BareSelector& bare);
  Result<void> take_object(intel::ImportItem& item, intel::StixObject& object);
  Result<void> take_any_version(intel::ImportItem& item, intel::StixObject& object);
  Result<void> read_ahead();
  bool has_more() const { return !ahead.empty() || is_kept_back; }

  // Both halves.
  Result<void> feed(BytesView chunk);
  Result<void> advance();
  Result<bool> go_on();
  Result<void> end_file();
  Result<void> store(ImportBatch& batch, bool last = false);
  void collect();

  Node& node;
  ImportOptions options;
  const intel::WarninglistSet& warninglists;
  RejectSink on_reject;
  StoredMarkings markings;
  Stix20Converter converter;
  std::string original;  // of the object that is taken next
  ImportReport report;

  std::string file_name;
  std::unique_ptr<intel::ItemReader> reader;
  ImportBatch filling;  // by the reader
  ImportBatch full;     // waits for the store
  ImportBatch spent;    // stored, not cleared yet
  ImportStore storing;

  bool is_pipeline = false;
  bool is_beside = false;  // the reader runs beside the store: it must not store itself
  Bytes ahead;             // of the file, not read yet from `ahead_at` on
  std::size_t ahead_at = 0;
  bool is_kept_back = false;  // by the reader
  std::size_t piece = first_piece_bytes;
};

void Import::State::reject(const std::string& where, std::string why) {
  ++report.rejected;
  const bool both = !file_name.empty() && !where.empty();
  ImportReject one{both ? file_name + " " + where : file_name + where, std::move(why), {}};
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
  auto& object = std::get<intel::StixObject>(item.content);
  return options.convert_stix20 ? take_any_version(item, object) : take_object(item, object);
}

Result<void> Import::State::take_any_version(intel::ImportItem& item, intel::StixObject& object) {
  std::vector<intel::StixObject> observables;
  PARLEY_TRY(std::string came, converter.convert(object, observables));
  for (intel::StixObject& observable : observables) {
    intel::ImportItem part;
    part.where = item.where;
    part.offset = item.offset;
    part.counted = false;
    part.first_seen = item.first_seen;
    part.last_seen = item.last_seen;
    PARLEY_CHECK(take_object(part, observable));
  }
  original = std::move(came);
  return take_object(item, object);
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
  const ValueGroup group{marking_code(marking), marking.pap, first.microseconds(),
                         item.last_seen.value_or(first).microseconds()};
  filling.values[group].push_back(std::move(bare.selector));
  ++filling.value_count;
  return filling.is_full(options.batch_objects) && !is_beside ? store(filling) : Result<void>{};
}

Result<void> Import::State::take_object(intel::ImportItem& item, intel::StixObject& object) {
  if (options.refuse)
    if (std::optional<std::string> why = options.refuse(item.where, object)) {
      reject(item.where, std::move(*why));
      return {};
    }
  if (const char* const why = not_labels(object.labels)) {
    if (item.counted) reject(item.where, why);
    return {};
  }
  if (object.marking.is_absent()) object.marking.tlp = options.tlp;
  if (item.counted && (!object.marking.tlp || object.marking.unknown)) ++report.without_marking;
  if (object.pattern_not_atomic) ++report.patterns_not_atomic;

  WaitingObject& waiting = filling.waiting.emplace_back();
  state::NewObject& stored = filling.objects.emplace_back();
  waiting.counted = item.counted;
  waiting.original = std::exchange(original, {});
  filling.raw_bytes += waiting.original.size();
  std::optional<std::string> rule = off_limits(object);
  std::string list_that_hit;
  if (object.revoked) object.selectors.clear();  // it is kept, and holds nothing
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
  // The label that the policy's [open_cases] knows a case by.
  if (!options.open_case.empty()) waiting.labels.push_back("open-case:" + options.open_case);
  if (!options.received_from.empty()) waiting.labels.push_back(received_label(options.received_from));
  filling.raw_bytes += object.raw.size();
  stored.id = std::move(object.id);
  stored.type = std::move(object.type);
  stored.version = std::move(object.version);
  stored.created_by = std::move(object.created_by);
  stored.marking = marking_code(object.marking);
  waiting.pap = object.marking.pap;
  waiting.unpublished = options.unpublished || (object.unpublished && !options.published);
  if (item.counted && waiting.unpublished) ++report.unpublished;
  stored.raw = std::move(object.raw);
  filling.raw_bytes += item.document.size();
  waiting.document = std::move(item.document);
  stored.references.reserve(object.refs.size());
  for (intel::StixReference& reference : object.refs)
    stored.references.push_back({std::move(reference.property), std::move(reference.id)});
  return filling.is_full(options.batch_objects) && !is_beside ? store(filling) : Result<void>{};
}

/// What the store said, once nobody writes to it.
void Import::State::collect() {
  StoredCounts counts = storing.take_counts();
  report.imported += counts.imported;
  report.unchanged += counts.unchanged;
  for (std::size_t fate = 0; fate < counts.misp_events.size(); ++fate)
    report.misp_events.at(fate) += counts.misp_events.at(fate);
  for (const intel::SelectorType type : intel::all_selector_types())
    if (const std::uint64_t count = counts.selectors.at(static_cast<std::size_t>(type)); count > 0)
      report.selectors[std::string(intel::type_name(type))] += count;
  for (ImportReject& one : counts.rejects) reject(one.where, std::move(one.why));
  markings.look_again();
}

Result<void> Import::State::store(ImportBatch& batch, bool last) {
  PARLEY_CHECK(storing.store(batch, state::Durability::buffered, last));
  batch.clear();
  collect();
  return {};
}

/// Reads on until the batch is full or nothing is left.
Result<void> Import::State::read_ahead() {
  spent.clear();
  while (!filling.is_full(options.batch_objects)) {
    PARLEY_TRY(const bool all, reader->go_on());
    is_kept_back = !all;
    if (is_kept_back) continue;
    if (ahead_at == ahead.size()) break;
    const std::size_t count = std::min(slice_bytes, ahead.size() - ahead_at);
    PARLEY_CHECK(reader->feed(BytesView(ahead).subspan(ahead_at, count)));
    ahead_at += count;
  }
  if (ahead_at == ahead.size()) {
    ahead.clear();
    ahead_at = 0;
  }
  return {};
}

/// One step of the pipeline: stores the batch that is full while the next one is filled.
Result<void> Import::State::advance() {
  Result<void> stored;
  Result<void> read;
  is_beside = true;
  if (full.is_empty())
    read = read_ahead();
  else
    node.parallel().run(2, [&](std::size_t half) {
      if (half == 0)
        stored = storing.store(full, state::Durability::buffered, false);
      else
        read = read_ahead();
    });
  is_beside = false;
  PARLEY_CHECK(std::move(stored));
  PARLEY_CHECK(std::move(read));
  std::swap(spent, full);
  std::swap(full, filling);
  filling.clear();
  collect();
  return {};
}

Result<void> Import::State::feed(BytesView chunk) {
  if (!is_pipeline) return reader->feed(chunk);
  ahead.insert(ahead.end(), chunk.begin(), chunk.end());
  if (ahead.size() < piece) return {};
  if (options.in_turns) return {};
  while (has_more()) PARLEY_CHECK(advance());
  // Who wants small batches wants short turns.
  if (options.batch_objects >= ImportBatch::max_objects) piece = std::min(2 * piece, largest_piece_bytes);
  return {};
}

Result<bool> Import::State::go_on() {
  if (has_more() || !full.is_empty()) PARLEY_CHECK(advance());
  return !has_more() && full.is_empty();
}

Result<void> Import::State::end_file() {
  while (has_more()) PARLEY_CHECK(advance());
  if (!full.is_empty()) PARLEY_CHECK(advance());
  spent.clear();
  piece = first_piece_bytes;
  PARLEY_CHECK(reader->finish());
  reader.reset();
  ++report.files;
  // Also when nothing was read: the file becomes a source.
  return store(filling, true);
}

Import::Import(Node& node, ImportOptions options, const intel::WarninglistSet& warninglists,
               RejectSink on_reject)
    : state_(std::make_unique<State>(node, std::move(options), warninglists, std::move(on_reject))) {}
Import::~Import() = default;
Import::Import(Import&&) noexcept = default;

void Import::take_store_alone(std::size_t bytes) {
  state_->storing.set_commit_bytes(bytes);
}

Result<void> Import::begin_file(const std::string& name, const std::string& path) {
  State& s = *state_;
  s.file_name = name;
  s.storing.begin_file(name, path);
  intel::ItemReader::Options options;
  options.format = s.options.format;
  options.file_name = name;
  options.known = &s.markings;
  // What waits for the end of an event comes in parts then, so that no batch is larger than others.
  if (s.is_pipeline) options.limits.items_a_turn = items_a_turn;
  // One that is there as a whole already waits for its tags as a whole.
  if (s.options.in_turns) options.limits.max_waiting_bytes = waiting_in_turns;
  s.reader = std::make_unique<intel::ItemReader>(std::move(options), s);
  return {};
}

Result<void> Import::feed(BytesView chunk) {
  return state_->feed(chunk);
}

Result<bool> Import::go_on() {
  return state_->go_on();
}

Result<void> Import::end_file() {
  PARLEY_CHECK(state_->end_file());
  return state_->storing.commit();
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
