#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "net/address.hpp"
#include "net/certificate.hpp"
#include "net/event.hpp"
#include "net/http_message.hpp"
#include "net/node_loop.hpp"

namespace parley::net {

struct HttpServerLimits {
  HttpLimits message{.chunked = true};
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds head{10'000};  ///< from the first byte of a request to the end of its head
  std::chrono::milliseconds body{60'000};
  std::chrono::milliseconds keep_alive{30'000};  ///< between requests
  std::chrono::milliseconds write{60'000};
  /// When one of these is reached, the oldest connection that waits for a request makes room for a new one.
  std::size_t connections = 10'000;
  std::size_t connections_per_address = 2'500;
  std::size_t requests_per_connection = 10'000;
  /// Of bodies that are being read and of requests that wait for their answer, over all connections: 503.
  std::uint64_t bodies_bytes = std::uint64_t{256} << 20;
  /// Of answers that are being sent, over all connections, each page once however many share it: beyond it
  /// the one that has been read for longest, and for more than `patience`, is cut off, and whoever asks for
  /// what is not ready is told 503.
  std::uint64_t answers_bytes = std::uint64_t{256} << 20;
  std::chrono::milliseconds patience{5'000};
  /// Of answers that wait to be finished on the thread for that (`Response::aside`).
  std::size_t aside_bytes = std::size_t{64} << 20;
};

/// Answers one request, on the node thread, within about 100 ms. It may take the body out of the request.
using HttpHandler = std::function<Response(Request&)>;

/// Who answers. Only `answer` is needed.
struct HttpService {
  HttpHandler answer;
  /// Node thread, before the body of a request is read, from its head alone: an answer here refuses it
  /// unread.
  std::function<std::optional<Response>(const Request&)> before_body{};
  /// IO thread, for requests without a body: an answer that is ready. Must not block.
  std::function<std::optional<Response>(const Request&)> ready{};
  /// IO thread: what a request is told that breaks HTTP or a bound. Plain text otherwise.
  std::function<Response(const HttpRefusal&)> refuse{};
};

/// HTTP/1.1 over TLS 1.2 or 1.3 for browsers and tools (`--listen`). One request at a time per connection,
/// keep-alive, no pipelining ahead of an answer, no resumption, early data or renegotiation. Bodies with a
/// length or in chunks, plain or compressed (gzip, deflate, zstd); `Expect: 100-continue`.
class HttpServer {
 public:
  /// `ask_for_certificates`: clients may authenticate with a certificate (`Request::client_certificate`);
  /// none is demanded.
  static Result<std::unique_ptr<HttpServer>> listen(NodeLoop& loop, const Address& address,
                                                    const HttpsCertificate& certificate, HttpService service,
                                                    const EventSink& events, HttpServerLimits limits,
                                                    bool ask_for_certificates = false);
  ~HttpServer();

  Address address() const;
  std::size_t connections() const;
  /// Stops accepting, lets requests that are being answered finish for `grace`, closes the rest. Not on the
  /// node or IO thread.
  void shutdown(std::chrono::milliseconds grace);

  struct State;

 private:
  explicit HttpServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace parley::net
