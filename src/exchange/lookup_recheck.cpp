#include "exchange/lookup_recheck.hpp"

#include <algorithm>

#include "exchange/gate.hpp"
#include "exchange/lookup_label.hpp"
#include "exchange/lookup_members.hpp"
#include "exchange/set_clearing.hpp"

namespace parley::exchange {
namespace {

// Items of one turn: with labels each takes a look at the holdings of its selector, about 20 µs.
constexpr std::size_t items_per_turn = 4096;

}  // namespace

struct LookupRecheck::State {
  Node& node;
  LookupStore& files;
  SetName name;
  std::optional<SetMembers> members;
  std::optional<SetClearing> clearing;
  std::shared_ptr<const state::Reader> snapshot;
  std::vector<intel::Selector> cleared;
  std::size_t at = 0;  // in `cleared`
  std::size_t page = 0;
  std::optional<MemberPage> open;
  std::size_t item = 0;  // in the open page

  Result<void> end_clearing();
  bool find(BytesView item);
  Result<Verdict> some_items();
  Result<Verdict> stands();
};

Result<void> LookupRecheck::State::end_clearing() {
  snapshot = clearing->snapshot();
  PARLEY_TRY(Cleared<SelectorSet> set, Gate(node).finish_match_set(std::move(*clearing)));
  clearing.reset();
  // Compared and thrown away: nothing of it leaves.
  cleared = std::move(set).release().selectors;
  return {};
}

// Both run in the order of bytes, so that one walk finds all.
bool LookupRecheck::State::find(BytesView wanted) {
  Bytes bytes;
  for (; at < cleared.size(); ++at) {
    bytes.clear();
    intel::append_selector_bytes(bytes, cleared[at]);
    if (!std::ranges::lexicographical_compare(bytes, wanted)) return std::ranges::equal(bytes, wanted);
  }
  return false;
}

Result<LookupRecheck::Verdict> LookupRecheck::State::some_items() {
  for (std::size_t left = items_per_turn; left > 0; --left) {
    if (!open) {
      if (page == members->pages.size()) return stands();
      auto read = read_member_page(*members, files, page++);
      if (!read) return Verdict::stale;
      open = std::move(*read);
      item = 0;
    }
    if (item == open->items.size()) {
      open.reset();
      continue;
    }
    if (!find(open->items[item])) return Verdict::stale;
    if (members->labels) {
      PARLEY_TRY(const lookup::EncodedLabel label, label_of(*snapshot, cleared[at]));
      if (label_digest(label) != open->labels[item]) return Verdict::stale;
    }
    ++item;
  }
  return Verdict::more;
}

Result<LookupRecheck::Verdict> LookupRecheck::State::stands() {
  PARLEY_TRY(const std::int64_t changes, snapshot->counter(state::holdings_changes_counter));
  bool same = false;
  PARLEY_CHECK(
      state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
        // Another session may have put another set in its place meanwhile.
        PARLEY_TRY(auto now, find_members(t, name));
        same = now && now->pages == members->pages;
        if (!same) return {};
        now->changes = static_cast<std::uint64_t>(changes);
        return store_members(t, name, *now);
      }));
  return same ? Verdict::stands : Verdict::stale;
}

LookupRecheck::LookupRecheck(std::unique_ptr<State> state) : state_(std::move(state)) {}
LookupRecheck::~LookupRecheck() = default;
LookupRecheck::LookupRecheck(LookupRecheck&&) noexcept = default;
LookupRecheck& LookupRecheck::operator=(LookupRecheck&&) noexcept = default;

Result<LookupRecheck> LookupRecheck::begin(Node& node, LookupStore& files, const LookupPermission& permission,
                                           std::uint64_t epoch) {
  auto state = std::make_unique<State>(
      State{node, files, SetName::of(permission, epoch, true), {}, {}, {}, {}, 0, 0, {}, 0});
  {
    PARLEY_TRY(const auto reader, node.store().snapshot());
    PARLEY_TRY(state->members, find_members(*reader, state->name));
  }
  PARLEY_TRY(state->clearing, Gate(node).begin_match_set(permission.match_question()));
  return LookupRecheck(std::move(state));
}

Result<LookupRecheck::Verdict> LookupRecheck::step() {
  State& state = *state_;
  if (!state.members) return Verdict::stale;
  if (state.clearing) {
    PARLEY_TRY(const bool done, state.clearing->step());
    if (done) PARLEY_CHECK(state.end_clearing());
    return Verdict::more;
  }
  return state.some_items();
}

}  // namespace parley::exchange
