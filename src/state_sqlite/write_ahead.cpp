#include "state_sqlite/write_ahead.hpp"

#include <optional>
#include <utility>

namespace parley::state_sqlite {
namespace {

/// The file may grow to so many times what copying begins at before the writer waits for it.
constexpr int most = 8;
/// What the writer copies itself, as a part of what copying begins at.
constexpr int rest = 16;

}  // namespace

/// What is done beside the writer. Between `begin` of the background and its end it belongs to that.
struct WriteAhead::Pass {
  std::unique_ptr<Connection> connection;
  bool is_new = false;  ///< nobody has looked at what it did
  int copied = 0;
  std::optional<Error> failure;

  void run(const std::string& path, const char* vfs) {
    is_new = true;
    copied = 0;
    if (!connection) {
      auto opened = Connection::open(path, Connection::Mode::reader, vfs);
      // Without a connection nothing is copied here; the writer does it in the end.
      if (!opened) return;
      // A connection that has read nothing does not know of the write-ahead file, and copies nothing.
      if (!(*opened)->integer("PRAGMA user_version")) return;
      connection = std::move(*opened);
    }
    const Result<int> done = connection->checkpoint();
    if (done)
      copied = *done;
    else
      failure = done.error();
  }
};

WriteAhead::WriteAhead(std::string path, const Options& options)
    : path_(std::move(path)),
      vfs_(options.vfs),
      begin_at_(static_cast<int>(options.checkpoint_pages)),
      background_(options.background),
      pass_(std::make_unique<Pass>()) {}

WriteAhead::~WriteAhead() {
  if (background_) background_->wait();
}

Result<void> WriteAhead::collect() {
  if (!std::exchange(pass_->is_new, false)) return {};
  copied_ = pass_->copied;
  if (pass_->failure) return std::unexpected<Error>(*pass_->failure);
  return {};
}

Result<void> WriteAhead::check() {
  return background_ && background_->is_idle() ? collect() : Result<void>{};
}

Result<void> WriteAhead::after_commit(Connection& writer) {
  const int pages = writer.write_ahead_pages();
  if (pages < begin_at_) return {};
  const bool is_large = pages / most >= begin_at_;
  if (background_) {
    if (!background_->is_idle()) {
      if (!is_large) return {};
      background_->wait();
    }
    PARLEY_CHECK(collect());
    if (pages < copied_) copied_ = 0;  // the file began anew
    if (!is_large && pages - copied_ > begin_at_ / rest) {
      background_->begin([this] { pass_->run(path_, vfs_); });
      return {};
    }
  }
  PARLEY_TRY(copied_, writer.checkpoint());
  if (copied_ == pages) copied_ = 0;  // begins anew, unless a snapshot still reads from it
  return {};
}

}  // namespace parley::state_sqlite
