#include "net/http_visitor.hpp"

#include "net/http_body.hpp"

namespace parley::net {

namespace {

// After the answer to a request whose body was not read, so that the answer is not lost to a reset.
constexpr std::size_t max_discarded_bytes = std::size_t{32} << 20;
constexpr std::chrono::milliseconds lingering{2'000};
constexpr std::chrono::milliseconds busy_pause{20};
// Answers below it are not counted: ten thousand of them are 40 MB.
constexpr std::size_t small_answer = 4'096;

Response busy_response() {
  Response out;
  out.status = 503;
  out.fields.emplace_back("Retry-After", "1");
  out.body = "busy\n";
  return out;
}

}  // namespace

HttpShared::HttpShared(NodeLoop& l, HttpService s, HttpServerLimits lim)
    : loop(l),
      service(std::move(s)),
      limits(lim),
      accepting(std::make_shared<TcpAcceptLoop>(
          l, TcpAcceptLoop::Bounds{limits.connections, limits.connections_per_address, true})),
      worker(l, limits.aside_bytes) {}

void HttpShared::begin_sending(const std::string& body) {
  if (body.size() >= small_answer && sending_[&body]++ == 0) sending_bytes_ += body.size();
}

void HttpShared::end_sending(const std::string& body) {
  if (body.size() < small_answer) return;
  const auto found = sending_.find(&body);
  if (--found->second > 0) return;
  sending_bytes_ -= body.size();
  sending_.erase(found);
}

void HttpShared::cut_slowest_reader() {
  Visitor* slowest = nullptr;
  for (Visitor* const visitor : visitors)
    if (slowest == nullptr || visitor->sending_since() < slowest->sending_since()) slowest = visitor;
  if (slowest != nullptr && slowest->sending_since() < after(-limits.patience)) slowest->cut();
}

Visitor::Visitor(std::shared_ptr<HttpShared> shared, TlsStream::Socket socket,
                 std::shared_ptr<Connection> connection)
    : shared_(std::move(shared)),
      connection_(std::move(connection)),
      stream_(std::move(socket), shared_->tls->context.native_handle(), shared_->buffers) {
  shared_->visitors.insert(this);
}

Visitor::~Visitor() {
  hold_body(0);
  shared_->visitors.erase(this);
}

void Visitor::hold_body(std::size_t bytes) {
  shared_->bodies_bytes += bytes - held_body_;
  held_body_ = bytes;
}

Response Visitor::refusal(const HttpRefusal& refusal) const {
  if (shared_->service.refuse) return shared_->service.refuse(refusal);
  // The reason goes to the other side: it is about its own bytes and says nothing of the node.
  Response out;
  out.status = refusal.status;
  out.body = refusal.why + "\n";
  return out;
}

// Reads until the buffer holds a head, or more than any head may be (the parser says so then).
awaitable<bool> Visitor::read_head() {
  const std::size_t most = shared_->limits.message.head_bytes;
  scanned_ = 0;
  while (true) {
    const std::size_t from = scanned_ < 3 ? 0 : scanned_ - 3;
    const auto end = head_end(std::string_view(buffer_).substr(from));
    if (end || buffer_.size() > most) {
      head_ = end ? from + *end : buffer_.size();
      co_return true;
    }
    scanned_ = buffer_.size();
    if (!buffer_.empty() && !busy_) {
      // From the first byte on the shorter time for a head counts.
      busy_ = true;
      limit(shared_->limits.head);
    }
    const Result<void> more = co_await stream_.read(&buffer_);
    if (!more) co_return false;
  }
}

awaitable<bool> Visitor::read_body(Request* request, std::uint64_t length, std::optional<Response>* refused) {
  auto body = RequestBody::begin(*request, length, shared_->limits.message.body_bytes);
  if (!body) {
    body.error().target = request->path;
    *refused = refusal(body.error());
    co_return true;
  }
  if (shared_->service.before_body) {
    unlimited();
    // The request stays where it is until the answer is here: this coroutine waits for it.
    std::move_only_function<Result<std::optional<Response>>()> look =
        [this, request]() -> Result<std::optional<Response>> {
      return shared_->service.before_body(*request);
    };
    Result<std::optional<Response>> early = co_await node_call(shared_->loop, std::move(look));
    if (!early) *refused = busy_response();
    if (early && *early) *refused = std::move(**early);
    if (refused->has_value()) co_return true;
  }
  if (request->fields.has("expect") && buffer_.empty()) {
    limit(shared_->limits.write);
    std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    const Result<void> told = co_await stream_.write(std::move(go_on), nullptr);
    if (!told) co_return false;
  }
  limit(shared_->limits.body);
  while (true) {
    auto used = body->feed(buffer_);
    if (!used) {
      used.error().target = request->path;
      *refused = refusal(used.error());
      co_return true;
    }
    buffer_.erase(0, *used);
    if (body->complete()) break;
    hold_body(body->held_bytes());
    if (shared_->bodies_bytes > shared_->limits.bodies_bytes) {
      *refused = busy_response();
      co_return true;
    }
    const Result<void> more = co_await stream_.read(&buffer_);
    if (!more) co_return false;
  }
  request->body = body->take();
  hold_body(request->body.capacity());
  co_return true;
}

// Runs the work on the node thread, and its later steps until they give an answer.
awaitable<Response> Visitor::node_answer(std::move_only_function<Result<Response>()> work) {
  Result<Response> answer = co_await node_call(shared_->loop, std::move(work));
  if (!answer) co_return busy_response();
  while (answer->later) {
    auto later = answer->later;
    std::move_only_function<Result<Response>()> step = [later]() -> Result<Response> {
      std::optional<Response> done = (*later)();
      if (!done) {
        Response again;
        again.later = later;
        return again;
      }
      *later = nullptr;  // what it holds belongs to this thread
      return std::move(*done);
    };
    Result<Response> next = co_await node_call(shared_->loop, std::move(step));
    if (next) {
      answer = std::move(next);
      continue;
    }
    if (shared_->loop.stopped()) co_return busy_response();
    // The queue is full, but what was begun is brought to its end.
    Signal pause(shared_->loop.io());
    const Deadline until = after(busy_pause);
    co_await pause.wait_until(until);
  }
  co_return std::move(*answer);
}

awaitable<Response> Visitor::ask(Request request) {
  if (request.body.empty() && shared_->service.ready) {
    std::optional<Response> ready = shared_->service.ready(request);
    if (ready) co_return std::move(*ready);
  }
  if (shared_->answers_bytes() > shared_->limits.answers_bytes) {
    shared_->cut_slowest_reader();
    co_return busy_response();
  }
  std::move_only_function<Result<Response>()> work =
      [shared = shared_, request = std::move(request)]() mutable -> Result<Response> {
    return shared->service.answer(request);
  };
  Response answer = co_await node_answer(std::move(work));
  co_return answer;
}

awaitable<Response> Visitor::finished(Response response) {
  if (!shared_->worker.has_room(Worker::size_of(response))) {
    response.aside = nullptr;
    co_return response;
  }
  Response out = co_await shared_->worker.finish(std::move(response));
  co_return out;
}

awaitable<bool> Visitor::answer(Response response, bool keep, bool with_body) {
  std::shared_ptr<const std::string> body = std::move(response.page);
  if (!body && !response.body.empty()) body = std::make_shared<const std::string>(std::move(response.body));
  std::string head = write_response_head(response, body ? body->size() : 0, keep);
  if (!with_body) body = nullptr;
  limit(shared_->limits.write);
  if (!body) {
    const Result<void> sent = co_await stream_.write(std::move(head), nullptr);
    co_return sent.has_value();
  }
  const std::shared_ptr<const std::string> sending = body;
  shared_->begin_sending(*sending);
  if (sending->size() >= small_answer) sending_since_ = std::chrono::steady_clock::now();
  const Result<void> sent = co_await stream_.write(std::move(head), std::move(body));
  sending_since_ = Deadline::max();
  shared_->end_sending(*sending);
  co_return sent.has_value();
}

awaitable<bool> Visitor::serve_one(bool last) {
  busy_ = !buffer_.empty();
  limit(busy_ ? shared_->limits.head : shared_->limits.keep_alive);
  const bool came = co_await read_head();
  if (!came) co_return false;
  busy_ = true;
  connection_->idle = false;
  std::uint64_t length = 0;
  auto parsed =
      parse_request_head(std::string_view(buffer_).substr(0, head_), shared_->limits.message, length);
  if (!parsed) {
    // After a head that was not understood nothing is known about where the next one starts.
    Response refused = refusal(parsed.error());
    const bool told = co_await answer(std::move(refused), false, true);
    static_cast<void>(told);
    co_return false;
  }
  Request request = std::move(*parsed);
  buffer_.erase(0, head_);
  if (buffer_.empty()) buffer_ = {};
  request.remote = connection_->host;
  request.network = connection_->network;
  request.client_certificate = certificate_;
  const bool with_body = request.method != "HEAD";
  bool keep = request.keep_alive && !last && !shared_->accepting->draining();
  std::optional<Response> refused;
  if (request.fields.has("expect") && !request.fields.has_token("expect", "100-continue"))
    refused = refusal(HttpRefusal{417, "only 100-continue can be expected", request.path});
  if (!refused && (length > 0 || request.chunked)) {
    const bool there = co_await read_body(&request, length, &refused);
    if (!there) co_return false;
  }
  unlimited();
  if (refused) {
    keep = false;  // the body was not read, or not to its end
    const bool told = co_await answer(std::move(*refused), keep, with_body);
    static_cast<void>(told);
    co_return false;
  }
  Response response = co_await ask(std::move(request));
  hold_body(0);
  if (response.aside) {
    Response finished_one = co_await finished(std::move(response));
    response = std::move(finished_one);
  }
  const bool written = co_await answer(std::move(response), keep, with_body);
  busy_ = false;
  connection_->idle = true;
  co_return written&& keep;
}

// Closing a socket that still has bytes to read resets the connection, and the last answer may be lost with
// it: so this side says that it is done, and reads a little of what still comes.
awaitable<void> Visitor::linger() {
  hold_body(0);
  limit(lingering);
  stream_.say_goodbye();
  ErrorCode failed;
  stream_.socket().shutdown(TlsStream::Socket::shutdown_send, failed);
  for (std::size_t discarded = 0; !failed && discarded < max_discarded_bytes;) {
    const auto [error] = co_await stream_.socket().async_wait(TlsStream::Socket::wait_read, as_result);
    if (error) co_return;
    const auto space = shared_->buffers->scratch();
    discarded += stream_.socket().read_some(asio::buffer(space.data(), space.size()), failed);
    if (failed == asio::error::would_block) failed = {};
  }
}

awaitable<void> Visitor::serve(std::shared_ptr<Visitor> self) {
  self->limit(self->shared_->limits.handshake);
  const Result<void> ready = co_await self->stream_.handshake();
  if (!ready) co_return;
  self->certificate_ = self->stream_.certificate_hash();
  std::size_t served = 0;
  bool more = true;
  while (more) {
    ++served;
    const bool last = served >= self->shared_->limits.requests_per_connection;
    more = co_await self->serve_one(last);
  }
  co_await self->linger();
  self->cut();
}

}  // namespace parley::net
