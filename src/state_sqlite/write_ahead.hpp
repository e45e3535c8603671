#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "state_sqlite/connection.hpp"
#include "state_sqlite/sqlite_store.hpp"

namespace parley::state_sqlite {

/// Copies SQLite's write-ahead file into the main file so that it stays small: most of it beside the writer,
/// where `Options::background` has a thread for it, and the last few megabytes between two transactions,
/// since the file begins anew only when a transaction finds all of it copied. On the writer's thread.
class WriteAhead {
 public:
  WriteAhead(std::string path, const Options& options);
  /// Waits for what is being copied.
  ~WriteAhead();
  WriteAhead(const WriteAhead&) = delete;
  WriteAhead& operator=(const WriteAhead&) = delete;

  /// After every commit. An error says that a sync failed, as that of `check` does.
  Result<void> after_commit(Connection& writer);
  /// Before every transaction and commit: whether copying has failed beside them. A sync that fails may have
  /// lost pages of buffered transactions, behind which no synced one may be put.
  Result<void> check();

 private:
  struct Pass;
  Result<void> collect();

  const std::string path_;
  const char* const vfs_;
  const int begin_at_;  ///< pages of the file after which a commit has them copied
  const std::shared_ptr<Background> background_;
  std::unique_ptr<Pass> pass_;
  int copied_ = 0;  ///< pages from the beginning of the file, as far as is known
};

}  // namespace parley::state_sqlite
