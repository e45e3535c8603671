#include "log_file/disk.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace parley::log_file {
namespace {

std::unexpected<Error> system_error(int code, std::string_view what, const std::string& where) {
  std::string message = std::string(what) + ": " + std::system_category().message(code);
  if (code == ENOSPC || code == EDQUOT) message += "; free some space and start again";
  return fail(ErrorKind::internal, std::move(message), where);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

class PosixFile final : public File {
 public:
  PosixFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<std::uint64_t> size() const override {
    struct stat status{};
    if (::fstat(fd_.get(), &status) != 0) return system_error(errno, "cannot read the file's size", path_);
    return static_cast<std::uint64_t>(status.st_size);
  }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) const override {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t n =
          ::pread(fd_.get(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return system_error(errno, "cannot read", path_);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

  Result<void> write_at(std::uint64_t offset, BytesView bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return system_error(errno, "cannot write", path_);
      if (n == 0) return fail(ErrorKind::internal, "cannot write: the disk takes no more bytes", path_);
      offset += static_cast<std::uint64_t>(n);
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return {};
  }

  Result<void> truncate(std::uint64_t size) override {
    while (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0)
      if (errno != EINTR) return system_error(errno, "cannot cut the file", path_);
    return {};
  }

  // Never retried: after a failure the kernel may have marked the lost pages clean, and a second sync
  // would then succeed without having written them.
  Result<void> sync() override {
    if (::fdatasync(fd_.get()) != 0) return system_error(errno, "cannot sync to the disk", path_);
    return {};
  }

  void forget_cached() override { ::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_DONTNEED); }

 private:
  Descriptor fd_;
  std::string path_;
};

class PosixDisk final : public Disk {
 public:
  PosixDisk(Descriptor fd, std::filesystem::path path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<std::unique_ptr<File>> open(std::string_view name) override {
    const std::string path = (path_ / name).string();
    Descriptor fd(::openat(fd_.get(), std::string(name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                           S_IRUSR | S_IWUSR));
    if (fd.get() < 0) return system_error(errno, "cannot open", path);
    return std::make_unique<PosixFile>(std::move(fd), path);
  }

  Result<void> sync() override {
    if (::fsync(fd_.get()) != 0) return system_error(errno, "cannot sync the directory", where());
    return {};
  }

  std::string where() const override { return path_.string(); }

 private:
  Descriptor fd_;  // also carries the lock: it goes with the last copy of the descriptor
  std::filesystem::path path_;
};

/// Makes the name of a new directory durable in its parent.
Result<void> sync_parent(const std::filesystem::path& directory) {
  std::filesystem::path parent = directory.parent_path();
  if (parent.empty()) parent = ".";
  const Descriptor fd(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0)
    return system_error(errno, "cannot sync the directory", parent.string());
  return {};
}

}  // namespace

Result<std::unique_ptr<Disk>> open_directory(const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), S_IRWXU) == 0) {
    PARLEY_CHECK(sync_parent(directory));
  } else if (errno != EEXIST) {
    return system_error(errno, "cannot make the directory", directory.string());
  }
  Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return system_error(errno, "cannot open the directory", directory.string());
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return fail(ErrorKind::conflict, "another process has this ledger open: stop it, or speak to it",
                  directory.string());
    return system_error(errno, "cannot lock the directory", directory.string());
  }
  return std::make_unique<PosixDisk>(std::move(fd), directory);
}

}  // namespace parley::log_file
