#include "state_sqlite/connection.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace parley::state_sqlite {

void Connection::Close::operator()(sqlite3* db) const {
  sqlite3_close_v2(db);
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Mode mode, const char* vfs) {
  // SQLite's own count of its memory costs a lock at every allocation, and nobody reads it. Takes effect
  // before the library is first used, and changes nothing later.
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(configured);
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(
      path.c_str(), &raw,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
  auto out = std::make_unique<Connection>();
  out->db_.reset(raw);
  if (code != SQLITE_OK) {
    Error error = sqlite_error(raw, code, "open").error();
    error.where = path;
    return std::unexpected<Error>(std::move(error));
  }
  // The file may have been tampered with: nothing in its schema runs, and cells are checked before use.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  PARLEY_CHECK(
      out->execute("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;"));
  // KiB, taken as pages are touched. Ids are random, so an import touches the index of ids everywhere.
  if (mode == Mode::reader)
    PARLEY_CHECK(out->execute("PRAGMA query_only = ON; PRAGMA cache_size = -8192;"));
  else
    PARLEY_CHECK(out->execute("PRAGMA cache_size = -40960;"));
  return out;
}

Result<Lease> Connection::use(const char* sql) {
  auto it = statements_.find(sql);
  if (it == statements_.end()) {
    PARLEY_TRY(Statement statement, prepare(sql));
    it = statements_.emplace(sql, std::move(statement)).first;
  }
  return Lease(it->second);
}

Result<void> Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return sqlite_error(db_.get(), code, "read or write");
  return {};
}

Result<std::int64_t> Connection::integer(const std::string& sql) {
  PARLEY_TRY(Statement statement, prepare(sql));
  PARLEY_TRY(const bool row, statement.step());
  return row ? statement.integer(0) : 0;
}

std::int64_t Connection::changes() const {
  return sqlite3_changes64(db_.get());
}

void Connection::watch_write_ahead() {
  const auto note = [](void* self, sqlite3*, const char*, int pages) {
    static_cast<Connection*>(self)->write_ahead_pages_ = pages;
    ++static_cast<Connection*>(self)->writing_commits_;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(db_.get(), note, this);
}

Result<int> Connection::checkpoint() {
  int pages = 0;
  int copied = 0;
  const int code = sqlite3_wal_checkpoint_v2(db_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);
  if (code != SQLITE_OK && (code & 0xFF) != SQLITE_BUSY)
    return sqlite_error(db_.get(), code, "copy the write-ahead file");
  return std::max(copied, 0);
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(db_.get()) == 0;
}

}  // namespace parley::state_sqlite
