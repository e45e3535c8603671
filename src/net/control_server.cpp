#include <unistd.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

#include "net/accept_loop.hpp"
#include "net/control.hpp"
#include "net/control_message.hpp"
#include "net/local_socket.hpp"

namespace parley::net {

namespace {

using Local = asio::local::stream_protocol;

// What a command has to say and its connection has not written yet. The command writes on the node thread,
// the connection reads on the IO thread. Progress has one place: what a slow client misses is only stale.
class Mailbox {
 public:
  explicit Mailbox(asio::io_context& io) : io_(io), signal_(std::make_shared<Signal>(io)) {}

  void put_progress(std::string line) {
    std::lock_guard lock(mutex_);
    if (answered_) return;
    progress_ = std::move(line);
    ring();
  }
  void put_answer(std::string line) {
    std::lock_guard lock(mutex_);
    if (answered_) return;
    answered_ = true;
    progress_.reset();
    answer_ = std::move(line);
    ring();
  }
  void cancel() { cancelled_ = true; }
  bool cancelled() const { return cancelled_; }

  struct Line {
    std::string text;
    bool last = false;
  };
  std::optional<Line> take() {
    std::lock_guard lock(mutex_);
    rung_ = false;
    if (progress_) return Line{*std::exchange(progress_, std::nullopt), false};
    if (answer_) return Line{*std::exchange(answer_, std::nullopt), true};
    return std::nullopt;
  }
  /// Of the IO thread.
  Signal& signal() { return *signal_; }

 private:
  // Once for any number of lines, so that a chatty command does not fill the IO thread's queue.
  void ring() {
    if (std::exchange(rung_, true)) return;
    asio::post(io_, [signal = signal_] { signal->notify(); });
  }

  asio::io_context& io_;
  std::shared_ptr<Signal> signal_;
  std::mutex mutex_;
  std::optional<std::string> progress_, answer_;
  bool answered_ = false;
  bool rung_ = false;
  std::atomic<bool> cancelled_{false};
};

class SocketReply final : public ControlReply {
 public:
  explicit SocketReply(std::shared_ptr<Mailbox> mailbox) : mailbox_(std::move(mailbox)) {}
  ~SocketReply() override {
    error(Error{ErrorKind::internal, "the command ended without an answer", {}, {}});
  }
  SocketReply(const SocketReply&) = delete;
  SocketReply& operator=(const SocketReply&) = delete;

  void progress(std::string_view step, std::uint64_t done, std::uint64_t total) override {
    mailbox_->put_progress(write_progress_line(step, done, total));
  }
  void result(const encoding::Json& value) override { mailbox_->put_answer(write_result_line(value)); }
  void error(const Error& error) override { mailbox_->put_answer(write_error_line(error)); }
  bool cancelled() const override { return mailbox_->cancelled(); }

 private:
  std::shared_ptr<Mailbox> mailbox_;
};

}  // namespace

struct ControlServer::State {
  State(NodeLoop& l, std::filesystem::path p, ControlHandler h, EventSink e, ControlLimits lim)
      : loop(l),
        path(std::move(p)),
        handler(std::make_shared<const ControlHandler>(std::move(h))),
        events(std::move(e)),
        limits(lim),
        accepting(std::make_shared<LocalAcceptLoop>(
            l, LocalAcceptLoop::Bounds{limits.connections, limits.connections})) {}

