#include "net/local_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace parley::net {

namespace {

std::unexpected<Error> system_error(ErrorKind kind, std::string_view doing,
                                    const std::filesystem::path& path) {
  return fail(kind, std::string(doing) + ": " + std::strerror(errno), path.string());
}

// An address has room for 107 characters. A longer path is reached through its open folder.
struct LocalAddress {
  sockaddr_un address{};
  Descriptor folder;
};

Result<LocalAddress> address_of(const std::filesystem::path& path) {
  LocalAddress out;
  out.address.sun_family = AF_UNIX;
  std::string text = path.string();
  if (text.size() >= sizeof out.address.sun_path) {
    const std::filesystem::path folder = path.parent_path().empty() ? "." : path.parent_path();
    out.folder = Descriptor(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!out.folder) return system_error(ErrorKind::not_found, "opening the folder of the socket", folder);
    text = "/proc/self/fd/" + std::to_string(out.folder.get()) + "/" + path.filename().string();
  }
  if (text.size() >= sizeof out.address.sun_path)
    return fail(ErrorKind::usage, "the name of the socket is too long", path.string());
  std::memcpy(out.address.sun_path, text.c_str(), text.size() + 1);
  return out;
}

Result<Descriptor> open_socket(const std::filesystem::path& path) {
  Descriptor out(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!out) return system_error(ErrorKind::internal, "making a socket", path);
  return out;
}

bool bind_to(const Descriptor& socket, const LocalAddress& at) {
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&at.address), sizeof at.address) == 0;
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Descriptor> listen_local(const std::filesystem::path& path) {
  PARLEY_TRY(const LocalAddress at, address_of(path));
  PARLEY_TRY(Descriptor socket, open_socket(path));
  // Linux gives the file the mode of the socket less the umask: set before binding, there is no moment at
  // which others could connect.
  if (::fchmod(socket.get(), 0600) != 0) return system_error(ErrorKind::internal, "setting the mode", path);
  if (!bind_to(socket, at)) {
    if (errno != EADDRINUSE) return system_error(ErrorKind::internal, "binding the control socket", path);
    struct stat found{};
    if (::lstat(path.c_str(), &found) == 0 && !S_ISSOCK(found.st_mode))
      return fail(ErrorKind::conflict, "a file that is no socket is in the way; move it", path.string());
    if (connect_local(path)) return fail(ErrorKind::conflict, "a node already listens here", path.string());
    if (::unlink(path.c_str()) != 0 || !bind_to(socket, at))
      return system_error(ErrorKind::internal, "replacing a stale control socket", path);
  }
  if (::listen(socket.get(), 16) != 0) return system_error(ErrorKind::internal, "listening", path);
  return socket;
}

Result<Descriptor> connect_local(const std::filesystem::path& path) {
  PARLEY_TRY(const LocalAddress at, address_of(path));
  PARLEY_TRY(Descriptor socket, open_socket(path));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&at.address), sizeof at.address) != 0)
    return system_error(ErrorKind::not_found, "no node listens here", path);
  return socket;
}

bool is_same_user(int socket) {
  ucred who{};
  socklen_t size = sizeof who;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && size == sizeof who &&
         who.uid == ::geteuid();
}

}  // namespace parley::net
