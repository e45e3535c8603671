#include "exchange/run_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace parley::exchange {
namespace {

std::unexpected<Error> no_such_run(std::string_view run) {
  return fail(ErrorKind::not_found, "no sealed records of run " + std::string(run) + " are kept here");
}

/// An open file that closes itself.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

/// How many bytes came before the end of the file: all of them, or fewer at a torn end.
Result<std::size_t> read_up_to(int descriptor, std::span<std::uint8_t> out) {
  std::size_t have = 0;
  while (have < out.size()) {
    const ssize_t got = ::read(descriptor, out.data() + have, out.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return fail(ErrorKind::internal, std::string("reading a sealed run: ") + std::strerror(errno));
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  return have;
}

}  // namespace

Result<void> MemoryRunStore::append(std::string_view run, BytesView record) {
  runs_[std::string(run)].push_back(to_bytes(record));
  return {};
}

Result<void> MemoryRunStore::read(std::string_view run,
                                  const std::function<Result<void>(BytesView)>& visit) const {
  const auto found = runs_.find(run);
  if (found == runs_.end()) return no_such_run(run);
  for (const Bytes& record : found->second) PARLEY_CHECK(visit(record));
  return {};
}

Result<void> MemoryRunStore::erase(std::string_view run) {
  if (const auto found = runs_.find(run); found != runs_.end()) runs_.erase(found);
  return {};
}

Result<std::string> FileRunStore::path(std::string_view run) const {
  const bool is_id = run.size() == 36 && std::ranges::all_of(run, [](char c) {
                       return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-';
                     });
  if (!is_id) return fail(ErrorKind::bad_input, "\"" + std::string(run) + "\" is no id of a run");
  return directory_ + "/" + std::string(run) + ".sealed";
}

Result<void> FileRunStore::append(std::string_view run, BytesView record) {
  PARLEY_TRY(const std::string name, path(run));
  const File file(::open(name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (file.get() < 0) return fail(ErrorKind::internal, name + ": " + std::strerror(errno));
  Bytes bytes;
  bytes.reserve(record.size() + 4);
  append_prefixed(bytes, record);
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t put = ::write(file.get(), bytes.data() + written, bytes.size() - written);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail(ErrorKind::internal, name + ": " + std::strerror(errno));
    written += static_cast<std::size_t>(put);
  }
  return {};
}

Result<void> FileRunStore::read(std::string_view run,
                                const std::function<Result<void>(BytesView)>& visit) const {
  PARLEY_TRY(const std::string name, path(run));
  const File file(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 && errno == ENOENT) return no_such_run(run);
  if (file.get() < 0) return fail(ErrorKind::internal, name + ": " + std::strerror(errno));
  for (;;) {
    ByteArray<4> head;
    PARLEY_TRY(const std::size_t got, read_up_to(file.get(), head));
    if (got == 0) return {};
    const std::uint32_t size = got < head.size() ? 0 : *ByteReader(head).u32();
    if (size == 0 || size > max_run_record_bytes)
      return fail(ErrorKind::bad_input, "a sealed run is damaged", name);
    Bytes record(size);
    PARLEY_TRY(const std::size_t body, read_up_to(file.get(), record));
    if (body < size) return fail(ErrorKind::bad_input, "a sealed run is cut off", name);
    PARLEY_CHECK(visit(record));
  }
}

Result<void> FileRunStore::erase(std::string_view run) {
  PARLEY_TRY(const std::string name, path(run));
  if (::unlink(name.c_str()) != 0 && errno != ENOENT)
    return fail(ErrorKind::internal, name + ": " + std::strerror(errno));
  return {};
}

}  // namespace parley::exchange
