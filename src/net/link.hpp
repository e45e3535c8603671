#pragma once

// One established peer channel, below its sessions. For the sources of `net` alone.

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "net/asio.hpp"
#include "net/channel.hpp"
#include "net/tls.hpp"
#include "peer/frame.hpp"

namespace parley::net {

/// The TLS stream of a channel, its frames both ways, and its bounds. All members run on the IO thread. Held
/// by the coroutine that runs the channel and by its reader.
class Link : public std::enable_shared_from_this<Link> {
 public:
  using Stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;
  Link(NodeLoop& loop, boost::asio::ip::tcp::socket socket, std::shared_ptr<TlsContext> tls,
       ChannelLimits limits);

  /// The socket is connected; done by the constructor for one that was accepted.
  void connected();
  NodeLoop& loop() { return loop_; }
  Stream& stream() { return stream_; }
  Watchdog& watchdog() { return watchdog_; }
  const ChannelLimits& limits() const { return limits_; }
  const std::string& address() const { return address_; }
  /// Closes the socket when the wait named `what` lasts longer than `wait`; `settle` undoes that.
  void limit(std::chrono::milliseconds wait, std::string what);
  void settle() { watchdog_.disarm(); }
  /// `error` in words, or the wait that ended it.
  std::unexpected<Error> lost(std::string_view doing, const ErrorCode& error) const;

  /// Reads up to the end of an HTTP head; what came behind it is kept for the frames.
  awaitable<Result<std::string>> read_head(std::size_t max_bytes);
  awaitable<Result<void>> write_text(std::string text);

  /// Starts the reader: from now on bytes are cut into frames and kept, up to `limits.queued_bytes`. `charge`
  /// is told how many bytes came and may end the channel.
  void start_reading(std::function<Result<void>(std::size_t)> charge);
  /// The next frame, or an error: at the deadline, when the channel breaks, when it is interrupted.
  awaitable<Result<peer::Frame>> next_frame(Deadline deadline, std::string waiting_for);
  /// Writes frames in one piece and returns when the system has taken them all.
  awaitable<Result<void>> write_frames(std::vector<peer::Frame> frames);

  /// Ends the current and every later wait for a frame with this error.
  void interrupt(Error reason);
  bool interrupted() const { return interruption_.has_value(); }
  /// Whether the other side has closed or the connection broke.
  bool broken() const { return ended_; }

  /// Tells the other side that nothing follows and waits until it has closed too, `limits.close` at most, so
  /// that the last frames are not lost to a reset; then closes.
  awaitable<void> farewell();
  void cut();

  std::uint64_t bytes_sent() const { return bytes_sent_; }
  std::uint64_t bytes_received() const { return bytes_received_; }

 private:
  static awaitable<void> read_frames(std::shared_ptr<Link> self);
  void end_reading(Error error);
  Result<void> take(std::size_t count);

  NodeLoop& loop_;
  std::shared_ptr<TlsContext> tls_;
  Stream stream_;
  ChannelLimits limits_;
  std::string address_;
  Watchdog watchdog_;
  std::string timed_out_;

  Signal arrived_;  // a frame, the end of reading, or an interruption
  Signal room_;     // the queue has been emptied below its bound, or nobody needs it any more
  Bytes buffer_;
  std::string early_;  // bytes that came behind the HTTP head
  peer::FrameDecoder decoder_;
  std::deque<peer::Frame> queue_;
  std::size_t queued_bytes_ = 0;
  std::function<Result<void>(std::size_t)> charge_;
  bool reading_ = false;
  bool ended_ = false;
  bool discarding_ = false;
  std::optional<Error> read_error_;
  std::optional<Error> interruption_;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t bytes_received_ = 0;
};

}  // namespace parley::net
