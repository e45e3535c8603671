#include "net/https_client.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "net/asio.hpp"
#include "net/https_client_tls.hpp"

namespace parley::net {

namespace {

using Tcp = asio::ip::tcp;
using Stream = asio::ssl::stream<Tcp::socket>;
using Done = std::function<void(Result<HttpsAnswer>)>;

constexpr std::size_t read_bytes = std::size_t{64} * 1024;

}  // namespace

// All but `closed` on the IO thread.
struct HttpsClient::State {
  State(NodeLoop& l, Address s, HttpsProxy p, std::shared_ptr<ClientTls> t, HttpsClientLimits m)
      : loop(l),
        server(std::move(s)),
        proxy(std::move(p)),
        tls(std::move(t)),
        limits(m),
        wait(l.io()),
        whole(l.io()) {}

  NodeLoop& loop;
  const Address server;
  const HttpsProxy proxy;
  const std::shared_ptr<ClientTls> tls;
  const HttpsClientLimits limits;
  Watchdog wait;   // of the step under way
  Watchdog whole;  // of the exchange
  std::string timed_out;
  std::unique_ptr<Stream> stream;
  std::unique_ptr<Tcp::resolver> resolver;
  bool closed = false;  // nobody waits for an answer any more
  std::atomic<bool> forgotten = false;

  /// Where our own connection goes to.
  const Address& next_hop() const { return proxy.is_set() ? proxy.server : server; }
  std::string name() const { return server.port == 443 ? Address{server.host, 0}.host : server.text(); }

