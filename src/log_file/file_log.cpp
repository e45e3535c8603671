#include "log_file/file_log.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "log_file/replay.hpp"
#include "log_file/wal_format.hpp"

namespace parley::log_file {
namespace {

class WalLog final : public FileLog {
 public:
  WalLog(std::unique_ptr<Disk> disk, std::unique_ptr<File> file, const Salt& salt, Contents contents,
         Recovery recovery)
      : disk_(std::move(disk)),
        file_(std::move(file)),
        salt_(salt),
        contents_(std::move(contents)),
        recovery_(recovery) {}

  Result<log::LeafIndex> append(std::span<const Bytes> entries, BytesView signed_checkpoint) override {
    if (needs_audit_)
      return fail(
          ErrorKind::conflict,
          "the ledger could not be written and needs an audit: stop the node, look at the disk, start "
          "again",
          disk_->where());
    PARLEY_CHECK(log::check_append(entries, signed_checkpoint));
    const std::uint64_t first = contents_.leaves.size();
    const Bytes record =
        make_record(salt_, contents_.chain, log::TreeSize(first), entries, signed_checkpoint);
    // Set before the disk is touched: whatever ends this early leaves a log that takes no more.
    needs_audit_ = true;
    PARLEY_CHECK(file_->write_at(contents_.end, record));
    PARLEY_CHECK(file_->sync());
    needs_audit_ = false;

    std::uint64_t at = contents_.end + record_header_bytes;
    for (const Bytes& entry : entries) {
      contents_.offsets.push_back(at);
      contents_.leaves.push_back(hash_leaf(entry));
      at += 2 + entry.size();
    }
    contents_.checkpoint = to_bytes(signed_checkpoint);
    std::copy_n(record.end() - chain_bytes, chain_bytes, contents_.chain.begin());
    contents_.end += record.size();
    return log::LeafIndex(first);
  }

  Result<Bytes> entry(log::LeafIndex index) const override {
    if (index.value() >= contents_.leaves.size())
      return fail(ErrorKind::not_found, "the ledger has no entry " + std::to_string(index.value()));
    const std::uint64_t offset = contents_.offsets[index.value()];
    ByteArray<2> length{};
    PARLEY_TRY(const std::size_t got, file_->read_at(offset, length));
    Bytes out(std::size_t{length[0]} << 8 | length[1]);
    PARLEY_TRY(const std::size_t read, file_->read_at(offset + length.size(), out));
    if (got != length.size() || read != out.size() || hash_leaf(out) != contents_.leaves[index.value()])
      return fail(ErrorKind::internal,
                  "entry " + std::to_string(index.value()) +
                      " is no longer what was appended: the file was changed or damaged",
                  disk_->where());
    return out;
  }

  const log::LeafHash& leaf_hash(log::LeafIndex index) const override {
    PARLEY_ASSERT(index.value() < contents_.leaves.size());
    return contents_.leaves[index.value()];
  }
  log::TreeSize size() const override { return log::TreeSize(contents_.leaves.size()); }
  const Bytes& last_checkpoint() const override { return contents_.checkpoint; }
  bool needs_audit() const override { return needs_audit_; }
  const Recovery& recovery() const override { return recovery_; }

 private:
  std::unique_ptr<Disk> disk_;  // holds the lock; outlives the file
  std::unique_ptr<File> file_;
  Salt salt_;
  Contents contents_;
  Recovery recovery_;
  bool needs_audit_ = false;
};

/// Writes the header of a new log. Its name and header are durable before the first record is written, so a
/// file with records always has them; a crash in between leaves a short file, which is begun anew.
Result<void> write_header(Disk& disk, File& file, const Salt& salt) {
  PARLEY_CHECK(file.truncate(0));
  PARLEY_CHECK(file.write_at(0, make_wal_header(salt)));
  PARLEY_CHECK(file.sync());
  return disk.sync();
}

/// Keeps the torn tail as wal.cut, then cuts it off.
Result<void> cut_tail(Disk& disk, File& file, std::uint64_t end, std::uint64_t size) {
  PARLEY_TRY(const std::unique_ptr<File> kept, disk.open(std::string(wal_name) + ".cut"));
  PARLEY_CHECK(kept->truncate(0));
  Bytes buffer(1U << 20);
  for (std::uint64_t at = end; at < size;) {
    PARLEY_TRY(const std::size_t got, file.read_at(at, buffer));
    if (got == 0) break;
    PARLEY_CHECK(kept->write_at(at - end, BytesView(buffer).first(got)));
    at += got;
  }
  PARLEY_CHECK(kept->sync());
  PARLEY_CHECK(disk.sync());
  PARLEY_CHECK(file.truncate(end));
  return file.sync();
}

}  // namespace

Result<std::unique_ptr<FileLog>> open(std::unique_ptr<Disk> disk, Entropy& entropy) {
  PARLEY_TRY(std::unique_ptr<File> file, disk->open(wal_name));
  // An append that was under way when the last owner died may be in memory only: make it durable before
  // anybody is told of it, then read what the disk holds, not what the kernel remembers.
  PARLEY_CHECK(file->sync());
  PARLEY_CHECK(disk->sync());
  file->forget_cached();
  PARLEY_TRY(std::uint64_t size, file->size());
  Bytes header(wal_header_bytes);
  PARLEY_TRY(const std::size_t got, file->read_at(0, header));
  header.resize(got);
  std::optional<Salt> salt = parse_wal_header(header);
  if (!salt) {
    if (size > wal_header_bytes)
      return fail(ErrorKind::internal,
                  "this is no ledger, or its first bytes are damaged. Nothing was changed; restore the file "
                  "from a copy",
                  disk->where() + "/" + wal_name);
    salt.emplace();
    entropy.fill(*salt);
    PARLEY_CHECK(write_header(*disk, *file, *salt));
    header = make_wal_header(*salt);
    size = wal_header_bytes;
  }
  PARLEY_TRY(Contents contents, replay(*file, *salt, header));
  const Recovery recovery{size - contents.end};
  if (recovery.cut_bytes > 0) PARLEY_CHECK(cut_tail(*disk, *file, contents.end, size));
  return std::make_unique<WalLog>(std::move(disk), std::move(file), *salt, std::move(contents), recovery);
}

Result<std::unique_ptr<FileLog>> open(const std::filesystem::path& directory, Entropy& entropy) {
  PARLEY_TRY(std::unique_ptr<Disk> disk, open_directory(directory));
  return open(std::move(disk), entropy);
}

}  // namespace parley::log_file
