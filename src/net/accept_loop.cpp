#include "net/accept_loop.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>

#include "base/assert.hpp"

namespace parley::net {

namespace {

struct Host {
  std::string address;
  std::string network;
};

Result<Host> host_of(const asio::ip::tcp::socket& socket) {
  ErrorCode error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return network_error("accepting", error);
  return Host{endpoint.address().to_string(), network_of(endpoint.address())};
}
// Local sockets have one host.
Result<Host> host_of(const asio::local::stream_protocol::socket&) {
  return Host{};
}

}  // namespace

std::string network_of(const asio::ip::address& address) {
  if (!address.is_v6()) return address.to_string();
  auto bytes = address.to_v6().to_bytes();
  if (address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return asio::ip::address_v6(bytes).to_string() + "/64";
}

Result<Address> listen_on(asio::ip::tcp::acceptor& acceptor, const Address& address) {
  ErrorCode error;
  const auto host = asio::ip::make_address(address.host == "localhost" ? "127.0.0.1" : address.host, error);
  if (error) return fail(ErrorKind::usage, "listen on an IP address of this machine", address.text());
  const asio::ip::tcp::endpoint endpoint(host, address.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::ip::tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return fail(error == asio::error::address_in_use ? ErrorKind::conflict : ErrorKind::usage,
                "cannot listen: " + error.message(), address.text());
  return Address{host.to_string(), acceptor.local_endpoint().port()};
}

template <class Protocol>
AcceptLoop<Protocol>::AcceptLoop(NodeLoop& loop, Bounds bounds)
    : loop_(loop), bounds_(bounds), acceptor_(loop.io()), ended_(loop.io()), pause_(loop.io()) {}

template <class Protocol>
void AcceptLoop<Protocol>::start(Serve serve) {
  serve_ = std::move(serve);
  asio::post(loop_.io(), [self = this->shared_from_this()] {
    if (self->draining_) return;
    self->accepting_ = true;
    asio::co_spawn(self->loop_.io(), accept(self), asio::detached);
  });
}

template <class Protocol>
awaitable<void> AcceptLoop<Protocol>::accept(std::shared_ptr<AcceptLoop> self) {
  while (!self->draining_) {
    auto [error, socket] = co_await self->acceptor_.async_accept(as_result);
    if (error) {
      if (self->draining_) break;
      // Out of descriptors, or the other side gave up: neither is a reason to stop listening or to spin.
      self->pause_.expires_after(std::chrono::milliseconds(100));
      const auto [ignored] = co_await self->pause_.async_wait(as_result);
      static_cast<void>(ignored);
      continue;
    }
    if (!self->make_room({})) continue;  // closes the socket
    asio::co_spawn(self->loop_.io(), run(self, std::move(socket)), asio::detached);
  }
  self->accepting_ = false;
  self->ended_.notify();
}

template <class Protocol>
awaitable<void> AcceptLoop<Protocol>::run(std::shared_ptr<AcceptLoop> self, Socket socket) {
  const auto host = host_of(socket);
  if (!host) co_return;
  const auto connection = std::make_shared<Connection>();
  connection->host = host->address;
  connection->network = host->network;
  if (!self->make_room(connection->network)) co_return;
  ++self->per_host_[connection->network];
  connection->counted = true;
  const auto place = self->open_.insert(self->open_.end(), connection);
  ++self->count_;
  co_await self->serve_(std::move(socket), connection);
  self->release(*connection);
  if (connection->evicted) --self->evicted_;
  self->open_.erase(place);
  --self->count_;
  self->ended_.notify();
}

template <class Protocol>
bool AcceptLoop<Protocol>::make_room(const std::string& network) {
  const auto here = per_host_.find(network);
  const bool full = network.empty() ? open_.size() - evicted_ >= bounds_.connections
                                    : here != per_host_.end() && here->second >= bounds_.per_host;
  if (!full) return true;
  if (!bounds_.evict) return false;
  const auto oldest = std::find_if(open_.begin(), open_.end(), [&](const auto& one) {
    return one->counted && one->idle && (network.empty() || one->network == network);
  });
  if (oldest == open_.end()) return false;
  // Held, for cutting it may end it at once.
  std::shared_ptr<Connection> leaving = *oldest;  // NOLINT(performance-unnecessary-copy-initialization)
  leaving->evicted = true;
  ++evicted_;
  release(*leaving);
  leaving->cut();
  return true;
}

template <class Protocol>
void AcceptLoop<Protocol>::release(Connection& connection) {
  if (!connection.counted) return;
  connection.counted = false;
  const auto found = per_host_.find(connection.network);
  if (found != per_host_.end() && --found->second == 0) per_host_.erase(found);
}

template <class Protocol>
void AcceptLoop<Protocol>::each(std::function<void()> Connection::* what) {
  for (const auto& connection : std::list(open_)) (connection.get()->*what)();
}

template <class Protocol>
awaitable<void> AcceptLoop<Protocol>::wait_until_empty(Deadline deadline) {
  bool waiting = !open_.empty() || accepting_;
  while (waiting) {
    const bool notified = co_await ended_.wait_until(deadline);
    waiting = (!open_.empty() || accepting_) && notified;
  }
}

template <class Protocol>
awaitable<void> AcceptLoop<Protocol>::wind_down(std::shared_ptr<AcceptLoop> self,
                                                std::chrono::milliseconds grace,
                                                std::chrono::milliseconds abort_time,
                                                std::shared_ptr<std::promise<void>> finished) {
  self->draining_ = true;
  ErrorCode ignored;
  self->acceptor_.close(ignored);
  self->pause_.cancel();
  self->each(&Connection::drain);
  const Deadline grace_end = after(grace);
  co_await self->wait_until_empty(grace_end);
  self->each(&Connection::end);
  const Deadline abort_end = grace_end + abort_time;
  co_await self->wait_until_empty(abort_end);
  self->each(&Connection::cut);
  // A step on the node thread may still be running; it lasts 100 ms, not forever.
  co_await self->wait_until_empty(Deadline::max());
  finished->set_value();
}

template <class Protocol>
void AcceptLoop<Protocol>::shutdown(std::chrono::milliseconds grace, std::chrono::milliseconds abort_time) {
  PARLEY_ASSERT(!loop_.on_node_thread() && !loop_.on_io_thread());
  std::lock_guard once(shutdown_once_);
  if (shut_down_ || loop_.stopped()) return;
  shut_down_ = true;
  const auto finished = std::make_shared<std::promise<void>>();
  std::future<void> end = finished->get_future();
  asio::post(loop_.io(), [self = this->shared_from_this(), grace, abort_time, finished] {
    asio::co_spawn(self->loop_.io(), wind_down(self, grace, abort_time, finished), asio::detached);
  });
  end.get();
}

template class AcceptLoop<asio::ip::tcp>;
template class AcceptLoop<asio::local::stream_protocol>;

}  // namespace parley::net
