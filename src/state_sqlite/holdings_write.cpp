#include <algorithm>
#include <numeric>
#include <string>
#include <tuple>

#include "state_sqlite/holdings.hpp"
#include "state_sqlite/places.hpp"
#include "state_sqlite/rows.hpp"

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
  bool unpublished;
  std::optional<intel::PapLevel> pap;

  bool operator==(const Row& other) const {
    return marking == other.marking && labels == other.labels && first == other.first && last == other.last &&
           open_case == other.open_case && unpublished == other.unpublished && pap == other.pap;
  }
};

#define PARLEY_INSERT_HOLDING                                                                       \
  "INSERT OR IGNORE INTO holding (type, value, object, source, marking, labels, first, span, open," \
  " unpublished, pap) VALUES "

class HoldingWriter {
 public:
  explicit HoldingWriter(Session& session, state::Remarking remarking)
      : session_(session), remarking_(remarking), places_(session) {}

  /// Whether it made a difference. New rows, the usual case, cost one statement.
  Result<bool> put(const Row& row) {
    {
      PARLEY_TRY(Lease insert, session_.connection->use(PARLEY_INSERT_HOLDING "(?,?,?,?,?,?,?,?,?,?,?)"));
      bind_row(insert, 0, row);
      PARLEY_CHECK(insert->run());
    }
    if (session_.connection->changes() == 0) return merge(row);
    PARLEY_CHECK(places_.add(row.type, row.value));
    return true;
  }

  /// Writes `rows_at_once` rows, as far as there are none with their keys yet; how many of them were new.
  Result<std::size_t> insert_group(std::span<const Row> rows) {
    static const std::string of_group = PARLEY_INSERT_HOLDING + row_marks(11);
    PARLEY_TRY(Lease insert, session_.connection->use(of_group.c_str()));
    int at = 0;
    for (const Row& row : rows) at = bind_row(insert, at, row);
    PARLEY_CHECK(insert->run());
    const auto written = static_cast<std::size_t>(session_.connection->changes());
    // Which of them were there does not matter: a value that comes again is in the index once.
    if (written > 0)
      for (const Row& row : rows) PARLEY_CHECK(places_.add(row.type, row.value));
    return written;
  }

  /// `put` for `rows_at_once` rows; how many made a difference.
  Result<std::size_t> put_group(std::span<const Row> rows) {
    PARLEY_TRY(std::size_t changed, insert_group(rows));
    if (changed == rows.size()) return changed;
    // Those that were just written are found as they are and make no difference again.
    for (const Row& row : rows) {
      PARLEY_TRY(const bool merged, merge(row));
      if (merged) ++changed;
    }
    return changed;
  }

  /// After the last row.
  Result<void> finish() { return places_.finish(); }

 private:
  static void bind_key(const Lease& statement, const Row& row) {
    statement->bind(1, static_cast<std::int64_t>(row.type));
    statement->bind(2, row.value);
    statement->bind(3, row.object);
    statement->bind(4, row.source);
  }
  static int bind_row(const Lease& statement, int at, const Row& row) {
    statement->bind(++at, static_cast<std::int64_t>(row.type));
    statement->bind(++at, row.value);
    statement->bind(++at, row.object);
    statement->bind(++at, row.source);
    statement->bind(++at, static_cast<std::int64_t>(row.marking));
    statement->bind(++at, row.labels);
    statement->bind(++at, row.first);
    statement->bind(++at, row.last - row.first);
    statement->bind(++at, std::int64_t{row.open_case});
    statement->bind(++at, std::int64_t{row.unpublished});
    statement->bind(++at, state::pap_code(row.pap));
    return at;
  }
  static void bind_rest(const Lease& statement, const Row& row) {
    statement->bind(5, static_cast<std::int64_t>(row.marking));
    statement->bind(6, row.labels);
    statement->bind(7, row.first);
    statement->bind(8, row.last - row.first);
    statement->bind(9, std::int64_t{row.open_case});
    statement->bind(10, std::int64_t{row.unpublished});
    statement->bind(11, state::pap_code(row.pap));
  }

