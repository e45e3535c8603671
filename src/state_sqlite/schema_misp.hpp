#pragma once

/// What schema 5 adds for MISP events.
namespace parley::state_sqlite {

/// `misp_event`: events whole, `origin` 0 for our own and the number of the source for those of peers.
inline constexpr const char* misp_tables = R"sql(
CREATE TABLE misp_event (
  number     INTEGER PRIMARY KEY,
  uuid       BLOB NOT NULL,
  origin     INTEGER NOT NULL,
  source     INTEGER NOT NULL,
  timestamp  INTEGER NOT NULL,
  published  INTEGER NOT NULL,
  attributes INTEGER NOT NULL,
  summary    TEXT NOT NULL,
  content    BLOB NOT NULL
);
CREATE UNIQUE INDEX misp_event_uuid ON misp_event (uuid, origin);
CREATE INDEX misp_event_time ON misp_event (timestamp, uuid);
)sql";

}  // namespace parley::state_sqlite
