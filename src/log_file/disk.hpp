#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace parley::log_file {

/// An open file, as far as the log needs one. The point of the interface is the simulated disk: what a
/// power cut or a failed sync leaves behind cannot be had from a real one on demand.
/// Every error is `internal` and names the file and the reason of the operating system.
class File {
 public:
  virtual ~File() = default;
  virtual Result<std::uint64_t> size() const = 0;
  /// Reads up to `out.size()` bytes; fewer only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) const = 0;
  /// Writes everything or fails; a failed write may have left a part.
  virtual Result<void> write_at(std::uint64_t offset, BytesView bytes) = 0;
  virtual Result<void> truncate(std::uint64_t size) = 0;
  /// What was written, and the size, are on the disk when this succeeds.
  virtual Result<void> sync() = 0;
  /// Drops what the kernel keeps of the file in memory, so that the next read comes from the disk: after a
  /// failed sync the memory shows bytes that never reached it (Rebello et al., USENIX ATC 2020).
  virtual void forget_cached() = 0;
};

/// The directory of a log.
class Disk {
 public:
  virtual ~Disk() = default;
  /// Opens a file for reading and writing, and makes it if need be (mode 0600).
  virtual Result<std::unique_ptr<File>> open(std::string_view name) = 0;
  /// Makes the names in the directory durable.
  virtual Result<void> sync() = 0;
  /// The directory, for messages.
  virtual std::string where() const = 0;
};

/// A real directory, made if need be, owned until it is destroyed: a second process (or a second call) that
/// asks for the same directory gets `conflict`.
Result<std::unique_ptr<Disk>> open_directory(const std::filesystem::path& directory);

}  // namespace parley::log_file
