#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <future>
#include <mutex>

#include "net/control.hpp"
#include "net/control_message.hpp"
#include "net/local_socket.hpp"

namespace parley::net {

namespace {

std::unexpected<Error> lost(std::string_view doing) {
  return fail(ErrorKind::internal, "the node went away while " + std::string(doing));
}

Result<void> send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    // MSG_NOSIGNAL: a node that went away is an error of this call, not a SIGPIPE of this process.
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    // A node that refuses the request answers and closes before it has read it all: its answer counts.
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) return {};
    if (sent <= 0) return lost("sending the command");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

// Nothing for a progress line; the answer, good or bad, otherwise.
std::optional<Result<encoding::Json>> handle_line(std::string_view line, const ProgressCallback& progress) {
  Result<ReplyLine> reply = parse_reply_line(line);
  if (!reply)
    return std::unexpected(Error{ErrorKind::internal, "the node's answer: " + reply.error().text(), {}, {}});
  if (reply->error) return std::unexpected(std::move(*reply->error));
  if (reply->result) return std::move(*reply->result);
  if (progress) progress(reply->progress->step, reply->progress->done, reply->progress->total);
  return std::nullopt;
}

// The answer of a command that runs in this process.
class LocalReply final : public ControlReply {
 public:
  LocalReply(std::shared_ptr<std::promise<Result<encoding::Json>>> answer, const ProgressCallback* callback)
      : answer_(std::move(answer)), progress_(callback) {}
  ~LocalReply() override { error(Error{ErrorKind::internal, "the command ended without an answer", {}, {}}); }
  LocalReply(const LocalReply&) = delete;
  LocalReply& operator=(const LocalReply&) = delete;

  void progress(std::string_view step, std::uint64_t done, std::uint64_t total) override {
    std::lock_guard lock(mutex_);
    if (!answered_ && *progress_) (*progress_)(step, done, total);
  }
  void result(const encoding::Json& value) override { settle(value); }
  void error(const Error& error) override { settle(std::unexpected(error)); }
  bool cancelled() const override { return false; }

 private:
  void settle(Result<encoding::Json> answer) {
    std::lock_guard lock(mutex_);
    if (answered_) return;
    answered_ = true;
    answer_->set_value(std::move(answer));
  }

  std::shared_ptr<std::promise<Result<encoding::Json>>> answer_;
  const ProgressCallback* progress_;  // the caller's, alive until the answer
  std::mutex mutex_;
  bool answered_ = false;
};

}  // namespace

Result<encoding::Json> call_control(const std::filesystem::path& socket, const encoding::Json& request,
                                    const ProgressCallback& progress, ControlLimits limits) {
  PARLEY_TRY(const Descriptor connection, connect_local(socket));
  const std::string line = encoding::write_json(request) + "\n";
  PARLEY_CHECK(send_all(connection.get(), line));
  std::string buffer;
  std::size_t searched = 0;
  std::array<char, 64 * 1024> part;
  while (true) {
    const std::size_t end = buffer.find('\n', searched);
    if (end != std::string::npos) {
      const auto answer = handle_line(std::string_view(buffer).substr(0, end), progress);
      if (answer) return *answer;
      buffer.erase(0, end + 1);
      searched = 0;
      continue;
    }
    searched = buffer.size();
    if (buffer.size() > limits.reply_bytes)
      return fail(ErrorKind::internal, "the node's answer is longer than this command takes");
    const ssize_t count = ::recv(connection.get(), part.data(), part.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return lost("the command ran");
    buffer.append(part.data(), static_cast<std::size_t>(count));
  }
}

Result<encoding::Json> call_local(NodeLoop& loop, const ControlHandler& handler,
                                  const encoding::Json& request, const ProgressCallback& progress) {
  const auto answer = std::make_shared<std::promise<Result<encoding::Json>>>();
  std::future<Result<encoding::Json>> future = answer->get_future();
  auto reply = std::make_shared<LocalReply>(answer, &progress);
  const bool queued = loop.post(
      [handler, request, reply = std::move(reply)]() mutable { handler(request, std::move(reply)); });
  if (!queued) return fail(ErrorKind::conflict, "the node is shutting down");
  return future.get();
}

}  // namespace parley::net
