#include "exchange/lookup_building.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/assert.hpp"
#include "exchange/gate.hpp"
#include "exchange/object_facts.hpp"
#include "exchange/recording.hpp"
#include "exchange/set_clearing.hpp"
#include "lookup/set_builder.hpp"

namespace parley::exchange {
namespace {

// Labels of one turn: each takes a look at the holdings of its selector, about 20 µs.
constexpr std::size_t labels_per_turn = 4096;

Result<void> check_bounds(const policy::MatchRules& rules, const policy::Agreement& agreement,
                          const std::vector<intel::Selector>& items) {
  if (items.size() < agreement.min_set)
    return refuse({"set-too-small"},
                  fmt::format("the agreement asks for at least {} items, {} may take part in look-ups here",
                              agreement.min_set, items.size()));
  const std::uint64_t limit = agreement.lookup_labels ? lookup::max_labelled_items : lookup::max_items;
  const std::uint64_t most = std::min<std::uint64_t>(agreement.max_set, limit);
  if (items.size() > most)
    return refuse({"set-too-large"},
                  fmt::format("at most {} items may take part in look-ups under this agreement, {} would",
                              most, items.size()));
  std::map<intel::SelectorType, std::uint64_t> counts;
  for (const intel::Selector& item : items) ++counts[item.type];
  for (const auto& [type, count] : counts)
    if (const auto cap = rules.cap(type); cap && count > cap->max_set)
      return refuse({"enumerable-cap"},
                    fmt::format("a set may hold at most {} items of {}, {} would take part here: {}",
                                cap->max_set, intel::type_name(type), count, cap->reason));
  return {};
}

// Where to ask further about a selector: an object of our own that carries it. None for what stands in a
// plain list, or only in what others gave us.
Result<lookup::Label> label_of(const state::Reader& reader, const intel::Selector& selector) {
  PARLEY_TRY(const std::vector<state::StoredHolding> holdings, reader.find_holdings(selector));
  lookup::Label out;
  out.marking = static_cast<std::uint8_t>(state::MarkingCode::none);
  for (const state::StoredHolding& holding : holdings) {
    if (holding.object_id.empty() || holding.object_id.size() > lookup::max_pointer_bytes) continue;
    if (std::ranges::any_of(holding.labels, is_received_label)) continue;
    out.pointer = holding.object_id;
    out.marking = static_cast<std::uint8_t>(holding.marking);
    break;
  }
  return out;
}

}  // namespace

Result<std::optional<KnownSet>> usable_set(Node& node, LookupStore& files, const LookupPermission& permission,
                                           std::uint64_t epoch) {
  const SetName name = SetName::of(permission, epoch, true);
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(std::optional<KnownSet> known, find_set(*reader, name));
  if (!known || known->statement.policy_version != permission.policy_version)
    return std::optional<KnownSet>();
  PARLEY_TRY(const auto key, find_set_key(*reader, name));
  if (!key || key->public_key() != known->statement.public_key) return std::optional<KnownSet>();
  PARLEY_TRY(const auto file, files.find(known->statement.set_hash));
  if (!file) return std::optional<KnownSet>();
  return known;
}

struct LookupBuilding::State {
  enum class Stage { clearing, labels, values, done };

  State(Node& n, LookupStore& f, LookupPermission p, std::uint64_t e, SetClearing c)
      : node(n), files(f), permission(std::move(p)), epoch(e), clearing(std::move(c)) {}

  Node& node;
  LookupStore& files;
  LookupPermission permission;
  std::uint64_t epoch;
  std::optional<SetClearing> clearing;
  std::shared_ptr<const state::Reader> snapshot;  ///< what the clearing saw, for the labels
  Stage stage = Stage::clearing;
  std::vector<intel::Selector> selectors;
  std::vector<Bytes> items;
  std::vector<lookup::EncodedLabel> labels;
  std::optional<lookup::SetBuilder> builder;
  KnownSet set;

