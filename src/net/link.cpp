#include "net/link.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>

#include "net/http_message.hpp"

namespace parley::net {

namespace {

constexpr std::size_t read_bytes = 64 * 1024;
// Read and thrown away after the abort, so that a flooding peer still gets it; more than that, and it is cut.
constexpr std::uint64_t max_discarded_bytes = 64U << 20;

// What a frame in the queue takes, whatever its body: else empty frames would take many times the bound.
std::size_t cost_of(const peer::Frame& frame) {
  return frame.body.size() + sizeof(peer::Frame);
}

std::string describe(const boost::asio::ip::tcp::socket& socket) {
  ErrorCode error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return {};
  return Address{endpoint.address().to_string(), endpoint.port()}.text();
}

// In TLS 1.3 the handshake is over for the side that called when the other one refuses its certificate: the
// alert comes with the first reading.
bool is_refused_certificate(const ErrorCode& error) {
  if (error.category() != asio::error::get_ssl_category()) return false;
  const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
  return reason == SSL_R_SSLV3_ALERT_BAD_CERTIFICATE || reason == SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN ||
         reason == SSL_R_TLSV1_ALERT_UNKNOWN_CA || reason == SSL_R_TLSV1_ALERT_ACCESS_DENIED;
}

}  // namespace

Link::Link(NodeLoop& loop, asio::ip::tcp::socket socket, std::shared_ptr<TlsContext> tls,
           ChannelLimits limits)
    : loop_(loop),
      tls_(std::move(tls)),
      stream_(std::move(socket), tls_->context),
      limits_(limits),
      watchdog_(loop.io()),
      arrived_(loop.io()),
      room_(loop.io()) {
  if (stream_.next_layer().is_open()) connected();
}

void Link::connected() {
  // A step's frames are one write, and the other side waits for them: nothing is gained by holding them back.
  ErrorCode ignored;
  stream_.next_layer().set_option(asio::ip::tcp::no_delay(true), ignored);
  address_ = describe(stream_.next_layer());
}

void Link::limit(std::chrono::milliseconds wait, std::string what) {
  // The link is held by whoever waits, and the watchdog dies with the link.
  watchdog_.arm(wait, [this, what = std::move(what)] {
    timed_out_ = what;
    cut();
  });
}

std::unexpected<Error> Link::lost(std::string_view doing, const ErrorCode& error) const {
  if (!timed_out_.empty()) return fail(ErrorKind::peer, "the other side was too slow: " + timed_out_);
  return network_error(doing, error);
}

void Link::cut() {
  ErrorCode ignored;
  stream_.next_layer().close(ignored);
}

awaitable<Result<std::string>> Link::read_head(std::size_t max_bytes) {
  std::string head;
  while (true) {
    const auto end = head_end(head);
    if (end) {
      early_ = head.substr(*end);
      head.resize(*end);
      co_return head;
    }
    if (head.size() > max_bytes) co_return fail(ErrorKind::bad_input, "the HTTP head is too long");
    std::array<char, 4096> part;
    const auto space = asio::buffer(part);
    const auto [error, count] = co_await stream_.async_read_some(space, as_result);
    if (error && is_refused_certificate(error))
      co_return fail(
          ErrorKind::peer,
          "the other side does not take this node's key: it has not pinned this node, has suspended it, or "
          "knows an older key");
    if (error) co_return lost("waiting for the HTTP head", error);
    head.append(part.data(), count);
  }
}

awaitable<Result<void>> Link::write_text(std::string text) {
  const auto bytes = asio::buffer(text);
  const auto [error, count] = co_await asio::async_write(stream_, bytes, as_result);
  if (error) co_return lost("writing", error);
  static_cast<void>(count);
  co_return Result<void>();
}

void Link::start_reading(std::function<Result<void>(std::size_t)> charge) {
  charge_ = std::move(charge);
  reading_ = true;
  asio::co_spawn(loop_.io(), read_frames(shared_from_this()), asio::detached);
}

void Link::end_reading(Error error) {
  if (!read_error_) read_error_ = std::move(error);
  arrived_.notify();
}

// Cuts what is in the first `count` bytes of the buffer into frames.
Result<void> Link::take(std::size_t count) {
  bytes_received_ += count;
  PARLEY_CHECK(charge_(count));
  PARLEY_CHECK(decoder_.feed(BytesView(buffer_).first(count)));
  while (true) {
    PARLEY_TRY(std::optional<peer::Frame> frame, decoder_.next());
    if (!frame) return {};
    queued_bytes_ += cost_of(*frame);
    queue_.push_back(std::move(*frame));
    arrived_.notify();
  }
}

awaitable<void> Link::read_frames(std::shared_ptr<Link> self) {
  self->buffer_.resize(read_bytes);
  std::size_t ready = std::min(self->early_.size(), read_bytes);
  std::copy_n(self->early_.begin(), ready, self->buffer_.begin());
  self->early_ = {};
  std::uint64_t discarded = 0;
  while (true) {
    if (self->discarding_) {
      discarded += ready;
      if (discarded > max_discarded_bytes) break;
    } else if (ready > 0) {
      const auto taken = self->take(ready);
      if (!taken) {
        self->end_reading(taken.error());
        self->discarding_ = true;
      }
    }
    // Backpressure: not reading fills the system's buffers, and the other side's writes wait.
    while (!self->discarding_ && self->queued_bytes_ >= self->limits_.queued_bytes) {
      co_await self->room_.wait_until(Deadline::max());
    }
    const auto space = asio::buffer(self->buffer_);
    const auto [error, count] = co_await self->stream_.async_read_some(space, as_result);
    if (error) {
      self->end_reading(self->lost("the connection ended", error).error());
      break;
    }
    ready = count;
  }
  self->reading_ = false;
  self->ended_ = true;
  self->end_reading(Error{ErrorKind::peer, "the connection ended", {}, {}});
}

awaitable<Result<peer::Frame>> Link::next_frame(Deadline deadline, std::string waiting_for) {
  while (true) {
    if (interruption_) co_return std::unexpected(*interruption_);
    if (!queue_.empty()) {
      peer::Frame frame = std::move(queue_.front());
      queue_.pop_front();
      queued_bytes_ -= cost_of(frame);
      if (queued_bytes_ < limits_.queued_bytes) room_.notify();
      co_return frame;
    }
    if (read_error_) co_return std::unexpected(*read_error_);
    const bool notified = co_await arrived_.wait_until(deadline);
    if (!notified && queue_.empty() && !read_error_ && !interruption_)
      co_return fail(ErrorKind::peer, "the other side was too slow: " + waiting_for);
  }
}

awaitable<Result<void>> Link::write_frames(std::vector<peer::Frame> frames) {
  if (frames.empty()) co_return Result<void>();
  Bytes bytes;
  for (const peer::Frame& frame : frames) append(bytes, peer::encode_frame(frame));
  frames.clear();
  limit(limits_.write, "reading what we send");
  const auto whole = asio::buffer(bytes);
  const auto [error, count] = co_await asio::async_write(stream_, whole, as_result);
  settle();
  if (error) co_return lost("sending", error);
  bytes_sent_ += count;
  co_return Result<void>();
}

void Link::interrupt(Error reason) {
  if (!interruption_) interruption_ = std::move(reason);
  arrived_.notify();
}

awaitable<void> Link::farewell() {
  discarding_ = true;
  queue_.clear();
  queued_bytes_ = 0;
  room_.notify();
  // The end of the stream is not protected by a close_notify: frames carry their lengths and machines know
  // their last message, so a cut can only ever look like a broken connection.
  ErrorCode ignored;
  stream_.next_layer().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  const Deadline deadline = after(limits_.close);
  bool waiting = reading_;
  while (waiting) {
    const bool notified = co_await arrived_.wait_until(deadline);
    waiting = reading_ && notified;
  }
  cut();
}

}  // namespace parley::net
