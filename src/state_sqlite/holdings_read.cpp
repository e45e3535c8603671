#include <algorithm>
#include <iterator>
#include <string>

#include "state_sqlite/hex_digit.hpp"
#include "state_sqlite/holdings.hpp"
#include "state_sqlite/ids.hpp"

namespace parley::state_sqlite {
namespace {

bool is_hash(intel::SelectorType type) {
  using enum intel::SelectorType;
  return type == file_md5 || type == file_sha1 || type == file_sha256 || type == file_sha512 ||
         type == x509_sha256;
}

/// What of a row counts for its selector.
struct Part {
  state::MarkingCode marking;
  std::int64_t labels;
  std::int64_t first;
  std::int64_t last;
  bool open_case;
  bool unpublished;
  std::optional<intel::PapLevel> pap;
  bool is_listed;  // by a plain list: it has no object
};

#define PARLEY_PART_COLUMNS "marking, labels, first, span, open, unpublished, pap, object"

/// Columns from `at`: PARLEY_PART_COLUMNS.
Part read_part(const Statement& row, int at) {
  const std::int64_t first = row.integer(at + 2);
  return {state::stored_marking(row.integer(at)),
          row.integer(at + 1),
          first,
          first + row.integer(at + 3),
          row.integer(at + 4) != 0,
          row.integer(at + 5) != 0,
          state::stored_pap(row.integer(at + 6)),
          row.integer(at + 7) == 0};
}

/// Gathers the rows of one selector after another.
class Summary {
 public:
  explicit Summary(Session& session) : session_(session) {}

  state::SelectorSummary& value() { return summary_; }
  bool empty() const { return summary_.holdings == 0; }
  bool is_listed() const { return is_listed_; }

  void clear() {
    summary_.holdings = 0;
    label_set_ = -1;
    is_listed_ = false;
  }

  Result<void> add(const Part& part) {
    const Timestamp first = Timestamp::from_microseconds(part.first);
    const Timestamp last = Timestamp::from_microseconds(part.last);
    is_listed_ = is_listed_ || part.is_listed;
    if (summary_.holdings++ == 0) {
      summary_.marking = part.marking;
      summary_.pap = part.pap;
      summary_.open_case = part.open_case;
      summary_.unpublished = part.unpublished;
      summary_.first_seen = first;
      summary_.last_seen = last;
    } else {
      summary_.marking = state::strictest(summary_.marking, part.marking);
      summary_.pap = state::strictest(summary_.pap, part.pap);
      summary_.open_case = summary_.open_case || part.open_case;
      summary_.unpublished = summary_.unpublished || part.unpublished;
      summary_.first_seen = std::min(summary_.first_seen, first);
      summary_.last_seen = std::max(summary_.last_seen, last);
    }
    if (part.labels == label_set_) return {};
    PARLEY_TRY(const std::vector<std::string>* labels, session_.labels.labels(part.labels));
    if (label_set_ < 0) {
      summary_.labels = *labels;
    } else {
      std::vector<std::string> both;
      std::ranges::set_union(summary_.labels, *labels, std::back_inserter(both));
      summary_.labels = std::move(both);
    }
    label_set_ = part.labels;
    return {};
  }

