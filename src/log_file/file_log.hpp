#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/entropy.hpp"
#include "log/log.hpp"
#include "log_file/disk.hpp"

namespace parley::log_file {

/// Name of the log's file in its directory.
inline constexpr const char* wal_name = "wal";

/// What opening a log had to do.
struct Recovery {
  /// Bytes of an append that was never acknowledged, cut off the end (0: none). They are kept beside the log
  /// as `wal.cut`, because damage to the very last record looks the same: who holds a newer checkpoint of
  /// this log (a witness, a peer, the index in `state`) must compare it with `size()`.
  std::uint64_t cut_bytes = 0;
};

/// The log as one file of chained records (see wal_format.hpp). Memory: 40 bytes an entry.
class FileLog : public log::Log {
 public:
  virtual const Recovery& recovery() const = 0;
};

/// Opens the log of a directory, HOME/ledger, or makes an empty one. Replays the whole file from the disk
/// with every hash checked; linear in its size. `conflict`: another process has it open. `internal`: the disk
/// failed, or the file is damaged before its last record: restore it from a copy; nothing was changed.
/// `entropy` is drawn from only when the log is made.
Result<std::unique_ptr<FileLog>> open(const std::filesystem::path& directory, Entropy& entropy);
/// The same over any disk.
Result<std::unique_ptr<FileLog>> open(std::unique_ptr<Disk> disk, Entropy& entropy);

}  // namespace parley::log_file
