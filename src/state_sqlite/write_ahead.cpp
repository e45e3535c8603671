#include "state_sqlite/write_ahead.hpp"

#include <optional>
#include <utility>

namespace parley::state_sqlite {
namespace {

/// The file may grow to so many times what copying begins at before the writer waits for it.
constexpr int max_growth = 8;
/// What the writer copies himself, as a part of what copying begins at.
constexpr int writers_part = 16;

}  // namespace

/// What is done beside the writer. Between `begin` of the background and its end it belongs to that.
struct WriteAhead::Pass {
  std::unique_ptr<Connection> connection;
  bool is_news = false;  ///< nobody has looked at what it did
  int copied = 0;
  std::optional<Error> failure;

  void run(const std::string& path, const char* vfs) {
    is_news = true;
    copied = 0;
    if (!connection) {
      auto opened = Connection::open(path, Connection::Mode::reader, vfs);
      // Without a connection nothing is copied here; the writer does it when the file has grown enough.
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

Result<void> WriteAhead::check() {
  if (!background_ || !background_->is_idle() || !std::exchange(pass_->is_news, false)) return {};
  copied_ = pass_->copied;
  if (pass_->failure) return std::unexpected<Error>(*pass_->failure);
  return {};
}

Result<void> WriteAhead::after_commit(Connection& writer) {
  PARLEY_CHECK(check());
  const bool has_written = std::exchange(commits_, writer.writing_commits()) != writer.writing_commits();
  const int before = std::exchange(pages_, writer.write_ahead_pages());
  // A commit larger than the whole file before is not seen to begin it anew; the writer then copies more
  // himself than he would.
  if (pages_ < before) copied_ = 0;
  if (pages_ < begin_at_) return {};
  const bool is_large = pages_ / max_growth >= begin_at_;
  if (background_ && !background_->is_idle()) {
    if (!is_large) return {};
    background_->wait();
    PARLEY_CHECK(check());
  }
  if (background_ && !is_large && pages_ - copied_ > begin_at_ / writers_part) {
    if (has_written) background_->begin([this] { pass_->run(path_, vfs_); });
    return {};
  }
  PARLEY_TRY(copied_, writer.checkpoint());
  return {};
}

}  // namespace parley::state_sqlite
