#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "state_sqlite/connection.hpp"
#include "state_sqlite/sqlite_store.hpp"

namespace parley::state_sqlite {

/// Copies SQLite's write-ahead file into the main file so that it stays small: most of it beside the writer,
/// where `Options::background` has a thread for it, and the last few megabytes between two transactions,
/// since the file begins anew only when a transaction finds all of it copied and no snapshot reads from it.
/// All members are called on the writer's thread.
///
/// Copying begins beside the writer only behind a commit that has just added pages, and nobody else copies
/// meanwhile: so the file cannot be whole in the main file, and begin anew, while that copying begins. SQLite
/// before 3.51.3 damages the database otherwise (sqlite.org/wal.html, "The WAL-reset bug").
class WriteAhead {
 public:
  WriteAhead(std::string path, const Options& options);
  /// Waits for what is being copied.
  ~WriteAhead();
  WriteAhead(const WriteAhead&) = delete;
  WriteAhead& operator=(const WriteAhead&) = delete;

  /// After every commit, also one that wrote nothing: that is a wish to have the file emptied. An error says
  /// that copying failed, as that of `check` does.
  Result<void> after_commit(Connection& writer);
  /// Before every transaction and commit: whether copying has failed beside them. A sync that fails may have
  /// lost pages of buffered transactions, behind which no synced one may be put. One that fails while a
  /// commit is syncing fails that commit, too: Linux tells each open file once of what could not be written.
  Result<void> check();

 private:
  struct Pass;

  const std::string path_;
  const char* const vfs_;
  const int begin_at_;  ///< pages of the file after which a commit has them copied
  const std::shared_ptr<Background> background_;
  std::unique_ptr<Pass> pass_;
  std::uint64_t commits_ = 0;  ///< of the writer that were seen
  int pages_ = 0;              ///< of the file then
  int copied_ = 0;             ///< from its beginning, as far as is known
};

}  // namespace parley::state_sqlite
