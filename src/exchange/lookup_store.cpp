#include "exchange/lookup_store.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "lookup/set_file.hpp"

namespace parley::exchange {
namespace {

constexpr std::string_view ending = ".set";

std::unexpected<Error> disk_error(const std::string& what) {
  return fail(ErrorKind::internal, std::string(std::strerror(errno)), what);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }

 private:
  int number_;
};

Result<void> write_whole(int descriptor, BytesView bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return disk_error(name);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

}  // namespace

Result<void> MemoryLookupStore::put(const crypto::Hash256& hash, Bytes bytes) {
  files_[hash] = std::make_shared<const Bytes>(std::move(bytes));
  return {};
}

Result<std::shared_ptr<const Bytes>> MemoryLookupStore::find(const crypto::Hash256& hash) {
  const auto found = files_.find(hash);
  return found == files_.end() ? nullptr : found->second;
}

Result<void> MemoryLookupStore::keep_only(const std::vector<crypto::Hash256>& kept) {
  std::erase_if(files_, [&](const auto& file) { return std::ranges::find(kept, file.first) == kept.end(); });
  return {};
}

std::string FileLookupStore::path(const crypto::Hash256& hash) const {
  return directory_ + "/" + to_hex(hash) + std::string(ending);
}

Result<void> FileLookupStore::put(const crypto::Hash256& hash, Bytes bytes) {
  if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) return disk_error(directory_);
  const std::string name = path(hash);
  const std::string beside = name + ".new";
  {
    const Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.get() < 0) return disk_error(beside);
    PARLEY_CHECK(write_whole(file.get(), bytes, beside));
    // No sync: what a crash tears fails its hash, and is built or fetched anew.
  }
  if (::rename(beside.c_str(), name.c_str()) != 0) return disk_error(name);
  last_ = std::make_shared<const Bytes>(std::move(bytes));
  last_hash_ = hash;
  return {};
}

Result<std::shared_ptr<const Bytes>> FileLookupStore::find(const crypto::Hash256& hash) {
  if (last_ && last_hash_ == hash) return last_;
  const std::string name = path(hash);
  const Descriptor file(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 && errno == ENOENT) return std::shared_ptr<const Bytes>();
  if (file.get() < 0) return disk_error(name);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return disk_error(name);
  const auto size = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
  Bytes bytes(std::min(size, lookup::max_set_file_bytes()));
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::read(file.get(), bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return disk_error(name);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  if (have != size || crypto::sha256(bytes) != hash) {
    ::unlink(name.c_str());
    return std::shared_ptr<const Bytes>();
  }
  last_ = std::make_shared<const Bytes>(std::move(bytes));
  last_hash_ = hash;
  return last_;
}

Result<void> FileLookupStore::keep_only(const std::vector<crypto::Hash256>& kept) {
  DIR* const folder = ::opendir(directory_.c_str());
  if (folder == nullptr) return {};
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(folder)) names.emplace_back(entry->d_name);
  ::closedir(folder);
  for (const std::string& name : names) {
    if (!name.ends_with(ending) && !name.ends_with(".new")) continue;
    const bool stays = std::ranges::any_of(
        kept, [&](const crypto::Hash256& hash) { return name == to_hex(hash) + std::string(ending); });
    if (!stays) ::unlink((directory_ + "/" + name).c_str());
  }
  if (std::ranges::find(kept, last_hash_) == kept.end()) last_.reset();
  return {};
}

}  // namespace parley::exchange