  void cut() {
    if (resolver) resolver->cancel();
    if (!stream) return;
    ErrorCode ignored;
    stream->next_layer().close(ignored);
  }
  // The watchdogs die with the state, so `this` outlives them.
  void limit(std::chrono::milliseconds time, std::string what) {
    wait.arm(time, [this, what = std::move(what)] {
      timed_out = what;
      cut();
    });
  }
  std::unexpected<Error> lost(std::string doing, const ErrorCode& error) const {
    if (closed) return fail(ErrorKind::peer, "the call was given up", server.text());
    if (!timed_out.empty())
      return fail(ErrorKind::peer, "the server was too slow: " + timed_out, server.text());
    return fail(ErrorKind::peer, std::move(doing) + ": " + error.message(), server.text());
  }
};

namespace {

using Shared = std::shared_ptr<HttpsClient::State>;

awaitable<Result<std::vector<Tcp::endpoint>>> resolve(Shared state) {
  std::vector<Tcp::endpoint> out;
  ErrorCode error;
  const Address& next = state->next_hop();
  const auto literal = asio::ip::make_address(next.host, error);
  if (!error) {
    out.emplace_back(literal, next.port);
    co_return out;
  }
  state->resolver = std::make_unique<Tcp::resolver>(state->loop.io());
  const std::string port = std::to_string(next.port);
  const auto [failed, found] = co_await state->resolver->async_resolve(next.host, port, as_result);
  state->resolver.reset();
  if (failed) co_return state->lost("looking up " + next.host, failed);
  for (const auto& entry : found) out.push_back(entry.endpoint());
  co_return out;
}

// Asks the proxy for a tunnel to the server. TLS begins with our own bytes, so nothing may follow its answer.
awaitable<Result<void>> open_tunnel(Shared state) {
  const std::string target = state->server.text();
  std::string text = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
  if (!state->proxy.authorization.empty())
    text += "Proxy-Authorization: " + state->proxy.authorization + "\r\n";
  text += "\r\n";
  const auto bytes = asio::buffer(text);
  const auto [unsent, count] = co_await asio::async_write(state->stream->next_layer(), bytes, as_result);
  static_cast<void>(count);
  if (unsent) co_return state->lost("asking the proxy " + state->proxy.server.text(), unsent);
  // A tunnel's answer has no body whatever its fields say (RFC 9110 section 9.3.6); that of a refusal is of
  // no interest.
  AnswerReader reader(state->limits.answer, true);
  std::vector<char> buffer(4'096);
  bool is_more = false;
  while (!reader.complete()) {
    const auto space = asio::buffer(buffer);
    const auto [error, size] = co_await state->stream->next_layer().async_read_some(space, as_result);
    if (error) co_return state->lost("waiting for the proxy " + state->proxy.server.text(), error);
    // Byte by byte: what follows the answer would be taken for the server's first words.
    std::size_t at = 0;
    for (; at < size && !reader.complete(); ++at) {
      const std::string_view byte(buffer.data() + at, 1);
      const Result<bool> fed = reader.feed(byte);
      if (!fed) co_return fail(ErrorKind::peer, "the proxy speaks no HTTP/1", state->proxy.server.text());
    }
    is_more = at < size;
  }
  const HttpsAnswer answer = reader.take();
  if (answer.status == 407)
    co_return std::unexpected(Error{ErrorKind::peer,
                                    "the proxy wants to know who we are (407)",
                                    state->proxy.server.text(),
                                    {"proxy-authentication"}});
  if (answer.status / 100 != 2)
    co_return fail(ErrorKind::peer,
                   "the proxy opens no tunnel to " + target + " (" + std::to_string(answer.status) + ")",
                   state->proxy.server.text());
  if (is_more)
    co_return fail(ErrorKind::peer, "the proxy sends more than its answer", state->proxy.server.text());
  co_return Result<void>();
}

awaitable<Result<void>> connect(Shared state) {
  state->limit(state->limits.connect, "connecting");
  const Result<std::vector<Tcp::endpoint>> endpoints = co_await resolve(state);
  if (!endpoints) co_return std::unexpected(endpoints.error());
  if (state->closed) co_return fail(ErrorKind::peer, "the call was given up", state->server.text());
  state->stream = std::make_unique<Stream>(state->loop.io(), state->tls->context);
  const std::vector<Tcp::endpoint>& list = *endpoints;
  const auto [error, chosen] = co_await asio::async_connect(state->stream->next_layer(), list, as_result);
  static_cast<void>(chosen);
  if (error) co_return state->lost("connecting", error);
  ErrorCode ignored;
  state->stream->next_layer().set_option(Tcp::no_delay(true), ignored);
  if (state->proxy.is_set()) {
    const Result<void> opened = co_await open_tunnel(state);
    if (!opened) co_return opened;
  }
  const Result<void> expected = expect_server(state->stream->native_handle(), state->server.host);
  if (!expected) co_return expected;
  state->limit(state->limits.handshake, "the TLS handshake");
  const auto [refused] = co_await state->stream->async_handshake(asio::ssl::stream_base::client, as_result);
  state->wait.disarm();
  if (refused) {
    const std::string why = why_untrusted(state->stream->native_handle());
    if (!why.empty())
      co_return std::unexpected(Error{
          ErrorKind::peer, "the TLS handshake failed: " + why, state->server.text(), {"server-not-trusted"}});
    co_return state->lost("the TLS handshake failed", refused);
  }
  co_return Result<void>();
}

// `reader` belongs to the caller, which waits.
awaitable<Result<void>> talk(Shared state, const std::string* request, AnswerReader* reader) {
  state->limit(state->limits.write, "taking our request");
  const auto bytes = asio::buffer(*request);
  const auto [unsent, count] = co_await asio::async_write(*state->stream, bytes, as_result);
  static_cast<void>(count);
  // A server may refuse a request before it has read all of it; then its answer is still there to be read.
  if (unsent && (state->closed || !state->timed_out.empty())) co_return state->lost("sending", unsent);
  state->limit(state->limits.first, "answering");
  std::vector<char> buffer(read_bytes);
  while (!reader->complete()) {
    const auto space = asio::buffer(buffer);
    const auto [error, size] = co_await state->stream->async_read_some(space, as_result);
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) {
      // A body that lasts until the end may have been cut here; whoever reads it knows its own end.
      const Result<void> ended = reader->end();
      if (!ended) co_return fail(ended.error().kind, ended.error().message, state->server.text());
      break;
    }
    if (error) co_return state->lost("waiting for the answer", error);
    const std::string_view piece(buffer.data(), size);
    const Result<bool> fed = reader->feed(piece);
    if (!fed)
      co_return std::unexpected(
          Error{fed.error().kind, fed.error().message, state->server.text(), fed.error().rules});
    state->limit(state->limits.idle, "going on with its answer");
  }
  state->wait.disarm();
  co_return Result<void>();
}

awaitable<Result<HttpsAnswer>> exchange(Shared state, HttpsRequest request) {
  const Result<std::string> text = write_request(request, state->name());
  if (!text) co_return std::unexpected(text.error());
  state->timed_out.clear();
  state->whole.arm(state->limits.whole, [raw = state.get()] {
    raw->timed_out = "the whole exchange";
    raw->cut();
  });
  Result<HttpsAnswer> answer = fail(ErrorKind::internal, "no answer");
  for (int attempt = 0; attempt < 2; ++attempt) {
    const bool reused = state->stream != nullptr;
    Result<void> ready;
    if (!reused) ready = co_await connect(state);
    AnswerReader reader(state->limits.answer, request.method == "HEAD");
    if (ready) ready = co_await talk(state, &*text, &reader);
    if (!ready || !reader.keep_alive() || !reader.complete()) {
      state->cut();
      state->stream.reset();
    }
    if (ready) {
      answer = reader.take();
      break;
    }
    answer = std::unexpected(ready.error());
    if (!reused || reader.has_begun() || state->closed || !state->timed_out.empty() ||
        request.method != "GET")
      break;
  }
  state->wait.disarm();
  state->whole.disarm();
  co_return answer;
}

awaitable<void> run(Shared state, HttpsRequest request, std::shared_ptr<Done> done) {
  Result<HttpsAnswer> answer = co_await exchange(state, std::move(request));
  // The callback belongs to the node thread: called and released there.
  auto kept = std::make_shared<Result<HttpsAnswer>>(std::move(answer));
  state->loop.post([state, kept, done]() mutable {
    const Done call = std::move(*done);
    *done = nullptr;
    if (call && !state->forgotten) call(std::move(*kept));
  });
}

}  // namespace

HttpsClient::HttpsClient(std::shared_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<HttpsClient>> HttpsClient::make(NodeLoop& loop, Address server,
                                                       const HttpsTrust& trust,
                                                       const HttpsClientLimits& limits, HttpsProxy proxy) {
  PARLEY_TRY(std::shared_ptr<ClientTls> tls, make_client_tls(trust));
  return std::unique_ptr<HttpsClient>(new HttpsClient(
      std::make_shared<State>(loop, std::move(server), std::move(proxy), std::move(tls), limits)));
}

HttpsClient::~HttpsClient() {
  state_->forgotten = true;
  if (state_->loop.stopped()) return;
  asio::post(state_->loop.io(), [state = state_] {
    state->closed = true;
    state->cut();
  });
}

void HttpsClient::send(HttpsRequest request, Done done) {
  auto kept = std::make_shared<Done>(std::move(done));
  asio::post(state_->loop.io(), [state = state_, request = std::move(request), kept]() mutable {
    asio::co_spawn(state->loop.io(), run(state, std::move(request), kept), asio::detached);
  });
}

}  // namespace parley::net