  Result<bool> merge(const Row& row) {
    Row there = row;
    {
      PARLEY_TRY(Lease select, session_.connection->use(
                                   "SELECT marking, labels, first, span, open, unpublished, pap FROM holding"
                                   " WHERE type = ?1 AND value = ?2 AND object = ?3 AND source = ?4"));
      bind_key(select, row);
      PARLEY_TRY(const bool found, select->step());
      if (!found) return fail(ErrorKind::internal, "the store refused a holding that is not there");
      there.marking = state::stored_marking(select->integer(0));
      there.labels = select->integer(1);
      there.first = select->integer(2);
      there.last = there.first + select->integer(3);
      there.open_case = select->integer(4) != 0;
      there.unpublished = select->integer(5) != 0;
      there.pap = state::stored_pap(select->integer(6));
    }
    Row merged = row;
    merged.first = std::min(row.first, there.first);
    merged.last = std::max(row.last, there.last);
    merged.open_case = row.open_case || there.open_case;
    if (remarking_ == state::Remarking::keep_strictest) {
      merged.marking = state::strictest(row.marking, there.marking);
      merged.pap = state::strictest(row.pap, there.pap);
      PARLEY_TRY(merged.labels, session_.labels.unite(there.labels, row.labels));
    }
    if (merged == there) return false;
    PARLEY_TRY(Lease update,
               session_.connection->use("UPDATE holding SET marking = ?5, labels = ?6, first = ?7, span = ?8,"
                                        " open = ?9, unpublished = ?10, pap = ?11 WHERE type = ?1 AND value "
                                        "= ?2 AND object = ?3 AND source = ?4"));
    bind_key(update, merged);
    bind_rest(update, merged);
    PARLEY_CHECK(update->run());
    return true;
  }

  Session& session_;
  state::Remarking remarking_;
  WaitingPlaces places_;
};
#undef PARLEY_INSERT_HOLDING

/// What tells holdings apart, and `place` for those that it does not.
std::tuple<const intel::Selector&, std::int64_t, std::int64_t, std::uint32_t> key_of(
    const state::NewHolding& holding, std::uint32_t place) {
  return {holding.selector, holding.object.value(), holding.source.value(), place};
}

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
    return key_of(holdings[a], a) < key_of(holdings[b], b);
  });
  HoldingWriter writer(session, remarking);
  std::vector<state::Outcome> out(holdings.size());
  // Those of objects that nothing holds from yet are new, each once, and wait here for their group.
  std::vector<Row> group;
  std::vector<Bytes> buffers(rows_at_once);
  const auto write_group = [&]() -> Result<void> {
    if (group.size() == rows_at_once) {
      PARLEY_TRY(const std::size_t written, writer.insert_group(group));
      if (written != group.size())
        return fail(ErrorKind::internal, "the store is damaged: holdings of an object that was not there");
    } else {
      for (const Row& row : group) PARLEY_CHECK(writer.put(row));
    }
    group.clear();
    return {};
  };
  const state::NewHolding* before = nullptr;
  for (const std::uint32_t i : order) {
    const state::NewHolding& holding = holdings[i];
    const Result<BytesView> value = encode_value(holding.selector, buffers[group.size()]);
    if (!value || !are_times(holding.first_seen, holding.last_seen)) {
      out[i] = {Kind::rejected, {}, value ? bad_times : value.error().message};
      continue;
    }
    const Row row{holding.selector.type,
                  *value,
                  holding.object.value(),
                  holding.source.value(),
                  holding.marking,
                  holding.labels.value(),
                  holding.first_seen.microseconds(),
                  holding.last_seen.microseconds(),
                  holding.open_case,
                  holding.unpublished,
                  holding.pap};
    const bool repeated = before != nullptr && key_of(*before, 0) == key_of(holding, 0);
    before = &holding;
    out[i] = {Kind::imported, holding.object, {}};
    if (row.object >= session.unheld_from && !repeated) {
      group.push_back(row);
      if (group.size() == rows_at_once) PARLEY_CHECK(write_group());
      continue;
    }
    if (repeated) PARLEY_CHECK(write_group());
    PARLEY_TRY(const bool changed, writer.put(row));
    if (!changed) out[i].kind = Kind::unchanged;
  }
  PARLEY_CHECK(write_group());
  PARLEY_CHECK(writer.finish());
  session.unheld_from = Session::no_object;
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
  std::vector<Row> group;
  std::vector<Bytes> buffers(rows_at_once);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    PARLEY_TRY(const BytesView value, encode_value(sorted[i], buffers[group.size()]));
    group.push_back({sorted[i].type, value, 0, batch.source.value(), batch.marking, batch.labels.value(),
                     batch.first_seen.microseconds(), batch.last_seen.microseconds(), batch.open_case,
                     batch.unpublished, batch.pap});
    if (group.size() < rows_at_once && i + 1 < sorted.size()) continue;
    if (group.size() == rows_at_once) {
      PARLEY_TRY(const std::size_t changed, writer.put_group(group));
      counts.imported += changed;
    } else {
      for (const Row& row : group) {
        PARLEY_TRY(const bool changed, writer.put(row));
        if (changed) ++counts.imported;
      }
    }
    group.clear();
  }
  PARLEY_CHECK(writer.finish());
  counts.unchanged = sorted.size() - counts.imported;
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
