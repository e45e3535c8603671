#include "net/http_server.hpp"

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "net/accept_loop.hpp"
#include "net/tls.hpp"

namespace parley::net {

struct HttpServer::State {
  State(NodeLoop& l, HttpHandler h, EventSink e, HttpServerLimits lim)
      : loop(l),
        handler(std::make_shared<const HttpHandler>(std::move(h))),
        events(std::move(e)),
        limits(lim),
        accepting(std::make_shared<TcpAcceptLoop>(
            l, TcpAcceptLoop::Bounds{limits.connections, limits.connections_per_address})) {}

  NodeLoop& loop;
  std::shared_ptr<const HttpHandler> handler;
  EventSink events;
  HttpServerLimits limits;
  std::shared_ptr<TlsContext> tls;
  std::shared_ptr<TcpAcceptLoop> accepting;
  Address address;
};

namespace {

using State = HttpServer::State;

// One browser or tool. Its timeouts close the socket, so that the wait under way ends with an error.
struct Visitor {
  Visitor(State& state, TcpAcceptLoop::Socket socket)
      : stream(std::move(socket), state.tls->context), watchdog(state.loop.io()) {}
  void limit(std::chrono::milliseconds wait) {
    watchdog.arm(wait, [this] { cut(); });
  }
  void cut() {
    ErrorCode ignored;
    stream.next_layer().close(ignored);
  }
  asio::ssl::stream<TcpAcceptLoop::Socket> stream;
  Watchdog watchdog;
  std::string buffer;  // read and not yet used
  std::string remote;
  bool busy = false;
};

// Reads until the buffer holds `wanted` bytes or, for 0, a whole head (its size is the result). An error
// means that there is nobody to answer.
awaitable<Result<std::size_t>> fill(std::shared_ptr<Visitor> visitor, std::size_t wanted,
                                    std::size_t max_head) {
  std::array<char, 8192> part;
  const auto space = asio::buffer(part);
  while (true) {
    const auto end = wanted ? std::optional<std::size_t>() : head_end(visitor->buffer);
    if (end) co_return *end;
    if (wanted && visitor->buffer.size() >= wanted) co_return wanted;
    // Longer than any head may be: the parser says so.
    if (!wanted && visitor->buffer.size() > max_head) co_return visitor->buffer.size();
    const auto [error, count] = co_await visitor->stream.async_read_some(space, as_result);
    if (error) co_return network_error("reading a request", error);
    visitor->busy = true;
    visitor->buffer.append(part.data(), count);
  }
}

awaitable<bool> write(std::shared_ptr<State> state, std::shared_ptr<Visitor> visitor, std::string text) {
  visitor->limit(state->limits.write);
  const auto bytes = asio::buffer(text);
  const auto [error, count] = co_await asio::async_write(visitor->stream, bytes, as_result);
  visitor->watchdog.disarm();
  static_cast<void>(count);
  co_return !error;
}

Response refusal_response(const HttpRefusal& refusal) {
  // The reason goes to the other side: it is about its own bytes and says nothing of the node.
  Response out;
  out.status = refusal.status;
  out.body = refusal.why + "\n";
  return out;
}

awaitable<Response> ask_handler(std::shared_ptr<State> state, Request request) {
  std::move_only_function<Result<Response>()> work = [handler = state->handler,
                                                      request = std::move(request)]() -> Result<Response> {
    return (*handler)(request);
  };
  Result<Response> answer = co_await node_call(state->loop, std::move(work));
  if (answer) co_return std::move(*answer);
  Response busy;
  busy.status = 503;
  busy.fields.emplace_back("Retry-After", "1");
  busy.body = "busy\n";
  co_return busy;
}

// One request and its answer; false when the connection ends here.
awaitable<bool> serve_one(std::shared_ptr<State> state, std::shared_ptr<Visitor> visitor, bool last) {
  const std::size_t max_head = state->limits.message.head_bytes;
  visitor->busy = !visitor->buffer.empty();
  visitor->limit(visitor->busy ? state->limits.head : state->limits.keep_alive);
  if (!visitor->busy) {
    // Waits for the first byte; from then on the shorter time for a head counts.
    const Result<std::size_t> first = co_await fill(visitor, 1, max_head);
    if (!first) co_return false;
    visitor->limit(state->limits.head);
  }
  const Result<std::size_t> size = co_await fill(visitor, 0, max_head);
  if (!size) co_return false;
  std::uint64_t body_length = 0;
  auto parsed = parse_request_head(std::string_view(visitor->buffer).substr(0, *size), state->limits.message,
                                   body_length);
  if (!parsed) {
    // After a head that was not understood nothing is known about where the next one starts.
    std::string text = write_response(refusal_response(parsed.error()), false, true);
    const bool told = co_await write(state, visitor, std::move(text));
    static_cast<void>(told);
    co_return false;
  }
  Request request = std::move(*parsed);
  visitor->buffer.erase(0, *size);
  if (body_length > 0) {
    visitor->limit(state->limits.body);
    const Result<std::size_t> body = co_await fill(visitor, body_length, max_head);
    if (!body) co_return false;
    request.body = to_bytes(as_bytes(std::string_view(visitor->buffer).substr(0, body_length)));
    visitor->buffer.erase(0, body_length);
  }
  visitor->watchdog.disarm();
  request.remote = visitor->remote;
  const bool keep = request.keep_alive && !last && !state->accepting->draining();
  const bool with_body = request.method != "HEAD";
  const Response response = co_await ask_handler(state, std::move(request));
  std::string text = write_response(response, keep, with_body);
  const bool written = co_await write(state, visitor, std::move(text));
  visitor->busy = false;
  co_return written&& keep;
}

// Closing a socket that still has bytes to read resets the connection, and the last answer may be lost with
// it: so this side says that it is done, and reads a little of what still comes.
awaitable<void> linger(std::shared_ptr<Visitor> visitor) {
  visitor->limit(std::chrono::milliseconds(1'000));
  ErrorCode failed;
  visitor->stream.next_layer().shutdown(asio::ip::tcp::socket::shutdown_send, failed);
  std::array<char, 8192> part;
  const auto space = asio::buffer(part);
  for (std::size_t discarded = 0; !failed && discarded < 256 * 1024;) {
    const auto [error, count] = co_await visitor->stream.next_layer().async_read_some(space, as_result);
    failed = error;
    discarded += count;
  }
}

awaitable<void> serve(std::shared_ptr<State> state, TcpAcceptLoop::Socket socket,
                      std::shared_ptr<Connection> connection) {
  const auto visitor = std::make_shared<Visitor>(*state, std::move(socket));
  visitor->remote = connection->host;
  const std::weak_ptr<Visitor> weak = visitor;
  connection->drain = [weak] {
    const auto alive = weak.lock();
    if (alive && !alive->busy) alive->cut();
  };
  connection->end = connection->cut = [weak] {
    if (const auto alive = weak.lock()) alive->cut();
  };
  visitor->limit(state->limits.handshake);
  const auto [error] = co_await visitor->stream.async_handshake(asio::ssl::stream_base::server, as_result);
  if (error) co_return;
  std::size_t served = 0;
  bool more = true;
  while (more) {
    ++served;
    const bool last = served >= state->limits.requests_per_connection;
    more = co_await serve_one(state, visitor, last);
  }
  co_await linger(visitor);
  visitor->cut();
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::listen(NodeLoop& loop, const Address& address,
                                                       const HttpsCertificate& certificate,
                                                       HttpHandler handler, EventSink events,
                                                       HttpServerLimits limits) {
  auto state = std::make_shared<State>(loop, std::move(handler), std::move(events), limits);
  PARLEY_TRY(state->tls, make_https_context(certificate));
  PARLEY_TRY(state->address, listen_on(state->accepting->acceptor(), address));
  state->accepting->start([weak = std::weak_ptr<State>(state)](TcpAcceptLoop::Socket socket,
                                                               std::shared_ptr<Connection> connection) {
    return serve(weak.lock(), std::move(socket), std::move(connection));
  });
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
  return state_->accepting->connections();
}

void HttpServer::shutdown(std::chrono::milliseconds grace) {
  state_->accepting->shutdown(grace, std::chrono::milliseconds(1'000));
}

}  // namespace parley::net
