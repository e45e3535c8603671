#include "state_sqlite/misp_events.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "state/limits.hpp"

namespace parley::state_sqlite {
namespace {

using Uuid = ByteArray<16>;

/// The bytes of a UUID in its usual form.
std::optional<Uuid> read_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid out{};
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash != (text[i] == '-')) return std::nullopt;
    if (is_dash) continue;
    const int digit = hex_digit(text[i]);
    if (digit < 0) return std::nullopt;
    out[digits / 2] = static_cast<std::uint8_t>(out[digits / 2] << 4U | digit);
    ++digits;
  }
  return out;
}

std::string uuid_text(BytesView bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += digits[bytes[i] >> 4U];
    out += digits[bytes[i] & 0x0FU];
  }
  return out;
}

// In this order everywhere: uuid, source, origin, timestamp, published, attributes, summary, content.
#define PARLEY_MISP_ENTRY "uuid, source, origin, timestamp, published, attributes, summary"
// Our own first (its origin is 0), then the latest.
#define PARLEY_MISP_BEST " WHERE uuid = ?1 ORDER BY origin <> 0, timestamp DESC, origin LIMIT 1"

state::MispEventEntry read_entry(const Lease& row) {
  state::MispEventEntry entry;
  entry.uuid = uuid_text(row->blob(0));
  entry.source = state::SourceId(row->integer(1));
  entry.received = row->integer(2) != 0;
  entry.timestamp = row->integer(3);
  entry.published = row->integer(4) != 0;
  entry.attributes = static_cast<std::uint64_t>(row->integer(5));
  entry.summary = row->text(6);
  return entry;
}

Result<std::optional<state::StoredMispEvent>> read_event(const Lease& row) {
  PARLEY_TRY(const bool found, row->step());
  if (!found) return std::nullopt;
  return state::StoredMispEvent{read_entry(row), std::string(as_text(row->blob(7)))};
}

std::int64_t origin_of(state::SourceId source, bool received) {
  return received ? source.value() : 0;
}

}  // namespace

Result<std::optional<state::StoredMispEvent>> SqliteMispEvents::find(std::string_view uuid) const {
  const std::optional<Uuid> bytes = read_uuid(uuid);
  if (!bytes) return std::nullopt;
  PARLEY_TRY(const Lease select, session_.connection->use("SELECT " PARLEY_MISP_ENTRY
                                                          ", content FROM misp_event" PARLEY_MISP_BEST));
  select->bind(1, BytesView(*bytes));
  return read_event(select);
}

Result<std::optional<state::MispEventEntry>> SqliteMispEvents::find_entry(std::string_view uuid) const {
  const std::optional<Uuid> bytes = read_uuid(uuid);
  if (!bytes) return std::nullopt;
  PARLEY_TRY(const Lease select,
             session_.connection->use("SELECT " PARLEY_MISP_ENTRY " FROM misp_event" PARLEY_MISP_BEST));
  select->bind(1, BytesView(*bytes));
  PARLEY_TRY(const bool found, select->step());
  if (!found) return std::nullopt;
  return read_entry(select);
}

Result<std::optional<std::string>> SqliteMispEvents::first_uuid(std::string_view beginning) const {
  constexpr std::string_view zeros = "00000000-0000-0000-0000-000000000000";
  const std::size_t size = std::min(beginning.size(), zeros.size());
  const std::optional<Uuid> from =
      read_uuid(std::string(beginning.substr(0, size)) + std::string(zeros.substr(size)));
  if (!from) return std::nullopt;
  PARLEY_TRY(const Lease select,
             session_.connection->use("SELECT uuid FROM misp_event WHERE uuid >= ?1 ORDER BY uuid LIMIT 1"));
  select->bind(1, BytesView(*from));
  PARLEY_TRY(const bool found, select->step());
  if (!found) return std::nullopt;
  std::string out = uuid_text(select->blob(0));
  std::string wanted;
  append_lower(wanted, beginning);
  if (!out.starts_with(wanted)) return std::nullopt;
  return out;
}

