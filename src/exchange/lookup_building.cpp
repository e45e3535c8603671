#include "exchange/lookup_building.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/assert.hpp"
#include "exchange/gate.hpp"
#include "exchange/lookup_label.hpp"
#include "exchange/lookup_members.hpp"
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
  enum class Stage { clearing, committing, labels, values, done };

  State(Node& n, LookupStore& f, SetOrder o, SetSecrets s, SetClearing c)
      : node(n), files(f), order(std::move(o)), secrets(std::move(s)), clearing(std::move(c)) {}

  Node& node;
  LookupStore& files;
  SetOrder order;
  SetSecrets secrets;
  std::optional<SetClearing> clearing;
  std::shared_ptr<const state::Reader> snapshot;  ///< what the clearing saw, for the labels
  Stage stage = Stage::clearing;
  std::optional<SetCommitting> committing;
  CommittedSet committed;
  std::vector<lookup::EncodedLabel> labels;
  std::vector<LabelDigest> digests;
  std::uint32_t labels_done = 0;  // those of dummies too
  std::uint64_t changes = 0;
  std::optional<lookup::SetBuilder> builder;
  KnownSet set;

  SetName name() const { return SetName::of(order.permission, order.epoch, true); }
  std::uint32_t padded() const { return lookup::padded_items(committed.items.size()); }
  Result<void> end_clearing();
  Result<void> end_committing();
  Result<void> check_approved();
  Result<void> some_labels();
  Result<void> begin_values();
  Result<void> finish();
  Result<SetMembers> put_members();
};

Result<void> LookupBuilding::State::end_clearing() {
  // A holding that came since may be one that the gate would have kept back; it has no say in the labels.
  snapshot = clearing->snapshot();
  PARLEY_TRY(const std::int64_t seen, snapshot->counter(state::holdings_changes_counter));
  changes = static_cast<std::uint64_t>(seen);
  PARLEY_TRY(Cleared<SelectorSet> cleared, Gate(node).finish_match_set(std::move(*clearing)));
  clearing.reset();
  if (cleared.clearance().policy_version != order.permission.policy_version)
    return refuse({"policy-changed"}, "the rules changed before the set was built; ask again");
  PARLEY_CHECK(
      check_bounds(node.policy().match_rules(), order.permission.agreement, cleared.value().selectors));
  committing.emplace(std::move(cleared), SetSecrets{secrets.seed.clone(), secrets.opening.clone()},
                     lookup::min_padded_items);
  stage = Stage::committing;
  return {};
}

Result<void> LookupBuilding::State::check_approved() {
  if (order.proposal.empty() && !order.permission.needs_approval) return {};
  auto approved = check_lookup_approved(node, order.proposal, name(), committed.set_root);
  if (approved) return {};
  const std::vector<std::string>& rules = approved.error().rules;
  if (!order.proposal.empty() && std::ranges::find(rules, "set-changed") != rules.end())
    PARLEY_CHECK(void_lookup_proposal(node, order.proposal, "set-changed",
                                      "what may take part changed after it was proposed"));
  return approved;
}

Result<void> LookupBuilding::State::end_committing() {
  committed = std::move(*committing).take();
  committing.reset();
  if (order.commitment_only) {
    stage = Stage::done;
    return {};
  }
  PARLEY_CHECK(check_approved());
  if (!order.permission.agreement.lookup_labels) return begin_values();
  labels.reserve(padded());
  stage = Stage::labels;
  return {};
}

Result<void> LookupBuilding::State::some_labels() {
  const match::ItemSet& items = committed.items;
  const auto end = static_cast<std::uint32_t>(std::min<std::size_t>(padded(), labels_done + labels_per_turn));
  for (; labels_done < end; ++labels_done) {
    if (items.empty()) continue;
    // For a dummy a real one is looked at once more, so that the time tells the padded number alone.
    PARLEY_TRY(const intel::Selector selector, intel::selector_from_bytes(items[labels_done % items.size()]));
    PARLEY_TRY(const lookup::EncodedLabel encoded, label_of(*snapshot, selector));
    if (labels_done >= items.size()) continue;
    labels.push_back(encoded);
    digests.push_back(label_digest(encoded));
  }
  if (labels_done == padded()) return begin_values();
  return {};
}

Result<void> LookupBuilding::State::begin_values() {
  snapshot.reset();
  std::vector<BytesView> items;
  items.reserve(committed.items.size());
  for (std::uint32_t i = 0; i < committed.items.size(); ++i) items.push_back(committed.items[i]);
  PARLEY_TRY(lookup::SetBuilder started,
             lookup::SetBuilder::start(std::move(items), std::move(labels),
                                       oprf::KeyPair::generate(node.entropy()), node.entropy()));
  builder.emplace(std::move(started));
  stage = Stage::values;
  return {};
}

Result<SetMembers> LookupBuilding::State::put_members() {
  SetMembers members;
  members.key = crypto::Secret<32>::generate(node.entropy());
  members.seed = secrets.seed.clone();
  members.items = committed.items.size();
  members.leaves = committed.padded;
  members.labels = !digests.empty();
  members.changes = changes;
  PARLEY_CHECK(put_member_pages(members, files, committed.items, digests, node.entropy()));
  return members;
}

