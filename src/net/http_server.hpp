#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/address.hpp"
#include "net/certificate.hpp"
#include "net/event.hpp"
#include "net/http_message.hpp"
#include "net/node_loop.hpp"

namespace parley::net {

struct HttpServerLimits {
  HttpLimits message;
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds head{10'000};  ///< from the first byte of a request to the end of its head
  std::chrono::milliseconds body{30'000};
  std::chrono::milliseconds keep_alive{30'000};  ///< between requests
  std::chrono::milliseconds write{30'000};
  std::size_t connections = 256;
  std::size_t connections_per_address = 64;
  std::size_t requests_per_connection = 1'000;
};

/// Answers one request, on the node thread, within about 100 ms.
using HttpHandler = std::function<Response(const Request&)>;

/// HTTP/1.1 over TLS 1.2 or 1.3 for browsers and tools (`--listen`). One request at a time per connection,
/// keep-alive, no pipelining ahead of an answer, no tickets, no renegotiation.
class HttpServer {
 public:
  static Result<std::unique_ptr<HttpServer>> listen(NodeLoop& loop, const Address& address,
                                                    const HttpsCertificate& certificate, HttpHandler handler,
                                                    EventSink events, HttpServerLimits limits);
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
