#pragma once

#include <filesystem>
#include <utility>

#include "base/result.hpp"

namespace parley::state_sqlite {

/// The lock of a store's file: `<file>.lock`, held until it is destroyed. A file of its own, because closing
/// any descriptor of SQLite's file would drop SQLite's own locks (POSIX).
class FileLock {
 public:
  /// `conflict` when another process, or another store of this one, holds it.
  static Result<FileLock> acquire(const std::filesystem::path& file);
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

/// Makes an empty file for the owner alone if there is none, its name durable.
Result<void> create_private(const std::filesystem::path& file);
/// Syncs a file and its directory, after it was written by somebody else.
Result<void> sync_file(const std::filesystem::path& file);

}  // namespace parley::state_sqlite
