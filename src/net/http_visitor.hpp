#pragma once

// One connection of the HTTP server. For the sources of `net` alone, on the IO thread.

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "net/accept_loop.hpp"
#include "net/http_server.hpp"
#include "net/tls.hpp"
#include "net/tls_stream.hpp"
#include "net/worker.hpp"

namespace parley::net {

class Visitor;

/// What the connections of one server share.
struct HttpShared {
  HttpShared(NodeLoop& l, HttpService s, HttpServerLimits lim);

  NodeLoop& loop;
  HttpService service;
  HttpServerLimits limits;
  std::shared_ptr<TlsContext> tls;
  std::shared_ptr<TlsBuffers> buffers = std::make_shared<TlsBuffers>(loop);
  std::shared_ptr<TcpAcceptLoop> accepting;
  std::unordered_set<Visitor*> visitors;  // whose deadlines are looked at from time to time
  std::uint64_t bodies_bytes = 0;

  /// Bytes of what is being sent.
  std::uint64_t answers_bytes() const { return sending_bytes_; }
  void begin_sending(const std::string& body);
  void end_sending(const std::string& body);
  /// Cuts off whoever has been reading an answer for longest.
  void cut_slowest_reader();

  Worker worker;

 private:
  std::unordered_map<const std::string*, std::size_t> sending_;  // by how many
  std::uint64_t sending_bytes_ = 0;
};

/// Its timeouts close the socket, so that the wait under way ends with an error.
class Visitor {
 public:
  Visitor(std::shared_ptr<HttpShared> shared, TlsStream::Socket socket,
          std::shared_ptr<Connection> connection);
  ~Visitor();
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;

  /// The whole connection, from the handshake to the end.
  static awaitable<void> serve(std::shared_ptr<Visitor> self);
  void cut() { stream_.cut(); }
  bool busy() const { return busy_; }
  Deadline deadline() const { return deadline_; }
  /// When the answer that is being sent was begun; `Deadline::max()` when it is none, or a small one.
  Deadline sending_since() const { return sending_since_; }

 private:
  /// One request and its answer; false when the connection ends here.
  awaitable<bool> serve_one(bool last);
  awaitable<bool> read_head();
  /// Reads the body into the request. `refused` tells what is wrong with it; false when nobody is there.
  awaitable<bool> read_body(Request* request, std::uint64_t length, std::optional<Response>* refused);
  awaitable<Response> ask(Request request);
  awaitable<Response> node_answer(std::move_only_function<Result<Response>()> work);
  /// What is left to do on another thread.
  awaitable<Response> finished(Response response);
  awaitable<bool> answer(Response response, bool keep, bool with_body);
  awaitable<void> linger();
  void limit(std::chrono::milliseconds wait) { deadline_ = after(wait); }
  void unlimited() { deadline_ = Deadline::max(); }
  void hold_body(std::size_t bytes);
  Response refusal(const HttpRefusal& refusal) const;

  std::shared_ptr<HttpShared> shared_;
  std::shared_ptr<Connection> connection_;
  TlsStream stream_;
  Deadline deadline_;
  Deadline sending_since_ = Deadline::max();
  std::string buffer_;       // read and not yet used
  std::size_t head_ = 0;     // where the head in `buffer_` ends
  std::size_t scanned_ = 0;  // of `buffer_`, without the end of a head
  std::size_t held_body_ = 0;
  std::optional<ByteArray<32>> certificate_;
  bool busy_ = false;
};

}  // namespace parley::net
