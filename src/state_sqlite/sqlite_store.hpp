#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/background.hpp"
#include "state/store.hpp"

namespace parley::state_sqlite {

struct Options {
  /// SQLite's file layer by name; null: the operating system's. Tests put a simulated disk here.
  const char* vfs = nullptr;
  /// Memory for pages of the writer; grows only as it is used.
  std::uint32_t cache_kib = 96U << 10;
  /// Pages of the write-ahead file after which a commit copies them into the main file.
  std::uint32_t checkpoint_pages = 8'192;
  /// Copies them beside the writer, who copies the last few himself. Null: the writer copies all.
  std::shared_ptr<Background> background;
};

/// Opens the store in a file (HOME/state.sqlite), or makes it (mode 0600), and brings its schema up to date
/// in one transaction after a copy to `<file>.v<old version>.backup`. `conflict`: another process has it
/// open, or its schema is newer than this program. `internal`: the disk failed or the file is damaged.
///
/// Beside the file lie `<file>.lock`, and SQLite's `<file>-wal` and `<file>-shm` while it is open.
/// Crash story: SQLite's write-ahead mode, `synchronous=FULL` where a transaction is `synced`, NORMAL where
/// it is `buffered`. At opening the write-ahead file is copied into the main file, synced and emptied, so
/// that no later commit builds on bytes that only the kernel's memory holds.
Result<std::unique_ptr<state::Store>> open(const std::filesystem::path& file, const Options& options = {});

/// A store for tests and trials that is gone when it is closed: a file without syncs in /dev/shm or the
/// temporary directory.
Result<std::unique_ptr<state::Store>> open_memory();

}  // namespace parley::state_sqlite
