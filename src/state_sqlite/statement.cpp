#include "state_sqlite/statement.hpp"

#include <sqlite3.h>

namespace parley::state_sqlite {

std::unexpected<Error> sqlite_error(sqlite3* db, int code, std::string_view doing) {
  std::string message = "the store failed to " + std::string(doing) + ": ";
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(ErrorKind::conflict, message + "another process has it open");
    case SQLITE_FULL:
      message += "the disk is full; free some space and start again";
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      message += "its file is damaged or no store; restore it from a backup";
      break;
    case SQLITE_IOERR:
      message += db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
      message +=
          "; look whether the disk is full (df), failing or read-only";  // SQLite does not tell them apart
      break;
    default:
      message += db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  }
  return fail(ErrorKind::internal, message + " (" + std::to_string(code) + ")");
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Result<Statement> Statement::prepare(sqlite3* db, std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &raw, nullptr);
  if (code != SQLITE_OK) return sqlite_error(db, code, "prepare a statement");
  Statement out;
  out.statement_.reset(raw);
  return out;
}

void Statement::bind(int index, std::int64_t value) {
  if (const int code = sqlite3_bind_int64(statement_.get(), index, value); code != SQLITE_OK)
    bind_error_ = code;
}

void Statement::bind(int index, BytesView blob) {
  // A null pointer would bind NULL where an empty blob is meant.
  const void* data = blob.empty() ? "" : static_cast<const void*>(blob.data());
  if (const int code = sqlite3_bind_blob64(statement_.get(), index, data, blob.size(), SQLITE_STATIC);
      code != SQLITE_OK)
    bind_error_ = code;
}

void Statement::bind(int index, std::string_view text) {
  const char* data = text.empty() ? "" : text.data();
  if (const int code =
          sqlite3_bind_text64(statement_.get(), index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
      code != SQLITE_OK)
    bind_error_ = code;
}

Result<bool> Statement::step() {
  sqlite3* db = sqlite3_db_handle(statement_.get());
  if (bind_error_ != SQLITE_OK)
    return sqlite_error(db, std::exchange(bind_error_, SQLITE_OK), "take a value");
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return sqlite_error(db, code, "read or write");
}

Result<void> Statement::run() {
  PARLEY_TRY(const bool row, step());
  static_cast<void>(row);
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

BytesView Statement::blob(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  return {static_cast<const std::uint8_t*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string_view Statement::text(int column) const {
  return as_text(blob(column));
}

}  // namespace parley::state_sqlite
