#include <algorithm>
#include <string>
#include <tuple>

#include "state_sqlite/ids.hpp"
#include "state_sqlite/objects.hpp"
#include "state_sqlite/rows.hpp"

namespace parley::state_sqlite {
namespace {

#define PARLEY_OBJECT_COLUMNS "key, anchor, id, version, created_by, marking, labels, source, raw, received"

Result<state::StoredObject> read_object(Session& session, const Lease& row) {
  state::StoredObject out;
  const std::int64_t anchor = row->integer(1);
  out.key = state::ObjectKey(anchor != 0 ? anchor : row->integer(0));
  PARLEY_TRY(out.id, id_text(session.names, row->blob(2)));
  out.type = out.id.substr(0, out.id.find("--"));
  out.version = row->text(3);
  if (!row->blob(4).empty()) {
    PARLEY_TRY(out.created_by, id_text(session.names, row->blob(4)));
  }
  out.marking = state::stored_marking(row->integer(5));
  PARLEY_TRY(const std::vector<std::string>* labels, session.labels.labels(row->integer(6)));
  out.labels = *labels;
  out.source = state::SourceId(row->integer(7));
  out.raw = row->text(8);
  out.received = row->integer(9) != 0;
  return out;
}

Result<std::vector<state::StoredObject>> read_all(Session& session, const Lease& rows) {
  std::vector<state::StoredObject> out;
  for (;;) {
    PARLEY_TRY(const bool row, rows->step());
    if (!row) return out;
    PARLEY_TRY(state::StoredObject object, read_object(session, rows));
    out.push_back(std::move(object));
  }
}

Result<std::optional<state::StoredObject>> first_of(std::vector<state::StoredObject> all) {
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

/// Rows of (from id, from version, property, target), all of it text again.
Result<std::vector<state::StoredReference>> read_references(Session& session, const Lease& rows) {
  std::vector<state::StoredReference> out;
  for (;;) {
    PARLEY_TRY(const bool row, rows->step());
    if (!row) break;
    state::StoredReference reference;
    PARLEY_TRY(reference.from, id_text(session.names, rows->blob(0)));
    reference.from_version = rows->text(1);
    PARLEY_TRY(reference.property, session.names.text(rows->integer(2)));
    PARLEY_TRY(reference.target, id_text(session.names, rows->blob(3)));
    out.push_back(std::move(reference));
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace

Result<std::optional<state::StoredObject>> find_latest(Session& session, std::string_view id) {
  PARLEY_TRY(const std::optional<Bytes> encoded, find_id(session.names, id));
  if (!encoded) return std::nullopt;
  PARLEY_TRY(Lease select, session.connection->use(
                               "SELECT " PARLEY_OBJECT_COLUMNS
                               " FROM object WHERE id = ?1 ORDER BY moment DESC, received, key LIMIT 1"));
  select->bind(1, BytesView(*encoded));
  PARLEY_TRY(std::vector<state::StoredObject> all, read_all(session, select));
  return first_of(std::move(all));
}

Result<std::vector<state::StoredObject>> find_versions(Session& session, std::string_view id) {
  PARLEY_TRY(const std::optional<Bytes> encoded, find_id(session.names, id));
  if (!encoded) return std::vector<state::StoredObject>{};
  PARLEY_TRY(Lease select,
             session.connection->use("SELECT " PARLEY_OBJECT_COLUMNS " FROM object WHERE id = ?1"
                                     " ORDER BY moment, received DESC, key DESC"));
  select->bind(1, BytesView(*encoded));
  return read_all(session, select);
}

Result<std::optional<state::StoredObject>> find_by_key(Session& session, state::ObjectKey key) {
  PARLEY_TRY(Lease select,
             session.connection->use("SELECT " PARLEY_OBJECT_COLUMNS
                                     " FROM object WHERE id = (SELECT id FROM object WHERE key = ?1)"
                                     " ORDER BY moment DESC, received, key LIMIT 1"));
  select->bind(1, key.value());
  PARLEY_TRY(std::vector<state::StoredObject> all, read_all(session, select));
  return first_of(std::move(all));
}

Result<std::optional<state::ObjectKey>> find_key(Session& session, std::string_view id) {
  PARLEY_TRY(const std::optional<Bytes> encoded, find_id(session.names, id));
  if (!encoded) return std::nullopt;
  PARLEY_TRY(Lease select, session.connection->use("SELECT key FROM object WHERE id = ?1 AND anchor = 0"));
  select->bind(1, BytesView(*encoded));
  PARLEY_TRY(const bool found, select->step());
  if (!found) return std::nullopt;
  return state::ObjectKey(select->integer(0));
}

Result<std::vector<state::StoredObject>> list_objects(Session& session, std::string_view type,
                                                      std::string_view after_id, std::size_t limit) {
  PARLEY_TRY(const std::optional<std::int64_t> number, session.names.find(type));
  if (!number) return std::vector<state::StoredObject>{};
  Bytes after = type_prefix(*number);
  const Bytes end = type_prefix(*number + 1);
  if (!after_id.empty()) {
    PARLEY_TRY(const std::optional<Bytes> encoded, find_id(session.names, after_id));
    if (!encoded || !std::equal(after.begin(), after.end(), encoded->begin()))
      return fail(ErrorKind::bad_input, "the page is to begin after an id of another type");
    after = *encoded;
  }
  // SQLite takes the other columns from the row that has the maximum.
  PARLEY_TRY(Lease select, session.connection->use("SELECT " PARLEY_OBJECT_COLUMNS
                                                   ", max(moment) FROM object WHERE id > ?1 AND id < ?2"
                                                   " GROUP BY id ORDER BY id LIMIT ?3"));
  select->bind(1, BytesView(after));
  select->bind(2, BytesView(end));
  select->bind(3, static_cast<std::int64_t>(std::min(limit, state::max_page)));
  return read_all(session, select);
}

Result<std::vector<state::StoredContent>> list_contents(Session& session, state::ContentKey after,
                                                        std::size_t limit) {
  PARLEY_TRY(Lease select, session.connection->use("SELECT " PARLEY_OBJECT_COLUMNS
                                                   " FROM object WHERE key > ?1 ORDER BY key LIMIT ?2"));
  select->bind(1, after.value());
  select->bind(2, static_cast<std::int64_t>(std::min(limit, state::max_page)));
  std::vector<state::StoredContent> out;
  for (;;) {
    PARLEY_TRY(const bool row, select->step());
    if (!row) return out;
    PARLEY_TRY(state::StoredObject object, read_object(session, select));
    out.push_back({state::ContentKey(select->integer(0)), std::move(object)});
  }
}

Result<std::vector<std::optional<state::MarkingCode>>> find_markings(Session& session,
                                                                     std::span<const std::string> ids) {
  struct Wanted {
    std::size_t place;
    Bytes id;
    std::tuple<std::int64_t, std::int64_t, std::int64_t> rank;  // of what was found, the greatest counts
  };
  std::vector<std::optional<state::MarkingCode>> out(ids.size());
  std::vector<Wanted> group;
  const auto find_group = [&]() -> Result<void> {
    static const std::string of_group = "WITH wanted (id) AS (VALUES " + row_marks(1) +
                                        ") SELECT o.id, o.marking, o.moment, o.received, o.key"
                                        " FROM wanted CROSS JOIN object o ON o.id = wanted.id";
    PARLEY_TRY(Lease rows, session.connection->use(of_group.c_str()));
    for (std::size_t i = 0; i < rows_at_once; ++i)
      rows->bind(static_cast<int>(i) + 1, BytesView(group[std::min(i, group.size() - 1)].id));
    for (;;) {
      PARLEY_TRY(const bool row, rows->step());
      if (!row) break;
      const BytesView id = rows->blob(0);
      const std::tuple rank(rows->integer(2), -rows->integer(3), -rows->integer(4));
      for (Wanted& one : group) {
        if (!std::ranges::equal(one.id, id) || (out[one.place] && rank < one.rank)) continue;
        one.rank = rank;
        out[one.place] = state::stored_marking(rows->integer(1));
      }
    }
    group.clear();
    return {};
  };
  for (std::size_t i = 0; i < ids.size(); ++i) {
    PARLEY_TRY(std::optional<Bytes> encoded, find_id(session.names, ids[i]));
    if (encoded) group.push_back({i, std::move(*encoded), {}});
    if (group.size() < rows_at_once && (i + 1 < ids.size() || group.empty())) continue;
    std::ranges::sort(group, {}, &Wanted::id);  // neighbours fall on the same page
    PARLEY_CHECK(find_group());
  }
  return out;
}

Result<std::uint64_t> count_objects(Session& session) {
  PARLEY_TRY(const std::int64_t count,
             session.connection->integer("SELECT count(*) FROM object WHERE anchor = 0"));
  return static_cast<std::uint64_t>(count);
}

Result<std::vector<state::StoredReference>> references_from(Session& session, std::string_view id) {
  PARLEY_TRY(const std::optional<Bytes> encoded, find_id(session.names, id));
  if (!encoded) return std::vector<state::StoredReference>{};
  PARLEY_TRY(Lease select,
             session.connection->use("SELECT o.id, o.version, r.property, r.target FROM object o"
                                     " JOIN reference r ON r.object = o.key WHERE o.id = ?1"));
  select->bind(1, BytesView(*encoded));
  return read_references(session, select);
}

Result<std::vector<state::StoredReference>> references_to(Session& session, std::string_view id) {
  PARLEY_TRY(const std::optional<Bytes> encoded, find_id(session.names, id));
  if (!encoded) return std::vector<state::StoredReference>{};
  PARLEY_TRY(Lease select,
             session.connection->use("SELECT o.id, o.version, r.property, r.target FROM reference r"
                                     " JOIN object o ON o.key = r.object WHERE r.target = ?1"));
  select->bind(1, BytesView(*encoded));
  return read_references(session, select);
}

#undef PARLEY_OBJECT_COLUMNS

}  // namespace parley::state_sqlite
