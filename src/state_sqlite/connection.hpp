#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/result.hpp"
#include "state_sqlite/statement.hpp"

struct sqlite3;

namespace parley::state_sqlite {

/// One connection to the file and its prepared statements. One thread at a time.
class Connection {
 public:
  enum class Mode : std::uint8_t { writer, reader };
  /// `vfs`: SQLite's file layer by name, null for the usual one (tests put a simulated disk there).
  static Result<std::unique_ptr<Connection>> open(const std::string& path, Mode mode, const char* vfs);

  /// The statement of a literal, prepared once. The same one must not be leased twice at the same time.
  Result<Lease> use(const char* sql);
  /// A statement of one's own, for walks during which anything else may run.
  Result<Statement> prepare(std::string_view sql) { return Statement::prepare(db_.get(), sql); }
  /// Runs statements that give no rows.
  Result<void> execute(const std::string& sql);
  /// The one integer that a query gives.
  Result<std::int64_t> integer(const std::string& sql);
  /// Rows that the last INSERT, UPDATE or DELETE changed.
  std::int64_t changes() const;
  bool in_transaction() const;

  /// Takes the copying of the write-ahead file into the main file over from SQLite, which does it after
  /// commits and says nothing when it fails.
  void watch_write_ahead();
  /// Pages of the write-ahead file after the last commit that wrote any.
  int write_ahead_pages() const { return write_ahead_pages_; }
  /// Such commits so far.
  std::uint64_t writing_commits() const { return writing_commits_; }
  /// Copies as much as no snapshot still needs, and syncs. How many pages from the beginning of the
  /// write-ahead file are copied now; none when another connection is copying, or when the file began anew.
  Result<int> checkpoint();
  sqlite3* handle() const { return db_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  std::unique_ptr<sqlite3, Close> db_;  // before the statements: they go first
  std::unordered_map<const void*, Statement> statements_;
  int write_ahead_pages_ = 0;
  std::uint64_t writing_commits_ = 0;
};

}  // namespace parley::state_sqlite