 private:
  Session& session_;
  state::SelectorSummary summary_;
  bool is_listed_ = false;
  std::int64_t label_set_ = -1;  ///< whose labels were added last; they are in already
};

/// Behind every value that is stored.
const Bytes last_value(65, 0xFF);

/// Values to walk through, in their stored form: `from` is one of them unless `behind` says otherwise.
struct ValueRange {
  BytesView from;
  BytesView below = last_value;
  bool behind = false;
};

/// False when `visit` (of a Summary) wants no more.
template <class Visit>
Result<bool> walk_type(Session& session, intel::SelectorType type, const ValueRange& range,
                       const Visit& visit) {
  PARLEY_TRY(Statement rows,
             session.connection->prepare(
                 range.behind ? "SELECT value, " PARLEY_PART_COLUMNS
                                " FROM holding WHERE type = ?1 AND value > ?2 AND value < ?3 ORDER BY value"
                              : "SELECT value, " PARLEY_PART_COLUMNS
                                " FROM holding WHERE type = ?1 AND value >= ?2 AND value < ?3"
                                " ORDER BY value"));
  rows.bind(1, static_cast<std::int64_t>(type));
  rows.bind(2, range.from);
  rows.bind(3, range.below);
  Summary summary(session);
  summary.value().selector.type = type;
  Bytes value;
  for (;;) {
    PARLEY_TRY(const bool row, rows.step());
    const BytesView next = row ? rows.blob(0) : BytesView{};
    if (!summary.empty() && (!row || !std::ranges::equal(next, value))) {
      if (!visit(summary)) return false;
      summary.clear();
    }
    if (!row) return true;
    if (summary.empty()) {
      value.assign(next.begin(), next.end());
      decode_value(type, next, summary.value().selector.value);
    }
    PARLEY_CHECK(summary.add(read_part(rows, 1)));
  }
}

}  // namespace

Result<BytesView> encode_value(const intel::Selector& selector, Bytes& buffer) {
  const std::string_view value = selector.value;
  if (value.size() > intel::max_selector_bytes)
    return fail(ErrorKind::bad_input,
                "the value is longer than " + std::to_string(intel::max_selector_bytes) + " bytes");
  if (!is_hash(selector.type)) return as_bytes(value);
  if (value.size() % 2 != 0) return fail(ErrorKind::bad_input, "the hash has an odd number of digits");
  buffer.resize(value.size() / 2);
  for (std::size_t i = 0; i < buffer.size(); ++i) {
    const int byte = hex_byte(value[2 * i], value[2 * i + 1]);
    if (byte < 0)
      return fail(ErrorKind::bad_input, "the hash is not in its canonical form, lower-case hexadecimal");
    buffer[i] = static_cast<std::uint8_t>(byte);
  }
  return BytesView(buffer);
}

void decode_value(intel::SelectorType type, BytesView stored, std::string& out) {
  if (!is_hash(type)) {
    out.assign(as_text(stored));
    return;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  out.clear();
  for (const std::uint8_t byte : stored) {
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
}

Result<std::vector<state::StoredHolding>> find_holdings(Session& session, const intel::Selector& selector) {
  std::vector<state::StoredHolding> out;
  Bytes buffer;
  PARLEY_TRY(const BytesView value, encode_value(selector, buffer));
  PARLEY_TRY(Lease rows, session.connection->use(
                             "SELECT h.marking, h.labels, h.first, h.span, h.open, h.object, h.source, o.id,"
                             " h.unpublished, h.pap"
                             " FROM holding h LEFT JOIN object o ON o.key = h.object"
                             " WHERE h.type = ?1 AND h.value = ?2 ORDER BY h.object, h.source"));
  rows->bind(1, static_cast<std::int64_t>(selector.type));
  rows->bind(2, value);
  for (;;) {
    PARLEY_TRY(const bool row, rows->step());
    if (!row) return out;
    state::StoredHolding holding;
    holding.selector = selector;
    holding.marking = state::stored_marking(rows->integer(0));
    PARLEY_TRY(const std::vector<std::string>* labels, session.labels.labels(rows->integer(1)));
    holding.labels = *labels;
    holding.first_seen = Timestamp::from_microseconds(rows->integer(2));
    holding.last_seen = Timestamp::from_microseconds(rows->integer(2) + rows->integer(3));
    holding.open_case = rows->integer(4) != 0;
    holding.object = state::ObjectKey(rows->integer(5));
    holding.source = state::SourceId(rows->integer(6));
    holding.unpublished = rows->integer(8) != 0;
    holding.pap = state::stored_pap(rows->integer(9));
    if (!rows->blob(7).empty()) {
      PARLEY_TRY(holding.object_id, id_text(session.names, rows->blob(7)));
    }
    out.push_back(std::move(holding));
  }
}

Result<std::optional<state::SelectorSummary>> find_selector(Session& session,
                                                            const intel::Selector& selector) {
  Bytes buffer;
  PARLEY_TRY(const BytesView value, encode_value(selector, buffer));
  PARLEY_TRY(Lease rows, session.connection->use("SELECT " PARLEY_PART_COLUMNS " FROM holding"
                                                 " WHERE type = ?1 AND value = ?2"));
  rows->bind(1, static_cast<std::int64_t>(selector.type));
  rows->bind(2, value);
  Summary summary(session);
  summary.value().selector = selector;
  for (;;) {
    PARLEY_TRY(const bool row, rows->step());
    if (!row) break;
    PARLEY_CHECK(summary.add(read_part(*rows, 0)));
  }
  if (summary.empty()) return std::nullopt;
  return std::move(summary.value());
}

namespace {

template <class Visit>
Result<void> walk_types(Session& session, std::span<const intel::SelectorType> types, const Visit& visit,
                        const intel::Selector* after) {
  std::vector<intel::SelectorType> ordered(types.begin(), types.end());
  std::ranges::sort(ordered);
  ordered.erase(std::unique(ordered.begin(), ordered.end()), ordered.end());
  for (const intel::SelectorType type : ordered) {
    if (after != nullptr && type < after->type) continue;
    ValueRange range;
    Bytes buffer;
    if (after != nullptr && type == after->type) {
      PARLEY_TRY(range.from, encode_value(*after, buffer));
      range.behind = true;
    }
    PARLEY_TRY(const bool more, walk_type(session, type, range, visit));
    if (!more) break;
  }
  return {};
}

}  // namespace

Result<void> for_each_selector(Session& session, std::span<const intel::SelectorType> types,
                               const std::function<bool(const state::SelectorSummary&)>& visit,
                               const intel::Selector* after) {
  return walk_types(session, types, [&](Summary& summary) { return visit(summary.value()); }, after);
}

Result<std::optional<intel::Selector>> for_each_listed(
    Session& session, std::span<const intel::SelectorType> types, const intel::Selector* after,
    std::size_t most, const std::function<bool(const state::SelectorSummary&)>& visit) {
  std::optional<intel::Selector> last;
  std::size_t seen = 0;
  PARLEY_CHECK(walk_types(
      session, types,
      [&](Summary& summary) {
        const bool goes_on = !summary.is_listed() || visit(summary.value());
        if (goes_on && ++seen < most) return true;
        last = summary.value().selector;
        return false;
      },
      after));
  return last;
}

Result<void> for_each_with_prefix(Session& session, intel::SelectorType type, std::string_view prefix,
                                  const std::function<bool(const state::SelectorSummary&)>& visit,
                                  const intel::Selector* after) {
  Bytes first;
  bool half = false;  // of a byte
  if (is_hash(type)) {
    for (std::size_t i = 0; i < prefix.size(); i += 2) {
      half = i + 1 == prefix.size();
      const int byte = hex_byte(prefix[i], half ? '0' : prefix[i + 1]);
      if (byte < 0) return {};  // no hash begins like that
      first.push_back(static_cast<std::uint8_t>(byte));
    }
  } else {
    append(first, prefix);
  }
  Bytes below = first;
  while (!below.empty() && below.back() >= (half ? 0xF0 : 0xFF)) {
    below.pop_back();
    half = false;
  }
  if (below.empty())
    below = last_value;
  else
    below.back() = static_cast<std::uint8_t>(below.back() + (half ? 0x10 : 1));
  ValueRange range{first, below};
  Bytes buffer;
  if (after != nullptr) {
    PARLEY_TRY(const BytesView behind, encode_value(*after, buffer));
    if (!std::ranges::lexicographical_compare(behind, first)) range = {behind, below, true};
  }
  PARLEY_TRY(const bool more,
             walk_type(session, type, range, [&](Summary& summary) { return visit(summary.value()); }));
  static_cast<void>(more);
  return {};
}

Result<std::vector<state::SelectorCount>> count_selectors(Session& session) {
  std::vector<state::SelectorCount> out;
  PARLEY_TRY(Statement rows,
             session.connection->prepare("SELECT type, value FROM holding ORDER BY type, value"));
  Bytes value;
  for (;;) {
    PARLEY_TRY(const bool row, rows.step());
    if (!row) return out;
    const auto type = static_cast<intel::SelectorType>(rows.integer(0));
    const BytesView next = rows.blob(1);
    const bool new_type = out.empty() || out.back().type != type;
    if (new_type) out.push_back({type, 0, 0});
    if (new_type || !std::ranges::equal(next, value)) {
      ++out.back().selectors;
      value.assign(next.begin(), next.end());
    }
    ++out.back().holdings;
  }
}

#undef PARLEY_PART_COLUMNS

}  // namespace parley::state_sqlite