Result<void> LookupBuilding::State::finish() {
  // What officers and rules said may have changed since the values were begun.
  PARLEY_CHECK(check_approved());
  if (node.policy().version() != order.permission.policy_version)
    return refuse({"policy-changed"}, "the rules changed before the set was built; ask again");
  // The number is taken before the statement is signed: a crash in between leaves a gap, never two statements
  // of one number.
  std::int64_t sequence = 0;
  PARLEY_CHECK(state::write(
      node.store(), state::Durability::synced, [&](state::Transaction& transaction) -> Result<void> {
        PARLEY_TRY(sequence, transaction.add_counter("lookup/sets/" + name().id(), 1));
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
  const LookupPermission& permission = order.permission;
  record::LookupSetStatement statement;
  const Timestamp now = node.clock().now();
  statement.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  statement.counterparty = permission.question.peer;
  statement.agreement = permission.question.agreement;
  statement.purpose = permission.question.purpose;
  statement.epoch = order.epoch;
  statement.sequence = static_cast<std::uint64_t>(sequence);
  statement.types = permission.type_names();
  statement.selector_version = intel::selector_version;
  statement.items = header.items;
  statement.labels = header.has_labels;
  statement.public_key = builder->key().public_key();
  statement.set_root = committed.set_root;
  statement.set_hash = crypto::sha256(file);
  statement.set_bytes = file.size();
  statement.policy_version = permission.policy_version;
  PARLEY_TRY(const SetMembers members, put_members());
  PARLEY_CHECK(files.put(statement.set_hash, std::move(file)));
  PARLEY_TRY(const Recorded recorded, record(node, statement.to_json()));
  set = {std::move(statement), recorded.jws};
  PARLEY_CHECK(state::write(node.store(), state::Durability::synced,
                            [&](state::Transaction& transaction) -> Result<void> {
                              PARLEY_CHECK(store_set(transaction, name(), set));
                              PARLEY_CHECK(store_members(transaction, name(), members));
                              return store_set_key(transaction, name(), builder->key());
                            }));
  PARLEY_CHECK(spend_lookup_proposal(node, order.proposal));
  builder.reset();
  committed.items = {};
  stage = Stage::done;
  return {};
}

LookupBuilding::LookupBuilding(std::unique_ptr<State> state) : state_(std::move(state)) {}
LookupBuilding::~LookupBuilding() = default;
LookupBuilding::LookupBuilding(LookupBuilding&&) noexcept = default;
LookupBuilding& LookupBuilding::operator=(LookupBuilding&&) noexcept = default;

Result<LookupBuilding> LookupBuilding::begin(Node& node, LookupStore& files, SetOrder order) {
  SetSecrets secrets = SetSecrets::draw(node.entropy());
  if (!order.proposal.empty()) {
    PARLEY_TRY(secrets, lookup_proposal_secrets(node, order.proposal));
  }
  PARLEY_TRY(SetClearing clearing, Gate(node).begin_match_set(order.permission.match_question()));
  return LookupBuilding(
      std::make_unique<State>(node, files, std::move(order), std::move(secrets), std::move(clearing)));
}

Result<bool> LookupBuilding::step() {
  State& state = *state_;
  switch (state.stage) {
    case State::Stage::clearing: {
      PARLEY_TRY(const bool cleared, state.clearing->step());
      if (cleared) PARLEY_CHECK(state.end_clearing());
      return false;
    }
    case State::Stage::committing: {
      PARLEY_TRY(const bool committed, state.committing->step());
      if (committed) PARLEY_CHECK(state.end_committing());
      return state.stage == State::Stage::done;
    }
    case State::Stage::labels:
      PARLEY_CHECK(state.some_labels());
      return false;
    case State::Stage::values: {
      PARLEY_TRY(const bool built, state.builder->step(state.node.parallel()));
      if (built) PARLEY_CHECK(state.finish());
      return built;
    }
    case State::Stage::done:
      return true;
  }
  return fail(ErrorKind::internal, "a set in no stage");
}

std::optional<std::pair<std::uint64_t, std::uint64_t>> LookupBuilding::progress() const {
  if (!state_->builder) return std::nullopt;
  return std::pair(state_->builder->done(), state_->builder->total());
}
const LookupPermission& LookupBuilding::permission() const {
  return state_->order.permission;
}
bool LookupBuilding::has_set() const {
  return state_->stage == State::Stage::done && !state_->order.commitment_only;
}
const KnownSet& LookupBuilding::set() const {
  PARLEY_ASSERT(state_->stage == State::Stage::done && !state_->order.commitment_only);
  return state_->set;
}
SetCommitment LookupBuilding::take_commitment() {
  PARLEY_ASSERT(state_->stage == State::Stage::done && state_->order.commitment_only);
  SetCommitment out;
  out.root = state_->committed.set_root;
  out.size = state_->committed.items.size();
  out.items = state_->padded();
  out.policy_version = state_->order.permission.policy_version;
  out.secrets = std::move(state_->secrets);
  return out;
}

}  // namespace parley::exchange