  NodeLoop& loop;
  std::filesystem::path path;
  std::shared_ptr<const ControlHandler> handler;
  EventSink events;
  ControlLimits limits;
  std::shared_ptr<LocalAcceptLoop> accepting;
};

namespace {

using State = ControlServer::State;

struct Client {
  Client(NodeLoop& loop, Local::socket s) : socket(std::move(s)), watchdog(loop.io()) {}
  void cut() {
    ErrorCode ignored;
    socket.close(ignored);
  }
  Local::socket socket;
  Watchdog watchdog;
  std::shared_ptr<Mailbox> mailbox;
  bool gone = false;
};

awaitable<Result<std::string>> read_request(std::shared_ptr<State> state, std::shared_ptr<Client> client) {
  client->watchdog.arm(state->limits.request, [client = client.get()] { client->cut(); });
  std::string line;
  std::array<char, 16 * 1024> part;
  const auto space = asio::buffer(part);
  while (true) {
    const auto [error, count] = co_await client->socket.async_read_some(space, as_result);
    if (error) co_return network_error("reading a command", error);
    const std::string_view fresh(part.data(), count);
    const std::size_t end = fresh.find('\n');
    line.append(fresh.substr(0, end));
    if (line.size() > state->limits.request_bytes)
      co_return fail(ErrorKind::usage, "the command is longer than the node takes");
    if (end != std::string_view::npos) break;
  }
  client->watchdog.disarm();
  co_return line;
}

// Nothing more is expected from the client: this only notices that it leaves.
awaitable<void> watch(std::shared_ptr<Client> client) {
  std::array<char, 256> part;
  const auto space = asio::buffer(part);
  while (!client->gone) {
    const auto [error, count] = co_await client->socket.async_read_some(space, as_result);
    static_cast<void>(count);
    if (error) client->gone = true;
  }
  client->mailbox->cancel();
  client->mailbox->signal().notify();
}

awaitable<bool> write_line(std::shared_ptr<State> state, std::shared_ptr<Client> client, std::string line) {
  client->watchdog.arm(state->limits.write, [client = client.get()] { client->cut(); });
  const auto bytes = asio::buffer(line);
  const auto [error, count] = co_await asio::async_write(client->socket, bytes, as_result);
  client->watchdog.disarm();
  static_cast<void>(count);
  co_return !error;
}

// Parses a request and starts it on the node thread; what cannot start is answered at once.
void dispatch(const State& state, const std::shared_ptr<Mailbox>& mailbox, const std::string& line) {
  auto reply = std::make_shared<SocketReply>(mailbox);
  auto request = encoding::parse_json(line);
  if (!request) return reply->error(request.error());
  const bool queued = state.loop.post([handler = state.handler, reply, request = std::move(*request)] {
    if (!reply->cancelled()) (*handler)(request, reply);
  });
  if (!queued) reply->error(Error{ErrorKind::conflict, "the node is too busy; try again", {}, {}});
}

awaitable<void> answer(std::shared_ptr<State> state, std::shared_ptr<Client> client) {
  const std::shared_ptr<Mailbox> mailbox = client->mailbox;
  bool more = true;
  while (more && !client->gone) {
    std::optional<Mailbox::Line> line = mailbox->take();
    if (!line) {
      co_await mailbox->signal().wait_until(Deadline::max());
      continue;
    }
    more = !line->last;
    std::string text = std::move(line->text);
    const bool written = co_await write_line(state, client, std::move(text));
    if (!written) break;
  }
  mailbox->cancel();
}

awaitable<void> serve(std::shared_ptr<State> state, Local::socket socket,
                      std::shared_ptr<Connection> connection) {
  const auto client = std::make_shared<Client>(state->loop, std::move(socket));
  const std::weak_ptr<Client> weak = client;
  connection->drain = [weak] {
    const auto alive = weak.lock();
    if (alive && !alive->mailbox) alive->cut();
  };
  connection->end = [weak] {
    const auto alive = weak.lock();
    if (alive && alive->mailbox) alive->mailbox->cancel();
  };
  connection->cut = [weak] {
    if (const auto alive = weak.lock()) alive->cut();
  };
  if (!is_same_user(client->socket.native_handle())) {
    if (state->events)
      state->events(Event{Severity::warning, "control_refused", {}, {}, "another user tried to connect"});
    co_return;
  }
  const Result<std::string> line = co_await read_request(state, client);
  if (!line && line.error().kind == ErrorKind::peer) co_return;
  client->watchdog.disarm();
  client->mailbox = std::make_shared<Mailbox>(state->loop.io());
  if (line)
    dispatch(*state, client->mailbox, *line);
  else
    client->mailbox->put_answer(write_error_line(line.error()));
  asio::co_spawn(state->loop.io(), watch(client), asio::detached);
  co_await answer(state, client);
  client->gone = true;
  client->cut();
}

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::listen(NodeLoop& loop,
                                                             const std::filesystem::path& socket,
                                                             ControlHandler handler, EventSink events,
                                                             ControlLimits limits) {
  PARLEY_TRY(Descriptor listening, listen_local(socket));
  auto state = std::make_shared<State>(loop, socket, std::move(handler), std::move(events), limits);
  ErrorCode error;
  state->accepting->acceptor().assign(Local(), listening.release(), error);
  if (error) return fail(ErrorKind::internal, "control socket: " + error.message(), socket.string());
  state->accepting->start(
      [weak = std::weak_ptr<State>(state)](Local::socket client, std::shared_ptr<Connection> connection) {
        return serve(weak.lock(), std::move(client), std::move(connection));
      });
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(state)));
}

ControlServer::ControlServer(std::shared_ptr<State> state) : state_(std::move(state)) {}

ControlServer::~ControlServer() {
  shutdown(std::chrono::milliseconds(0));
}

void ControlServer::shutdown(std::chrono::milliseconds grace) {
  if (state_->path.empty()) return;
  // Removed first: from now on a command starts a node of its own instead of meeting a closing one.
  ::unlink(state_->path.c_str());
  state_->path.clear();
  state_->accepting->shutdown(grace, std::chrono::milliseconds(1'000));
}

void run_job(NodeLoop& loop, std::shared_ptr<ControlReply> reply, JobStep step) {
  const bool queued = loop.post([&loop, reply, step = std::move(step)]() mutable {
    if (reply->cancelled())
      return reply->error(Error{ErrorKind::conflict, "the command was cancelled", {}, {}});
    Result<std::optional<encoding::Json>> answer = step();
    if (!answer) return reply->error(answer.error());
    if (*answer) return reply->result(**answer);
    run_job(loop, std::move(reply), std::move(step));
  });
  if (!queued)
    reply->error(Error{ErrorKind::conflict, "the node is too busy or shutting down; try again", {}, {}});
}

}  // namespace parley::net
