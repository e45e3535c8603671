#include "net/http_server.hpp"

#include <algorithm>
#include <future>

#include "base/assert.hpp"
#include "net/http_visitor.hpp"

namespace parley::net {

/// Looks at the deadlines of all visitors a few times in the shortest of them: one timer for all of them
/// costs less than one for each, and a deadline is met closely enough.
struct HttpServer::State : std::enable_shared_from_this<State> {
  State(NodeLoop& loop, HttpService service, HttpServerLimits limits)
      : shared(std::make_shared<HttpShared>(loop, std::move(service), limits)), timer(loop.io()) {
    const auto shortest =
        std::min({limits.handshake, limits.head, limits.body, limits.keep_alive, limits.write});
    period = std::clamp(shortest / 8, std::chrono::milliseconds(10), std::chrono::milliseconds(250));
  }

  void look_again() {
    timer.expires_after(period);
    timer.async_wait([self = shared_from_this()](const ErrorCode& error) {
      if (error || self->ended) return;
      const auto now = std::chrono::steady_clock::now();
      // Cutting wakes a coroutine later, not now, so the set stays as it is.
      for (Visitor* visitor : self->shared->visitors)
        if (visitor->deadline() < now) visitor->cut();
      self->look_again();
    });
  }

  std::shared_ptr<HttpShared> shared;
  asio::steady_timer timer;
  std::chrono::milliseconds period{};
  bool ended = false;
  Address address;
};

namespace {

awaitable<void> serve(std::shared_ptr<HttpShared> shared, TcpAcceptLoop::Socket socket,
                      std::shared_ptr<Connection> connection) {
  const auto visitor = std::make_shared<Visitor>(std::move(shared), std::move(socket), connection);
  const std::weak_ptr<Visitor> weak = visitor;
  connection->drain = [weak] {
    const auto alive = weak.lock();
    if (alive && !alive->busy()) alive->cut();
  };
  connection->end = connection->cut = [weak] {
    if (const auto alive = weak.lock()) alive->cut();
  };
  co_await Visitor::serve(visitor);
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::listen(NodeLoop& loop, const Address& address,
                                                       const HttpsCertificate& certificate,
                                                       HttpService service, const EventSink& events,
                                                       HttpServerLimits limits, bool ask_for_certificates) {
  static_cast<void>(events);  // nothing is logged of visitors: they are strangers, and there are many
  auto state = std::make_shared<State>(loop, std::move(service), limits);
  const auto shared = state->shared;
  PARLEY_TRY(shared->tls, make_https_context(certificate, ask_for_certificates));
  PARLEY_TRY(state->address, listen_on(shared->accepting->acceptor(), address));
  shared->accepting->start([weak = std::weak_ptr<HttpShared>(shared)](
                               TcpAcceptLoop::Socket socket, std::shared_ptr<Connection> connection) {
    return serve(weak.lock(), std::move(socket), std::move(connection));
  });
  asio::post(loop.io(), [state] { state->look_again(); });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

HttpServer::HttpServer(std::shared_ptr<State> state) : state_(std::move(state)) {}

HttpServer::~HttpServer() {
  shutdown(std::chrono::milliseconds(0));
}

Address HttpServer::address() const {
  return state_->address;
}

std::size_t HttpServer::connections() const {
  return state_->shared->accepting->connections();
}

void HttpServer::shutdown(std::chrono::milliseconds grace) {
  state_->shared->accepting->shutdown(grace, std::chrono::milliseconds(1'000));
  state_->shared->worker.stop();
  NodeLoop& loop = state_->shared->loop;
  if (loop.stopped()) return;
  std::promise<void> stopped;
  asio::post(loop.io(), [&stopped, state = state_]() mutable {
    state->ended = true;
    state->timer.cancel();
    state = nullptr;
    stopped.set_value();
  });
  stopped.get_future().get();
}

}  // namespace parley::net
