#include "exchange/match_opening.hpp"

#include <algorithm>

#include "exchange/gate.hpp"
#include "exchange/match_run.hpp"
#include "exchange/object_facts.hpp"
#include "exchange/recording.hpp"
#include "exchange/sealed_run.hpp"
#include "ledger/opening.hpp"
#include "match/commitment.hpp"

namespace parley::exchange {

namespace {

/// The place of an item in a sorted set.
Result<std::uint32_t> index_of(const match::ItemSet& items, const intel::Selector& selector) {
  const Bytes wanted = intel::selector_bytes(selector);
  std::uint32_t low = 0;
  std::uint32_t high = items.size();
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (std::ranges::lexicographical_compare(items[middle], wanted))
      low = middle + 1;
    else
      high = middle;
  }
  if (low == items.size() || !std::ranges::equal(items[low], wanted))
    return fail(ErrorKind::not_found, "the item was not in the set of that run");
  return low;
}

}  // namespace

Result<MatchOpening> open_match_item(Node& node, const RunStore& runs, std::string_view id,
                                     std::string_view text) {
  PARLEY_TRY(const intel::Selector selector, parse_selector_text(text));
  PARLEY_TRY(const MatchRun run, find_run(node, id));
  if (run.status != RunStatus::done)
    return fail(ErrorKind::conflict,
                "the run did not come to its end: there is no record to open it against");
  Gate gate(node);
  PARLEY_CHECK(gate.check_opening(run, selector));
  PARLEY_TRY(const crypto::Secret<32> key, run_key(node, run.id));
  PARLEY_TRY(const OpenedRun opened,
             open_run(runs, run.id, key, [](const match::Message&) -> Result<void> { return {}; }));
  PARLEY_TRY(const std::uint32_t index, index_of(opened.items, selector));
  const auto padded = static_cast<std::uint32_t>(run.own_size_padded);
  const match::SetTree tree(opened.items, opened.secrets.seed, padded);
  const match::LeafOpening leaf = tree.open(index);
  PARLEY_TRY(const Recorded own, find_recorded(node, run.statement));
  PARLEY_TRY(const Recorded other, find_recorded(node, run.peer_statement));
  ledger::OpeningStatement statement;
  const Timestamp now = node.clock().now();
  statement.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  statement.run = run.id;
  statement.counterparty = run.peer;
  statement.position = leaf.position;
  statement.salt = leaf.salt;
  statement.item = leaf.item;
  statement.path = leaf.path;
  // In the ledger before it can leave: who told what, and when.
  PARLEY_TRY(const Recorded recorded, record(node, statement.to_json()));
  PARLEY_TRY(Cleared<Bytes> file,
             gate.clear_opening(run, ledger::format_opening({recorded.jws, own.jws, other.jws})));
  return MatchOpening{run.id, selector_text(selector), std::move(file)};
}

}  // namespace parley::exchange
