#include <algorithm>

#include "state_sqlite/records.hpp"

namespace parley::state_sqlite {
namespace {

constexpr const char* source_too_long = "the name, kind or path of a source is too long";

state::StoredSource read_source(const Lease& row) {
  state::StoredSource out;
  out.id = state::SourceId(row->integer(0));
  out.latest.kind = row->text(1);
  out.latest.name = row->text(2);
  out.latest.path = row->text(3);
  out.latest.sha256 = row->text(4);
  out.first_imported_at = Timestamp::from_microseconds(row->integer(5));
  out.latest.imported_at = Timestamp::from_microseconds(row->integer(6));
  out.imports = static_cast<std::uint64_t>(row->integer(7));
  return out;
}

}  // namespace

Result<state::SourceId> add_source(Session& session, const state::Source& source) {
  for (const std::string* text : {&source.name, &source.kind, &source.path, &source.sha256})
    if (text->size() > state::max_source_bytes) return fail(ErrorKind::bad_input, source_too_long);
  PARLEY_TRY(Lease upsert,
             session.connection->use(
                 "INSERT INTO source (kind, name, path, sha256, first_at, last_at, imports)"
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?5, 1) ON CONFLICT (kind, name) DO UPDATE SET path = ?3,"
                 " sha256 = ?4, first_at = min(first_at, ?5), last_at = ?5, imports = imports + 1"
                 " RETURNING id"));
  upsert->bind(1, std::string_view(source.kind));
  upsert->bind(2, std::string_view(source.name));
  upsert->bind(3, std::string_view(source.path));
  upsert->bind(4, std::string_view(source.sha256));
  upsert->bind(5, source.imported_at.microseconds());
  PARLEY_TRY(const bool row, upsert->step());
  const std::int64_t id = row ? upsert->integer(0) : 0;
  PARLEY_TRY(const bool more, upsert->step());
  if (!row || more) return fail(ErrorKind::internal, "the store gave no number to a source");
  return state::SourceId(id);
}

Result<std::optional<state::StoredSource>> find_source(Session& session, state::SourceId id) {
  PARLEY_TRY(Lease select,
             session.connection->use("SELECT id, kind, name, path, sha256, first_at, last_at, imports"
                                     " FROM source WHERE id = ?1"));
  select->bind(1, id.value());
  PARLEY_TRY(const bool found, select->step());
  if (!found) return std::nullopt;
  return read_source(select);
}

Result<std::vector<state::StoredSource>> list_sources(Session& session) {
  PARLEY_TRY(Lease select,
             session.connection->use("SELECT id, kind, name, path, sha256, first_at, last_at, imports"
                                     " FROM source ORDER BY id"));
  std::vector<state::StoredSource> out;
  for (;;) {
    PARLEY_TRY(const bool row, select->step());
    if (!row) return out;
    out.push_back(read_source(select));
  }
}

Result<state::LabelSetId> add_labels(Session& session, std::span<const std::string> labels) {
  if (labels.size() > state::max_labels)
    return fail(ErrorKind::bad_input, "more than " + std::to_string(state::max_labels) + " labels");
  std::vector<std::string> sorted(labels.begin(), labels.end());
  std::ranges::sort(sorted);
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  for (const std::string& label : sorted)
    if (label.size() > state::max_label_bytes)
      return fail(ErrorKind::bad_input,
                  "a label is longer than " + std::to_string(state::max_label_bytes) + " bytes");
  PARLEY_TRY(const std::int64_t id, session.labels.add(sorted));
  return state::LabelSetId(id);
}

}  // namespace parley::state_sqlite
