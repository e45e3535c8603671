#include "files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>

namespace parley::app {

namespace {

std::unexpected<Error> io_error(const std::string& what, const std::string& path) {
  const int code = errno;
  // What another name, other rights or another folder would mend is the caller's; the rest is this machine's.
  constexpr int mendable[] = {ENOENT, EACCES, EPERM, ENOTDIR, EISDIR, ELOOP, ENAMETOOLONG, EROFS};
  const bool is_input = std::find(std::begin(mendable), std::end(mendable), code) != std::end(mendable);
  return fail(is_input ? ErrorKind::bad_input : ErrorKind::internal, what + ": " + std::strerror(code), path);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  // Not blocking: a named pipe that nobody writes to would hold the node for ever.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return io_error("cannot read", path);
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return io_error("cannot read", path);
  if (S_ISDIR(info.st_mode)) return fail(ErrorKind::bad_input, "is a directory, a file was expected", path);
  std::string text;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return io_error("cannot read", path);
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > limit)
      return fail(ErrorKind::bad_input, "larger than the limit of " + std::to_string(limit) + " bytes", path);
  }
}

Result<void> write_file(const std::string& path, std::string_view text, unsigned mode) {
  const std::string temporary = path + ".new";
  {
    const Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
    if (file.get() < 0) return io_error("cannot write", path);
    if (::fchmod(file.get(), mode) != 0) return io_error("cannot set the mode", temporary);
    std::size_t done = 0;
    while (done < text.size()) {
      const ssize_t count = ::write(file.get(), text.data() + done, text.size() - done);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return io_error("cannot write", temporary);
      done += static_cast<std::size_t>(count);
    }
    if (::fsync(file.get()) != 0) return io_error("cannot sync", temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return io_error("cannot put in place", path);
  const std::string parent = std::filesystem::path(path).parent_path().string();
  const Descriptor folder(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) return io_error("cannot sync the folder of", path);
  return {};
}

Result<void> write_cleared(const std::string& path, exchange::Cleared<Bytes>&& content) {
  return write_file(path, as_text(content.value()), 0600);
}

Result<void> make_directory(const std::string& path) {
  std::error_code code;
  const bool existed = std::filesystem::is_directory(path, code);
  std::filesystem::create_directories(path, code);
  if (code) {
    errno = code.value();
    return io_error("cannot make the folder", path);
  }
  if (!existed && ::chmod(path.c_str(), 0700) != 0) return io_error("cannot set the mode", path);
  return {};
}

bool file_exists(const std::string& path) {
  std::error_code code;
  return std::filesystem::exists(path, code);
}

}  // namespace parley::app
