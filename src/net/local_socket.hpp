#pragma once

// Unix sockets by path. For the sources of `net` alone.

#include <filesystem>
#include <utility>

#include "base/result.hpp"

namespace parley::net {

/// A file descriptor with an owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// Listens at `path`, mode 0600 from its first moment. A socket that nobody listens on is replaced (a node
/// that was killed leaves one); `conflict` for a live one or for any other kind of file.
Result<Descriptor> listen_local(const std::filesystem::path& path);
/// `not_found` when nothing listens there.
Result<Descriptor> connect_local(const std::filesystem::path& path);
/// Whether the process at the other end runs as this one's user (SO_PEERCRED).
bool is_same_user(int socket);

}  // namespace parley::net
