#include "state_sqlite/home_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace parley::state_sqlite {
namespace {

std::unexpected<Error> system_error(std::string_view what, const std::filesystem::path& path) {
  return fail(ErrorKind::internal, std::string(what) + ": " + std::system_category().message(errno),
              path.string());
}

Result<void> sync_at(const std::filesystem::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return system_error("cannot open", path);
  const bool synced = ::fsync(fd) == 0;
  const auto error = system_error("cannot sync to the disk", path);
  ::close(fd);
  if (!synced) return error;
  return {};
}

Result<void> sync_directory_of(const std::filesystem::path& file) {
  const std::filesystem::path directory = file.parent_path();
  return sync_at(directory.empty() ? "." : directory, O_RDONLY | O_DIRECTORY);
}

}  // namespace

Result<FileLock> FileLock::acquire(const std::filesystem::path& file) {
  const std::filesystem::path path = file.string() + ".lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (fd < 0) return system_error("cannot open the lock file", path);
  FileLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK)
    return fail(ErrorKind::conflict, "another process has this store open: stop it, or speak to it",
                file.string());
  return system_error("cannot lock", path);
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> create_private(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) {
    if (errno == EEXIST) return {};
    return system_error("cannot make the file", file);
  }
  ::close(fd);
  return sync_directory_of(file);
}

Result<void> sync_file(const std::filesystem::path& file) {
  PARLEY_CHECK(sync_at(file, O_RDONLY));
  return sync_directory_of(file);
}

}  // namespace parley::state_sqlite
