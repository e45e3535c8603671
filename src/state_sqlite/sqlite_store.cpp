#include "state_sqlite/sqlite_store.hpp"

#include <stdlib.h>

#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "state_sqlite/home_file.hpp"
#include "state_sqlite/schema.hpp"
#include "state_sqlite/sqlite_transaction.hpp"

namespace parley::state_sqlite {
namespace {

/// A snapshot has a connection of its own, so that it may be read on another thread than the writer's.
class Snapshot final : public ReaderOver<state::Reader> {
 public:
  explicit Snapshot(std::unique_ptr<Session> session) : ReaderOver(*session), owned_(std::move(session)) {}

 private:
  std::unique_ptr<Session> owned_;  // closing the connection ends its read transaction
};

/// A directory that goes with its owner.
class Scratch {
 public:
  explicit Scratch(std::filesystem::path path) : path_(std::move(path)) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;  // a leftover in the temporary directory harms nobody
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class SqliteStore final : public state::Store {
 public:
  SqliteStore(std::string path, const Options& options, std::optional<FileLock> lock,
              std::unique_ptr<Connection> connection)
      : path_(std::move(path)),
        options_(options),
        lock_(std::move(lock)),
        writer_(std::make_unique<Writer>(std::move(connection), path_, options)) {}

  /// For a store without syncs, gone with its directory.
  void make_scratch(std::unique_ptr<Scratch> scratch) { scratch_ = std::move(scratch); }

  Result<std::unique_ptr<state::Transaction>> begin(state::Durability durability) override {
    if (const auto copied = writer_->write_ahead.check(); !copied) writer_->poison = copied.error().message;
    if (!writer_->poison.empty())
      return fail(ErrorKind::conflict,
                  "the store could not be written (" + writer_->poison +
                      "): stop the node, look at the disk, start again",
                  path_);
    if (writer_->busy)
      return fail(ErrorKind::conflict, "another transaction is open: commit or drop it first", path_);
    Connection& connection = *writer_->session.connection;
    if (durability_ != durability) {
      const bool sync = durability == state::Durability::synced && !scratch_;
      PARLEY_CHECK(connection.execute(scratch_ ? "PRAGMA synchronous = OFF"
                                      : sync   ? "PRAGMA synchronous = FULL"
                                               : "PRAGMA synchronous = NORMAL"));
      durability_ = durability;
    }
    PARLEY_CHECK(connection.execute("BEGIN IMMEDIATE"));
    return std::make_unique<SqliteTransaction>(*writer_);
  }

  Result<std::unique_ptr<state::Reader>> snapshot() const override {
    PARLEY_TRY(auto connection, Connection::open(path_, Connection::Mode::reader, options_.vfs));
    PARLEY_CHECK(connection->execute("BEGIN"));
    // The snapshot is taken by the first read, not by BEGIN.
    PARLEY_TRY(const std::int64_t version, connection->integer("PRAGMA user_version"));
    static_cast<void>(version);
    return std::make_unique<Snapshot>(std::make_unique<Session>(std::move(connection)));
  }

  std::uint64_t changes() const override { return writer_->changes; }

 private:
  std::string path_;
  Options options_;
  std::unique_ptr<Scratch> scratch_;  // after everything that has files in it
  std::optional<FileLock> lock_;
  std::unique_ptr<Writer> writer_;
  std::optional<state::Durability> durability_;
};

/// A copy that is whole or not there under its name.
Result<void> back_up(Connection& connection, const std::string& path, std::int64_t version) {
  const std::string target = path + ".v" + std::to_string(version) + ".backup";
  const std::string partial = target + ".part";
  std::error_code error;
  std::filesystem::remove(partial, error);
  PARLEY_TRY(Statement copy, connection.prepare("VACUUM INTO ?1"));
  copy.bind(1, std::string_view(partial));
  PARLEY_CHECK(copy.run());
  std::filesystem::permissions(
      partial, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, error);
  if (!error) std::filesystem::rename(partial, target, error);
  if (error) return fail(ErrorKind::internal, "cannot make the backup: " + error.message(), target);
  return sync_file(target);
}

Result<std::unique_ptr<Connection>> open_writer(const std::string& path, const Options& options) {
  PARLEY_TRY(auto connection, Connection::open(path, Connection::Mode::writer, options.vfs));
  PARLEY_TRY(const SchemaVersion found, check_schema(*connection, migrations()));
  static_cast<void>(found);
  // Only a new file takes the size of its pages. Objects are about a kilobyte: fewer and larger pages waste
  // less of the file, and are written with fewer calls.
  PARLEY_CHECK(connection->execute(
      "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864;"
      " PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
      " PRAGMA cache_size = -" +
      std::to_string(options.cache_kib)));
  PARLEY_CHECK(connection->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  PARLEY_CHECK(migrate(*connection, migrations(),
                       [&](std::int64_t version) { return back_up(*connection, path, version); }));
  return connection;
}

}  // namespace

Result<std::unique_ptr<state::Store>> open(const std::filesystem::path& file, const Options& options) {
  std::optional<FileLock> lock;
  if (options.vfs == nullptr) {
    PARLEY_TRY(FileLock acquired, FileLock::acquire(file));
    lock.emplace(std::move(acquired));
    PARLEY_CHECK(create_private(file));
  }
  PARLEY_TRY(auto connection, open_writer(file.string(), options));
  return std::make_unique<SqliteStore>(file.string(), options, std::move(lock), std::move(connection));
}

Result<std::unique_ptr<state::Store>> open_memory() {
  std::error_code error;
  std::filesystem::path root = "/dev/shm";
  if (!std::filesystem::is_directory(root, error)) root = std::filesystem::temp_directory_path(error);
  std::string pattern = (root / "parley-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    return fail(ErrorKind::internal, "cannot make a temporary directory", root.string());
  auto scratch = std::make_unique<Scratch>(pattern);
  const std::string path = (scratch->path() / "state.sqlite").string();
  PARLEY_TRY(auto connection, open_writer(path, {}));
  auto store = std::make_unique<SqliteStore>(path, Options{}, std::nullopt, std::move(connection));
  store->make_scratch(std::move(scratch));
  return store;
}

}  // namespace parley::state_sqlite