  Result<void> end_clearing();
  Result<void> some_labels();
  Result<void> begin_values();
  Result<void> finish();
};

Result<void> LookupBuilding::State::end_clearing() {
  // A holding that came since may be one that the gate would have kept back; it has no say in the labels.
  snapshot = clearing->snapshot();
  PARLEY_TRY(Cleared<SelectorSet> cleared, Gate(node).finish_match_set(std::move(*clearing)));
  clearing.reset();
  if (cleared.clearance().policy_version != permission.policy_version)
    return refuse({"policy-changed"}, "the rules changed before the set was built; ask again");
  selectors = std::move(cleared).release().selectors;
  PARLEY_CHECK(check_bounds(node.policy().match_rules(), permission.agreement, selectors));
  std::ranges::sort(selectors, [](const intel::Selector& a, const intel::Selector& b) {
    return a.type != b.type ? intel::type_name(a.type) < intel::type_name(b.type) : a.value < b.value;
  });
  if (!permission.agreement.lookup_labels) return begin_values();
  stage = Stage::labels;
  return {};
}

Result<void> LookupBuilding::State::some_labels() {
  const std::size_t end = std::min(selectors.size(), labels.size() + labels_per_turn);
  while (labels.size() < end) {
    PARLEY_TRY(const lookup::Label label, label_of(*snapshot, selectors[labels.size()]));
    PARLEY_TRY(const lookup::EncodedLabel encoded, lookup::encode_label(label));
    labels.push_back(encoded);
  }
  if (labels.size() == selectors.size()) return begin_values();
  return {};
}

Result<void> LookupBuilding::State::begin_values() {
  snapshot.reset();
  items.reserve(selectors.size());
  for (const intel::Selector& selector : selectors) items.push_back(intel::selector_bytes(selector));
  selectors = {};
  PARLEY_TRY(lookup::SetBuilder started,
             lookup::SetBuilder::start(std::vector<BytesView>(items.begin(), items.end()), std::move(labels),
                                       oprf::KeyPair::generate(node.entropy()), node.entropy()));
  builder.emplace(std::move(started));
  stage = Stage::values;
  return {};
}

Result<void> LookupBuilding::State::finish() {
  const SetName name = SetName::of(permission, epoch, true);
  // The number is taken before the statement is signed: a crash in between leaves a gap, never two statements
  // of one number.
  std::int64_t sequence = 0;
  PARLEY_CHECK(state::write(
      node.store(), state::Durability::synced, [&](state::Transaction& transaction) -> Result<void> {
        PARLEY_TRY(sequence, transaction.add_counter("lookup/sets/" + name.id(), 1));
        if (sequence > max_sets_per_epoch)
          return refuse(
              {"lookup-sets-per-day"},
              "too many sets were built for this peer and agreement today; what was asked is possible "
              "again after midnight UTC");
        return {};
      }));
  Bytes file = builder->take();
  PARLEY_TRY(const lookup::SetHeader header,
             lookup::parse_set_header(BytesView(file).first(lookup::set_header_bytes)));
  record::LookupSetStatement statement;
  const Timestamp now = node.clock().now();
  statement.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  statement.counterparty = permission.question.peer;
  statement.agreement = permission.question.agreement;
  statement.purpose = permission.question.purpose;
  statement.epoch = epoch;
  statement.sequence = static_cast<std::uint64_t>(sequence);
  statement.types = permission.type_names();
  statement.selector_version = intel::selector_version;
  statement.items = header.items;
  statement.labels = header.has_labels;
  statement.public_key = builder->key().public_key();
  statement.set_hash = crypto::sha256(file);
  statement.set_bytes = file.size();
  statement.policy_version = permission.policy_version;
  PARLEY_CHECK(files.put(statement.set_hash, std::move(file)));
  PARLEY_TRY(const Recorded recorded, record(node, statement.to_json()));
  set = {std::move(statement), recorded.jws};
  PARLEY_CHECK(state::write(node.store(), state::Durability::synced,
                            [&](state::Transaction& transaction) -> Result<void> {
                              PARLEY_CHECK(store_set(transaction, name, set));
                              return store_set_key(transaction, name, builder->key());
                            }));
  builder.reset();
  items = {};
  stage = Stage::done;
  return {};
}

LookupBuilding::LookupBuilding(std::unique_ptr<State> state) : state_(std::move(state)) {}
LookupBuilding::~LookupBuilding() = default;
LookupBuilding::LookupBuilding(LookupBuilding&&) noexcept = default;
LookupBuilding& LookupBuilding::operator=(LookupBuilding&&) noexcept = default;

Result<LookupBuilding> LookupBuilding::begin(Node& node, LookupStore& files, LookupPermission permission,
                                             std::uint64_t epoch) {
  MatchQuestion question;
  question.peer = permission.question.peer;
  question.agreement = permission.question.agreement;
  question.purpose = permission.question.purpose;
  question.types = permission.types;
  question.output = policy::MatchOutput::items;
  PARLEY_TRY(SetClearing clearing, Gate(node).begin_match_set(question));
  return LookupBuilding(
      std::make_unique<State>(node, files, std::move(permission), epoch, std::move(clearing)));
}

Result<bool> LookupBuilding::step() {
  switch (state_->stage) {
    case State::Stage::clearing: {
      PARLEY_TRY(const bool cleared, state_->clearing->step());
      if (cleared) PARLEY_CHECK(state_->end_clearing());
      return false;
    }
    case State::Stage::labels:
      PARLEY_CHECK(state_->some_labels());
      return false;
    case State::Stage::values: {
      PARLEY_TRY(const bool built, state_->builder->step(state_->node.parallel()));
      if (built) PARLEY_CHECK(state_->finish());
      return built;
    }
    case State::Stage::done:
      return true;
  }
  return fail(ErrorKind::internal, "a set in no stage");
}

std::uint64_t LookupBuilding::done() const {
  return state_->builder ? state_->builder->done() : 0;
}
std::uint64_t LookupBuilding::total() const {
  return state_->builder ? state_->builder->total() : 0;
}
const KnownSet& LookupBuilding::set() const {
  PARLEY_ASSERT(state_->stage == State::Stage::done);
  return state_->set;
}

}  // namespace parley::exchange
