#include "state_sqlite/places.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>

#include "intel/url_host.hpp"
#include "state/limits.hpp"
#include "state_sqlite/holdings.hpp"
#include "state_sqlite/index_marks.hpp"
#include "state_sqlite/rows.hpp"

namespace parley::state_sqlite {
namespace {

using Type = intel::SelectorType;

constexpr std::uint8_t place_v4 = 4;
constexpr std::uint8_t place_v6 = 6;
constexpr std::array placed_types{Type::ipv4_addr, Type::ipv6_addr, Type::domain_name, Type::url,
                                  Type::email_addr};

Bytes place_of(const intel::Network& address) {
  Bytes out{address.v6 ? place_v6 : place_v4};
  append(out, BytesView(address.address).first(address.v6 ? 16 : 4));
  return out;
}

/// Labels from the last to the first.
Bytes turned_round(std::string_view host) {
  Bytes out;
  out.reserve(host.size() + 1);
  while (!host.empty()) {
    const std::size_t dot = host.rfind('.');
    append(out, dot == std::string_view::npos ? host : host.substr(dot + 1));
    out.push_back('.');
    host = dot == std::string_view::npos ? std::string_view() : host.substr(0, dot);
  }
  return out;
}

bool says_value(Type type) {
  return type != Type::url && type != Type::email_addr;
}

/// The value of a row.
std::string value_of(Type type, BytesView place, BytesView value) {
  if (!says_value(type)) return std::string(as_text(value));
  if (type == Type::domain_name) {
    Bytes host = turned_round(as_text(place.first(place.empty() ? 0 : place.size() - 1)));
    if (!host.empty()) host.pop_back();
    return std::string(as_text(host));
  }
  intel::Network address;
  address.v6 = type == Type::ipv6_addr;
  address.length = address.bits();
  if (place.size() != (address.v6 ? 17U : 5U)) return {};
  std::copy(place.begin() + 1, place.end(), address.address.begin());
  return intel::network_text(address);
}

struct Entry {
  Type type;
  Bytes place;
  Bytes value;
  auto operator<=>(const Entry&) const = default;
};

Entry entry_of(Type type, BytesView value) {
  return {type, state_sqlite::place_of(type, as_text(value)),
          says_value(type) ? Bytes() : Bytes(value.begin(), value.end())};
}

#define PARLEY_INSERT_PLACE "INSERT OR IGNORE INTO place_index (type, place, value) VALUES "

Result<void> insert(Session& session, std::vector<Entry>& entries) {
  std::ranges::sort(entries);
  const auto repeats = std::ranges::unique(entries);
  entries.erase(repeats.begin(), repeats.end());
  static const std::string of_group = PARLEY_INSERT_PLACE + row_marks(3);
  const auto bind = [](const Lease& lease, int at, const Entry& entry) {
    lease->bind(++at, static_cast<std::int64_t>(entry.type));
    lease->bind(++at, BytesView(entry.place));
    lease->bind(++at, BytesView(entry.value));
    return at;
  };
  std::span<const Entry> rest = entries;
  for (; rest.size() >= rows_at_once; rest = rest.subspan(rows_at_once)) {
    PARLEY_TRY(Lease lease, session.connection->use(of_group.c_str()));
    int at = 0;
    for (const Entry& entry : rest.first(rows_at_once)) at = bind(lease, at, entry);
    PARLEY_CHECK(lease->run());
  }
  for (const Entry& entry : rest) {
    PARLEY_TRY(Lease lease, session.connection->use(PARLEY_INSERT_PLACE "(?,?,?)"));
    bind(lease, 0, entry);
    PARLEY_CHECK(lease->run());
  }
  return {};
}
#undef PARLEY_INSERT_PLACE

Result<bool> is_held(Session& session, Type type, BytesView value) {
  PARLEY_TRY(Lease select,
             session.connection->use("SELECT 1 FROM holding WHERE type = ?1 AND value = ?2 LIMIT 1"));
  select->bind(1, static_cast<std::int64_t>(type));
  select->bind(2, value);
  return select->step();
}

/// Goes on with the walk through all holdings.
Result<bool> walk_holdings(Session& session, const IndexMark& mark, std::size_t most) {
  std::vector<Entry> entries;
  Bytes value(mark.place.begin() + (mark.place.empty() ? 0 : 1), mark.place.end());
  const std::uint8_t from = mark.place.empty() ? 0 : mark.place.front();
  bool behind = !mark.place.empty();
  std::size_t seen = 0;
  for (const Type type : placed_types) {
    const auto number = static_cast<std::uint8_t>(type);
    if (number < from) continue;
    if (number != from) {
      value.clear();
      behind = false;
    }
    PARLEY_TRY(Statement rows,
               session.connection->prepare(
                   behind ? "SELECT value FROM holding WHERE type = ?1 AND value > ?2 ORDER BY value LIMIT ?3"
                          : "SELECT value FROM holding WHERE type = ?1 AND value >= ?2 ORDER BY value"
                            " LIMIT ?3"));
    const Bytes start = value;
    rows.bind(1, static_cast<std::int64_t>(type));
    rows.bind(2, BytesView(start));
    rows.bind(3, static_cast<std::int64_t>(most - seen));
    for (;;) {
      PARLEY_TRY(const bool row, rows.step());
      if (!row) break;
      ++seen;
      value.assign(rows.blob(0).begin(), rows.blob(0).end());
      Entry entry = entry_of(type, value);
      if (!entry.place.empty() && (entries.empty() || entries.back() != entry))
        entries.push_back(std::move(entry));
    }
    if (seen < most) continue;
    PARLEY_CHECK(insert(session, entries));
    Bytes place{static_cast<std::uint8_t>(type)};
    append(place, value);
    PARLEY_CHECK(set_mark(session, places_mark, 0, place));
    return true;
  }
  PARLEY_CHECK(insert(session, entries));
  PARLEY_CHECK(set_mark(session, places_mark, 1));
  return true;
}

}  // namespace

bool has_place(intel::SelectorType type) {
  return std::ranges::find(placed_types, type) != placed_types.end();
}

Bytes place_of(intel::SelectorType type, std::string_view value) {
  std::string_view host = value;
  if (type == Type::email_addr) host = value.substr(value.rfind('@') + 1);
  if (type == Type::url) host = intel::host_of_canonical_url(value);
  if (host.empty()) return {};
  if (type != Type::domain_name) {
    const auto address = intel::parse_network(host);
    if (address && address->length == address->bits()) return place_of(*address);
  }
  if (type == Type::ipv4_addr || type == Type::ipv6_addr) return {};
  return turned_round(host);
}

Result<void> WaitingPlaces::add_held(intel::SelectorType type, BytesView value) {
  if (type != type_ || held_.size() >= max_row_bytes) PARLEY_CHECK(finish());
  type_ = type;
  append_u16(held_, static_cast<std::uint16_t>(value.size()));  // at most max_selector_bytes
  append(held_, value);
  return {};
}

Result<void> WaitingPlaces::finish() {
  if (held_.empty()) return {};
  PARLEY_TRY(Lease insert,
             session_.connection->use("INSERT INTO place_waiting (type, held) VALUES (?1, ?2)"));
  insert->bind(1, static_cast<std::int64_t>(type_));
  insert->bind(2, BytesView(held_));
  PARLEY_CHECK(insert->run());
  held_.clear();
  return {};
}

Result<bool> index_places(Session& session, std::size_t most) {
  PARLEY_TRY(const IndexMark walked, read_mark(session, places_mark));
  if (walked.value == 0) return walk_holdings(session, walked, std::max<std::size_t>(most, 1));
  PARLEY_TRY(const IndexMark erased, read_mark(session, erased_mark));
  std::vector<Entry> entries;
  std::int64_t last = 0;
  bool more = false;
  {
    PARLEY_TRY(Statement rows,
               session.connection->prepare("SELECT number, type, held FROM place_waiting ORDER BY number"));
    for (;;) {
      PARLEY_TRY(const bool row, rows.step());
      if (!row) break;
      more = entries.size() >= most;
      if (more) break;
      last = rows.integer(0);
      const auto type = static_cast<Type>(rows.integer(1));
      ByteReader held(rows.blob(2));
      while (!held.at_end()) {
        PARLEY_TRY(const std::uint16_t size, held.u16());
        PARLEY_TRY(const BytesView value, held.take(size));
        if (last <= erased.value) {
          PARLEY_TRY(const bool is_still, is_held(session, type, value));
          if (!is_still) continue;
        }
        Entry entry = entry_of(type, value);
        if (!entry.place.empty()) entries.push_back(std::move(entry));
      }
    }
  }
  if (last == 0) return false;
  PARLEY_CHECK(insert(session, entries));
  PARLEY_TRY(Lease erase, session.connection->use("DELETE FROM place_waiting WHERE number <= ?1"));
  erase->bind(1, last);
  PARLEY_CHECK(erase->run());
  // Numbers begin anew when no row is left.
  if (!more && erased.value != 0) PARLEY_CHECK(set_mark(session, erased_mark, 0));
  return more;
}

Result<void> forget_place(Session& session, const intel::Selector& selector) {
  if (!has_place(selector.type)) return {};
  const Entry entry = entry_of(selector.type, as_bytes(selector.value));
  PARLEY_TRY(Lease erase, session.connection->use(
                              "DELETE FROM place_index WHERE type = ?1 AND place = ?2 AND value = ?3"));
  erase->bind(1, static_cast<std::int64_t>(entry.type));
  erase->bind(2, BytesView(entry.place));
  erase->bind(3, BytesView(entry.value));
  PARLEY_CHECK(erase->run());
  PARLEY_TRY(Lease last, session.connection->use("SELECT max(number) FROM place_waiting"));
  PARLEY_TRY(const bool row, last->step());
  if (!row || last->integer(0) == 0) return {};
  return set_mark(session, erased_mark, last->integer(0));
}

Result<void> forget_places(Session& session) {
  PARLEY_CHECK(session.connection->execute(
      "DELETE FROM place_index; DELETE FROM place_waiting; DELETE FROM index_mark WHERE name = 'erased'"));
  return set_mark(session, places_mark, 0);
}

Result<std::vector<intel::Selector>> list_in_scope(Session& session, const state::Scope& scope,
                                                   intel::SelectorType type, std::string_view after,
                                                   std::size_t limit) {
  std::vector<intel::Selector> out;
  if (!has_place(type)) return out;
  Bytes first;
  Bytes last;
  if (scope.network) {
    if (type == (scope.network->v6 ? Type::ipv4_addr : Type::ipv6_addr)) return out;
    first = place_of(*scope.network);
    intel::Network end = *scope.network;
    end.address = intel::last_address(end);
    last = place_of(end);
  } else {
    first = turned_round(scope.domain);
    last = first;
    last.push_back(0xFF);  // no label has it
  }
  const Entry begin = after.empty() ? Entry{type, first, {}} : entry_of(type, as_bytes(after));
  PARLEY_TRY(Lease rows, session.connection->use(
                             after.empty() ? "SELECT place, value FROM place_index WHERE type = ?1"
                                             " AND place >= ?2 AND place <= ?4 ORDER BY place, value LIMIT ?5"
                                           : "SELECT place, value FROM place_index WHERE type = ?1"
                                             " AND (place, value) > (?2, ?3) AND place <= ?4"
                                             " ORDER BY place, value LIMIT ?5"));
  rows->bind(1, static_cast<std::int64_t>(type));
  rows->bind(2, BytesView(begin.place));
  if (!after.empty()) rows->bind(3, BytesView(begin.value));
  rows->bind(4, BytesView(last));
  rows->bind(5, static_cast<std::int64_t>(std::min(limit, state::max_page)));
  for (;;) {
    PARLEY_TRY(const bool row, rows->step());
    if (!row) return out;
    out.push_back({type, value_of(type, rows->blob(0), rows->blob(1))});
  }
}

Result<state::IndexStatus> place_status(Session& session) {
  state::IndexStatus out;
  PARLEY_TRY(const IndexMark walked, read_mark(session, places_mark));
  out.rebuilding = walked.value == 0;
  PARLEY_TRY(Lease waiting, session.connection->use("SELECT count(*) FROM place_waiting"));
  PARLEY_TRY(const bool row, waiting->step());
  out.batches = row ? static_cast<std::uint64_t>(waiting->integer(0)) : 0;
  return out;
}

}  // namespace parley::state_sqlite
