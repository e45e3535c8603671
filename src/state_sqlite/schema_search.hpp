#pragma once

/// What schema 5 adds for search and upkeep. Nothing here is written while objects and holdings are stored
/// but `place_waiting`, one row a batch: indexes are brought up to date afterwards (indexing.hpp).
namespace parley::state_sqlite {

/// - `text_index`: words of names and descriptions, by the key of the content; it keeps no copy of them.
///   `text_words` shows what it holds.
/// - `value_index`: which contents say a value, by 64 bits of its hash (two values may share them).
/// - `place_index`: held addresses as numbers and held names by host, labels turned round, so that what lies
///   below a domain or inside a network is one range.
/// - `place_waiting`: values that `place_index` does not have yet.
/// - `validity`: until when contents say that they are valid.
/// - `index_mark`: how far each index is.
/// - `object.ended`: since when an object does not hold any more though it is kept; 0 while it does.
inline constexpr const char* search_tables = R"sql(
ALTER TABLE object ADD COLUMN ended INTEGER NOT NULL DEFAULT 0;
CREATE VIRTUAL TABLE text_index USING fts5(
  names, body, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO text_index (text_index, rank) VALUES ('hashsize', 8388608);
CREATE VIRTUAL TABLE text_words USING fts5vocab(text_index, instance);
CREATE TABLE value_index (
  hash   INTEGER NOT NULL,
  object INTEGER NOT NULL,
  PRIMARY KEY (hash, object)
) WITHOUT ROWID;
CREATE TABLE place_index (
  type  INTEGER NOT NULL,
  place BLOB NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (type, place, value)
) WITHOUT ROWID;
CREATE TABLE place_waiting (
  number INTEGER PRIMARY KEY,
  type   INTEGER NOT NULL,
  held   BLOB NOT NULL
);
CREATE TABLE validity (
  until  INTEGER NOT NULL,
  object INTEGER NOT NULL,
  PRIMARY KEY (until, object)
) WITHOUT ROWID;
CREATE TABLE sighting (
  type   INTEGER NOT NULL,
  value  BLOB NOT NULL,
  at     INTEGER NOT NULL,
  kind   INTEGER NOT NULL,
  source INTEGER NOT NULL,
  times  INTEGER NOT NULL,
  PRIMARY KEY (type, value, at, kind, source)
) WITHOUT ROWID;
CREATE INDEX sighting_kind ON sighting (kind, at);
CREATE TABLE index_mark (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL,
  place BLOB NOT NULL
) WITHOUT ROWID;
)sql";

}  // namespace parley::state_sqlite
