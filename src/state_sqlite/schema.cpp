#include "state_sqlite/schema.hpp"

#include <array>
#include <string>

#include "state_sqlite/schema_misp.hpp"
#include "state_sqlite/schema_search.hpp"

namespace parley::state_sqlite {
namespace {

/// "PRLY", so that tools can tell the file.
constexpr std::int64_t application_id = 0x50524C59;

/// Compact on purpose: ten million selectors of plain lists should stay well under 2 GB. Texts that repeat
/// (types, properties, collections) are numbers of `name`, label sets are numbers of `label_set`, STIX ids
/// are the number of their type and 16 bytes (see ids.hpp), hashes are bytes. The docs are
/// docs/spec/storage.md.
constexpr const char* version_1 = R"sql(
CREATE TABLE name (
  id   INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
);
CREATE TABLE label_set (
  id     INTEGER PRIMARY KEY,
  labels BLOB NOT NULL UNIQUE
);
CREATE TABLE source (
  id       INTEGER PRIMARY KEY,
  kind     TEXT NOT NULL,
  name     TEXT NOT NULL,
  path     TEXT NOT NULL,
  sha256   TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  last_at  INTEGER NOT NULL,
  imports  INTEGER NOT NULL,
  UNIQUE (kind, name)
);
CREATE TABLE object (
  key        INTEGER PRIMARY KEY,
  anchor     INTEGER NOT NULL,
  id         BLOB NOT NULL,
  moment     INTEGER NOT NULL,
  version    TEXT NOT NULL,
  created_by BLOB NOT NULL,
  marking    INTEGER NOT NULL,
  labels     INTEGER NOT NULL,
  source     INTEGER NOT NULL,
  raw        BLOB NOT NULL
);
CREATE UNIQUE INDEX object_id ON object (id, moment);
CREATE TABLE reference (
  object   INTEGER NOT NULL,
  property INTEGER NOT NULL,
  target   BLOB NOT NULL,
  PRIMARY KEY (object, property, target)
) WITHOUT ROWID;
CREATE INDEX reference_target ON reference (target);
CREATE TABLE holding (
  type    INTEGER NOT NULL,
  value   BLOB NOT NULL,
  object  INTEGER NOT NULL,
  source  INTEGER NOT NULL,
  marking INTEGER NOT NULL,
  labels  INTEGER NOT NULL,
  first   INTEGER NOT NULL,
  span    INTEGER NOT NULL,
  open    INTEGER NOT NULL,
  PRIMARY KEY (type, value, object, source)
) WITHOUT ROWID;
CREATE TABLE document (
  collection INTEGER NOT NULL,
  id         TEXT NOT NULL,
  version    INTEGER NOT NULL,
  body       BLOB NOT NULL,
  PRIMARY KEY (collection, id)
);
CREATE TABLE counter (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
)sql";

/// Holdings keep their PAP (0: none, then CLEAR to RED from 1 on) and whether their source has published
/// them.
constexpr const char* version_2 = R"sql(
ALTER TABLE holding ADD COLUMN pap INTEGER NOT NULL DEFAULT 0;
ALTER TABLE holding ADD COLUMN unpublished INTEGER NOT NULL DEFAULT 0;
)sql";

/// Contents of several sources may stand under one id and version; those of peers are told from our own.
constexpr const char* version_3 = R"sql(
ALTER TABLE object ADD COLUMN received INTEGER NOT NULL DEFAULT 0;
UPDATE object SET received = 1 WHERE source IN (SELECT id FROM source WHERE kind = 'peer');
DROP INDEX object_id;
CREATE UNIQUE INDEX object_id ON object (id, moment, source);
)sql";

/// Collections of TAXII: which versions stand in them since when (members.hpp says what `list` is). The date
/// added rises within a collection, so every list is read from an index in its order.
constexpr const char* version_4 = R"sql(
CREATE TABLE member (
  collection INTEGER NOT NULL,
  added      INTEGER NOT NULL,
  object     INTEGER NOT NULL,
  id         BLOB NOT NULL,
  type       INTEGER NOT NULL,
  spec       INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  shown      INTEGER NOT NULL,
  list       INTEGER NOT NULL,
  PRIMARY KEY (collection, added)
) WITHOUT ROWID;
CREATE UNIQUE INDEX member_id ON member (collection, id, spec, version);
CREATE INDEX member_list ON member (collection, list, added);
CREATE INDEX member_type ON member (collection, type, list, added);
CREATE INDEX member_shown ON member (collection, shown, added);
CREATE TABLE collection_end (
  collection INTEGER PRIMARY KEY,
  added      INTEGER NOT NULL,
  members    INTEGER NOT NULL
);
)sql";

/// Search and upkeep, and what else came with schema 5: each part keeps its tables in a file of its own.
constexpr std::array<const char*, 2> version_5 = {search_tables, misp_tables};

constexpr std::array<Migration, 5> steps_of_this_program = {Migration{version_1}, Migration{version_2},
                                                            Migration{version_3}, Migration{version_4},
                                                            Migration{nullptr, version_5}};

Result<void> run_steps(Connection& connection, std::span<const Migration> steps, std::int64_t from) {
  for (const Migration& step : steps.subspan(static_cast<std::size_t>(from))) {
    if (step.sql != nullptr) PARLEY_CHECK(connection.execute(step.sql));
    for (const char* part : step.parts) PARLEY_CHECK(connection.execute(part));
  }
  PARLEY_CHECK(connection.execute("PRAGMA application_id = " + std::to_string(application_id)));
  PARLEY_CHECK(connection.execute("PRAGMA user_version = " + std::to_string(steps.size())));
  return connection.execute("COMMIT");
}

}  // namespace

std::span<const Migration> migrations() {
  return steps_of_this_program;
}

Result<SchemaVersion> check_schema(Connection& connection, std::span<const Migration> steps) {
  PARLEY_TRY(const std::int64_t version, connection.integer("PRAGMA user_version"));
  PARLEY_TRY(const std::int64_t application, connection.integer("PRAGMA application_id"));
  PARLEY_TRY(const std::int64_t tables, connection.integer("SELECT count(*) FROM sqlite_schema"));
  const auto newest = static_cast<std::int64_t>(steps.size());
  const bool empty = version == 0 && tables == 0;
  if (!empty && application != application_id)
    return fail(ErrorKind::conflict, "the file is a database of another program");
  if (version > newest || version < 0)
    return fail(ErrorKind::conflict, "the store has schema " + std::to_string(version) +
                                         ", this program knows schemas up to " + std::to_string(newest) +
                                         ": use the newer program, or restore the backup of the older");
  return SchemaVersion{version, empty};
}

Result<void> migrate(Connection& connection, std::span<const Migration> steps,
                     const std::function<Result<void>(std::int64_t)>& backup) {
  PARLEY_TRY(const SchemaVersion found, check_schema(connection, steps));
  if (found.version == static_cast<std::int64_t>(steps.size())) return {};
  if (!found.empty) PARLEY_CHECK(backup(found.version));
  PARLEY_CHECK(connection.execute("PRAGMA synchronous = FULL; BEGIN IMMEDIATE"));
  Result<void> done = run_steps(connection, steps, found.version);
  if (!done && connection.in_transaction()) {
    // The first failure is the one to tell; a rollback that fails too leaves the same file behind.
    if (const auto undone = connection.execute("ROLLBACK"); !undone)
      done.error().message += "; not rolled back";
  }
  return done;
}

}  // namespace parley::state_sqlite
