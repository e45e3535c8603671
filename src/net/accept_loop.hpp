#pragma once

// What the two TLS listeners share: an acceptor, its connections, and the way it shuts down. For the sources
// of `net` alone.

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "net/address.hpp"
#include "net/asio.hpp"

namespace parley::net {

/// One connection as the listener sees it; all on the IO thread.
struct Connection {
  /// The node is shutting down: end now if nothing is under way.
  std::function<void()> drain = [] {};
  /// The grace is over: end whatever is under way, with an abort where there is one.
  std::function<void()> end = [] {};
  /// End at once.
  std::function<void()> cut = [] {};

  std::string host;      ///< of the other side, without the port
  std::string network;   ///< what the bound for each host counts by
  bool counted = false;  ///< against the bound of its host: it has not proven who it is
  bool evicted = false;  ///< cut to make room, and on its way out
  bool idle = true;      ///< nothing is under way that would be lost: it may make room
};

/// Opens an acceptor on an IP address of this machine; the address that it got.
Result<Address> listen_on(boost::asio::ip::tcp::acceptor& acceptor, const Address& address);

/// What counts as one host: an IPv4 address, or the /64 of an IPv6 address, which is what one customer or one
/// machine has at least: whoever owns it has every address in it.
std::string network_of(const boost::asio::ip::address& address);

/// Accepts connections up to a bound and runs a coroutine for each. Made for TCP and for local sockets.
template <class Protocol>
class AcceptLoop : public std::enable_shared_from_this<AcceptLoop<Protocol>> {
 public:
  using Socket = typename Protocol::socket;
  using Acceptor = typename Protocol::acceptor;
  /// Runs one connection to its end. The `Connection` lives until the coroutine ends.
  using Serve = std::function<awaitable<void>(Socket socket, std::shared_ptr<Connection> connection)>;

  struct Bounds {
    std::size_t connections;
    std::size_t per_host;  ///< counted until `release`
    /// At a bound the oldest idle connection that was not released yet (at the host's bound: of that host) is
    /// cut for the new one, so that whoever says nothing cannot keep others out. Otherwise the new one is
    /// closed.
    bool evict = false;
  };
  AcceptLoop(NodeLoop& loop, Bounds bounds);
  /// For binding, before `start`.
  Acceptor& acceptor() { return acceptor_; }
  /// Any thread.
  void start(Serve serve);
  std::size_t connections() const { return count_.load(); }
  bool draining() const { return draining_; }
  /// The connection has proven who it is and no longer counts against its host.
  void release(Connection& connection);

  /// Blocks until every connection has ended: `grace` for what is under way, then `abort_time` to end it in
  /// order, then the sockets are closed. Not on the node or IO thread. Idempotent.
  void shutdown(std::chrono::milliseconds grace, std::chrono::milliseconds abort_time);

 private:
  static awaitable<void> accept(std::shared_ptr<AcceptLoop> self);
  static awaitable<void> run(std::shared_ptr<AcceptLoop> self, Socket socket);
  static awaitable<void> wind_down(std::shared_ptr<AcceptLoop> self, std::chrono::milliseconds grace,
                                   std::chrono::milliseconds abort_time,
                                   std::shared_ptr<std::promise<void>> finished);
  void each(std::function<void()> Connection::* what);
  /// Whether there is room for one more, of `network` or (empty) at all; cuts another for it where it may.
  bool make_room(const std::string& network);
  awaitable<void> wait_until_empty(Deadline deadline);

  NodeLoop& loop_;
  Bounds bounds_;
  Acceptor acceptor_;
  Serve serve_;
  Signal ended_;  // a connection ended
  boost::asio::steady_timer pause_;
  std::list<std::shared_ptr<Connection>> open_;  // oldest first
  std::size_t evicted_ = 0;                      // of `open_`
  std::map<std::string, std::size_t> per_host_;
  std::atomic<std::size_t> count_{0};
  bool accepting_ = false;
  bool draining_ = false;
  std::mutex shutdown_once_;
  bool shut_down_ = false;
};

using TcpAcceptLoop = AcceptLoop<boost::asio::ip::tcp>;
using LocalAcceptLoop = AcceptLoop<boost::asio::local::stream_protocol>;

}  // namespace parley::net