Result<std::optional<state::StoredMispEvent>> SqliteMispEvents::find_of(std::string_view uuid,
                                                                        state::SourceId source,
                                                                        bool received) const {
  const std::optional<Uuid> bytes = read_uuid(uuid);
  if (!bytes) return std::nullopt;
  PARLEY_TRY(const Lease select,
             session_.connection->use("SELECT " PARLEY_MISP_ENTRY ", content FROM misp_event"
                                      " WHERE uuid = ?1 AND origin = ?2"));
  select->bind(1, BytesView(*bytes));
  select->bind(2, origin_of(source, received));
  return read_event(select);
}

Result<std::vector<state::MispEventEntry>> SqliteMispEvents::list(const state::MispEventPlace& after,
                                                                  std::size_t limit) const {
  std::vector<state::MispEventEntry> out;
  const std::optional<Uuid> behind = read_uuid(after.uuid);
  if (!behind && !after.uuid.empty())
    return fail(ErrorKind::bad_input, "no UUID: " + after.uuid.substr(0, 64));
  PARLEY_TRY(const Lease select,
             session_.connection->use(
                 "SELECT " PARLEY_MISP_ENTRY " FROM misp_event e"
                 " WHERE (timestamp, uuid) > (?1, ?2)"
                 " AND NOT EXISTS (SELECT 1 FROM misp_event b WHERE b.uuid = e.uuid AND b.origin <> e.origin"
                 "  AND (b.origin = 0 OR (e.origin <> 0 AND (b.timestamp, -b.origin)"
                 "   > (e.timestamp, -e.origin))))"
                 " ORDER BY timestamp, uuid LIMIT ?3"));
  select->bind(1, after.timestamp);
  const Uuid place = behind.value_or(Uuid{});
  select->bind(2, BytesView(place));
  select->bind(3, static_cast<std::int64_t>(std::min(limit, state::max_page)));
  for (;;) {
    PARLEY_TRY(const bool row, select->step());
    if (!row) return out;
    out.push_back(read_entry(select));
  }
}

Result<std::uint64_t> SqliteMispEvents::count() const {
  PARLEY_TRY(const Lease select,
             session_.connection->use("SELECT count(*) FROM (SELECT DISTINCT uuid FROM misp_event)"));
  PARLEY_TRY(const bool row, select->step());
  return row ? static_cast<std::uint64_t>(select->integer(0)) : 0;
}

Result<void> SqliteMispEvents::put(const state::NewMispEvent& event) {
  const std::optional<Uuid> uuid = read_uuid(event.uuid);
  if (!uuid) return fail(ErrorKind::bad_input, "the event has no UUID");
  if (event.content.size() > state::max_misp_event_bytes)
    return fail(ErrorKind::bad_input,
                "the event is longer than " + std::to_string(state::max_misp_event_bytes) + " bytes");
  if (event.summary.size() > state::max_misp_summary_bytes)
    return fail(ErrorKind::bad_input, "the summary of the event is longer than " +
                                          std::to_string(state::max_misp_summary_bytes) + " bytes");
  if (!session_.connection->in_transaction())
    return fail(ErrorKind::conflict, "events are only put within a transaction");
  PARLEY_TRY(
      const Lease upsert,
      session_.connection->use(
          "INSERT INTO misp_event (uuid, origin, source, timestamp, published, attributes, summary,"
          " content) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (uuid, origin) DO UPDATE SET"
          " source = ?3, timestamp = ?4, published = ?5, attributes = ?6, summary = ?7, content = ?8"));
  upsert->bind(1, BytesView(*uuid));
  upsert->bind(2, origin_of(event.source, event.received));
  upsert->bind(3, event.source.value());
  upsert->bind(4, event.timestamp);
  upsert->bind(5, std::int64_t{event.published});
  upsert->bind(6, static_cast<std::int64_t>(event.attributes));
  upsert->bind(7, std::string_view(event.summary));
  upsert->bind(8, as_bytes(event.content));
  return upsert->run();
}

Result<bool> SqliteMispEvents::erase(std::string_view uuid) {
  const std::optional<Uuid> bytes = read_uuid(uuid);
  if (!bytes) return false;
  if (!session_.connection->in_transaction())
    return fail(ErrorKind::conflict, "events are only taken out within a transaction");
  PARLEY_TRY(const Lease erase, session_.connection->use("DELETE FROM misp_event WHERE uuid = ?1"));
  erase->bind(1, BytesView(*bytes));
  PARLEY_CHECK(erase->run());
  return session_.connection->changes() != 0;
}

}  // namespace parley::state_sqlite
