#include <algorithm>
#include <numeric>
#include <string>
#include <tuple>

#include "state_sqlite/holdings.hpp"

namespace parley::state_sqlite {
namespace {

using Kind = state::Outcome::Kind;

/// A row about to be written.
struct Row {
  intel::SelectorType type;
  BytesView value;
  std::int64_t object;
  std::int64_t source;
  state::MarkingCode marking;
  std::int64_t labels;
  std::int64_t first;
  std::int64_t last;
  bool open_case;

  bool operator==(const Row& other) const {
    return marking == other.marking && labels == other.labels && first == other.first && last == other.last &&
           open_case == other.open_case;
  }
};

class HoldingWriter {
 public:
  explicit HoldingWriter(Session& session, state::Remarking remarking)
      : session_(session), remarking_(remarking) {}

  /// Whether it made a difference. New rows, the usual case, cost one statement.
  Result<bool> put(const Row& row) {
    {
      PARLEY_TRY(Lease insert,
                 session_.connection->use(
                     "INSERT OR IGNORE INTO holding (type, value, object, source, marking,"
                     " labels, first, span, open) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
      bind_key(insert, row);
      bind_rest(insert, row);
      PARLEY_CHECK(insert->run());
    }
    if (session_.connection->changes() != 0) return true;
    return merge(row);
  }

 private:
  static void bind_key(const Lease& statement, const Row& row) {
    statement->bind(1, static_cast<std::int64_t>(row.type));
    statement->bind(2, row.value);
    statement->bind(3, row.object);
    statement->bind(4, row.source);
  }
  static void bind_rest(const Lease& statement, const Row& row) {
    statement->bind(5, static_cast<std::int64_t>(row.marking));
    statement->bind(6, row.labels);
    statement->bind(7, row.first);
    statement->bind(8, row.last - row.first);
    statement->bind(9, std::int64_t{row.open_case});
  }

  Result<bool> merge(const Row& row) {
    Row there = row;
    {
      PARLEY_TRY(Lease select,
                 session_.connection->use("SELECT marking, labels, first, span, open FROM holding"
                                          " WHERE type = ?1 AND value = ?2 AND object = ?3 AND source = ?4"));
      bind_key(select, row);
      PARLEY_TRY(const bool found, select->step());
      if (!found) return fail(ErrorKind::internal, "the store refused a holding that is not there");
      there.marking = state::stored_marking(select->integer(0));
      there.labels = select->integer(1);
      there.first = select->integer(2);
      there.last = there.first + select->integer(3);
      there.open_case = select->integer(4) != 0;
    }
    Row merged = row;
    merged.first = std::min(row.first, there.first);
    merged.last = std::max(row.last, there.last);
    merged.open_case = row.open_case || there.open_case;
    if (remarking_ == state::Remarking::keep_strictest) {
      merged.marking = state::strictest(row.marking, there.marking);
      PARLEY_TRY(merged.labels, session_.labels.unite(there.labels, row.labels));
    }
    if (merged == there) return false;
    PARLEY_TRY(Lease update,
               session_.connection->use(
                   "UPDATE holding SET marking = ?5, labels = ?6, first = ?7, span = ?8,"
                   " open = ?9 WHERE type = ?1 AND value = ?2 AND object = ?3 AND source = ?4"));
    bind_key(update, merged);
    bind_rest(update, merged);
    PARLEY_CHECK(update->run());
    return true;
  }

  Session& session_;
  state::Remarking remarking_;
};

constexpr const char* bad_times = "last seen lies before first seen, or a time outside the years 1 to 9999";
/// 0001-01-01 and 10000-01-01: what RFC 3339 can write.
constexpr Timestamp earliest = Timestamp::from_seconds(-62'135'596'800);
constexpr Timestamp latest = Timestamp::from_seconds(253'402'300'800);

bool are_times(Timestamp first, Timestamp last) {
  return earliest <= first && first <= last && last < latest;
}

constexpr const char* batch_too_large = "too many holdings in a batch; the limit is max_batch";

}  // namespace

Result<std::vector<state::Outcome>> put_holdings(Session& session,
                                                 std::span<const state::NewHolding> holdings,
                                                 state::Remarking remarking) {
  if (holdings.size() > state::max_batch) return fail(ErrorKind::bad_input, batch_too_large);
  // In the order of the table, neighbours fall on the same page; what comes twice keeps its order.
  std::vector<std::uint32_t> order(holdings.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(holdings[a].selector, a) < std::tie(holdings[b].selector, b);
  });
  HoldingWriter writer(session, remarking);
  std::vector<state::Outcome> out(holdings.size());
  Bytes buffer;
  for (const std::uint32_t i : order) {
    const state::NewHolding& holding = holdings[i];
    const Result<BytesView> value = encode_value(holding.selector, buffer);
    if (!value || !are_times(holding.first_seen, holding.last_seen)) {
      out[i] = {Kind::rejected, {}, value ? bad_times : value.error().message};
      continue;
    }
    PARLEY_TRY(const bool changed,
               writer.put({holding.selector.type, *value, holding.object.value(), holding.source.value(),
                           holding.marking, holding.labels.value(), holding.first_seen.microseconds(),
                           holding.last_seen.microseconds(), holding.open_case}));
    out[i] = {changed ? Kind::imported : Kind::unchanged, holding.object, {}};
  }
  return out;
}

Result<state::LoadCounts> load_holdings(Session& session, const state::HoldingBatch& batch,
                                        std::span<const intel::Selector> sorted) {
  if (sorted.size() > state::max_batch) return fail(ErrorKind::bad_input, batch_too_large);
  if (!are_times(batch.first_seen, batch.last_seen)) return fail(ErrorKind::bad_input, bad_times);
  Bytes buffer;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const std::string where = "selector " + std::to_string(i);
    if (i > 0 && sorted[i] < sorted[i - 1])
      return fail(ErrorKind::bad_input, "the batch is not sorted by type and value", where);
    if (const auto value = encode_value(sorted[i], buffer); !value)
      return fail(ErrorKind::bad_input, value.error().message, where);
  }
  HoldingWriter writer(session, state::Remarking::keep_strictest);
  state::LoadCounts counts;
  for (const intel::Selector& selector : sorted) {
    PARLEY_TRY(const BytesView value, encode_value(selector, buffer));
    PARLEY_TRY(const bool changed, writer.put({selector.type, value, 0, batch.source.value(), batch.marking,
                                               batch.labels.value(), batch.first_seen.microseconds(),
                                               batch.last_seen.microseconds(), batch.open_case}));
    ++(changed ? counts.imported : counts.unchanged);
  }
  return counts;
}

Result<std::uint64_t> set_open_case(Session& session, const intel::Selector& selector, bool open) {
  Bytes buffer;
  PARLEY_TRY(const BytesView value, encode_value(selector, buffer));
  PARLEY_TRY(Lease update, session.connection->use(
                               "UPDATE holding SET open = ?3 WHERE type = ?1 AND value = ?2 AND open <> ?3"));
  update->bind(1, static_cast<std::int64_t>(selector.type));
  update->bind(2, value);
  update->bind(3, std::int64_t{open});
  PARLEY_CHECK(update->run());
  return static_cast<std::uint64_t>(session.connection->changes());
}

}  // namespace parley::state_sqlite
