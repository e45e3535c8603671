#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>

#include "net/channel.hpp"
#include "net/peer_calls_state.hpp"
#include "net/pump.hpp"
#include "net/upgrade.hpp"

namespace parley::net {

namespace {

using Tcp = asio::ip::tcp;

// What one connection attempt carries; held by its coroutine.
struct Attempt {
  Address address;
  MachineFactory factory;
  std::function<void(Result<Outcome>)> done;
  std::shared_ptr<const ChannelSettings> settings;
  std::shared_ptr<TlsContext> tls;
  crypto::PublicKey tls_key;
};

// The addresses of a host; a literal needs no resolver (which would start a thread of its own).
awaitable<Result<std::vector<Tcp::endpoint>>> resolve(NodeLoop& loop, Address address,
                                                      std::chrono::milliseconds wait) {
  ErrorCode error;
  const auto literal = asio::ip::make_address(address.host, error);
  std::vector<Tcp::endpoint> out;
  if (!error) {
    out.emplace_back(literal, address.port);
    co_return out;
  }
  Tcp::resolver resolver(loop.io());
  Watchdog watchdog(loop.io());
  // A hung resolver cannot be cut off, only left behind.
  watchdog.arm(wait, [&resolver] { resolver.cancel(); });
  const std::string port = std::to_string(address.port);
  const auto [failed, found] = co_await resolver.async_resolve(address.host, port, as_result);
  if (failed) co_return network_error("looking up " + address.host, failed);
  for (const auto& entry : found) out.push_back(entry.endpoint());
  co_return out;
}

awaitable<Result<void>> connect(std::shared_ptr<Link> link, Address address) {
  Result<std::vector<Tcp::endpoint>> endpoints =
      co_await resolve(link->loop(), address, link->limits().connect);
  if (!endpoints) co_return std::unexpected(endpoints.error());
  if (link->interrupted()) co_return fail(ErrorKind::peer, "the node is shutting down");
  link->limit(link->limits().connect, "connecting");
  const std::vector<Tcp::endpoint> list = std::move(*endpoints);
  const auto [error, chosen] = co_await asio::async_connect(link->stream().next_layer(), list, as_result);
  static_cast<void>(chosen);
  link->settle();
  if (error) co_return link->lost("connecting to " + address.text(), error);
  link->connected();
  co_return Result<void>();
}

awaitable<Result<void>> upgrade(std::shared_ptr<Channel> channel, std::string host) {
  Link& link = *channel->link;
  link.limit(link.limits().handshake, "the handshake");
  const auto [error] = co_await link.stream().async_handshake(asio::ssl::stream_base::client, as_result);
  if (error) co_return link.lost("the TLS handshake failed", error);
  auto key = proven_key(link.stream().native_handle());
  if (!key) co_return std::unexpected(key.error());
  auto exporter = exporter_of(link.stream().native_handle());
  if (!exporter) co_return std::unexpected(exporter.error());
  channel->tls_key = *key;
  channel->exporter = *exporter;
  const Result<void> admitted = co_await admit_peer(channel);
  if (!admitted) co_return admitted;
  std::string request = write_upgrade_request(host);
  const Result<void> written = co_await link.write_text(std::move(request));
  if (!written) co_return written;
  const Result<std::string> head = co_await link.read_head(upgrade_limits().head_bytes);
  link.settle();
  if (!head) co_return std::unexpected(head.error());
  co_return check_upgrade_answer(*head);
}

using MachineResult = Result<std::shared_ptr<peer::Machine>>;

// One session by the machine of a factory; none when that makes none.
awaitable<Result<Outcome>> run_one(std::shared_ptr<Channel> channel, MachineFactory factory) {
  Link& link = *channel->link;
  std::move_only_function<MachineResult()> make = [channel, factory = std::move(factory)] {
    return factory(channel->context);
  };
  MachineResult machine = co_await node_call(link.loop(), std::move(make));
  if (!machine) co_return std::unexpected(machine.error());
  if (*machine == nullptr) co_return Outcome{};
  const Result<Outcome> outcome = co_await run_session(channel, *machine);
  std::move_only_function<Result<void>()> drop = [machine = std::move(*machine)] { return Result<void>(); };
  const Result<void> dropped = co_await node_call(link.loop(), std::move(drop));
  static_cast<void>(dropped);
  co_return outcome;
}

awaitable<Result<Outcome>> converse(std::shared_ptr<Channel> channel, MachineFactory factory) {
  Link& link = *channel->link;
  link.start_reading([](std::size_t) { return Result<void>(); });
  const Result<void> hello = co_await run_hello(channel, peer::Side::initiator);
  if (!hello) {
    const peer::SessionId none;
    if (!link.broken()) co_await send_abort(channel, none, std::nullopt);
    co_return std::unexpected(hello.error());
  }
  MachineFactory first = [settings = channel->settings](const SessionContext& context) -> MachineResult {
    return settings->first_session ? settings->first_session(context) : nullptr;
  };
  const Result<Outcome> before = co_await run_one(channel, std::move(first));
  if (!before) co_return before;
  const Result<Outcome> outcome = co_await run_one(channel, std::move(factory));
  co_return outcome;
}

awaitable<void> run(NodeLoop& loop, std::shared_ptr<Attempt> attempt) {
  const auto channel = std::make_shared<Channel>();
  channel->settings = attempt->settings;
  channel->link =
      std::make_shared<Link>(loop, Tcp::socket(loop.io()), attempt->tls, attempt->settings->limits);
  const std::shared_ptr<PeerCalls::State> calls =
      attempt->settings->calls ? attempt->settings->calls : std::make_shared<PeerCalls::State>(loop);
  if (calls->closing) channel->link->interrupt({ErrorKind::peer, "the node is shutting down", {}, {}});
  const auto place = calls->open.insert(calls->open.end(), {channel->link});
  Result<Outcome> outcome = fail(ErrorKind::internal, "not connected");
  Result<void> ready = co_await connect(channel->link, attempt->address);
  const std::string host = attempt->address.text();
  if (ready) ready = co_await upgrade(channel, host);
  if (ready) {
    place->talking = true;
    outcome = co_await converse(channel, attempt->factory);
    co_await channel->link->farewell();
  } else {
    outcome = std::unexpected(ready.error());
    channel->link->cut();
  }
  if (!outcome && attempt->settings->events)
    attempt->settings->events(Event{Severity::warning, "session_failed", host,
                                    to_hex(BytesView(attempt->tls_key.value()).first(8)),
                                    outcome.error().text()});
  std::move_only_function<Result<void>()> finish = [attempt, outcome]() -> Result<void> {
    // Called here and released here: what the caller captured belongs to the node thread.
    const auto done = std::move(attempt->done);
    attempt->factory = nullptr;
    attempt->done = nullptr;
    done(outcome);
    return {};
  };
  const Result<void> finished = co_await node_call(loop, std::move(finish));
  calls->open.erase(place);
  calls->ended.notify();
  // The loop refuses tasks only when it is flooded or stopping; the caller is told all the same.
  if (!finished && attempt->done) attempt->done(outcome);
}

}  // namespace

void connect_and_run(NodeLoop& loop, const Address& address, const crypto::PublicKey& tls_key,
                     ChannelSettings settings, MachineFactory factory,
                     std::function<void(Result<Outcome>)> done) {
  auto tls = make_peer_context(TlsRole::client, settings.tls_certificate, *settings.tls_key,
                               [tls_key](const crypto::PublicKey& key) { return key == tls_key; });
  if (!tls) {
    if (!loop.post([done, error = tls.error()] { done(std::unexpected(error)); }))
      done(std::unexpected(tls.error()));
    return;
  }
  auto attempt = std::make_shared<Attempt>(
      Attempt{address, std::move(factory), std::move(done),
              std::make_shared<const ChannelSettings>(std::move(settings)), std::move(*tls), tls_key});
  asio::post(loop.io(), [&loop, attempt] { asio::co_spawn(loop.io(), run(loop, attempt), asio::detached); });
}

Result<Outcome> connect_and_run(NodeLoop& loop, const Address& address, const crypto::PublicKey& tls_key,
                                ChannelSettings settings, MachineFactory factory) {
  const auto promise = std::make_shared<std::promise<Result<Outcome>>>();
  std::future<Result<Outcome>> outcome = promise->get_future();
  connect_and_run(loop, address, tls_key, std::move(settings), std::move(factory),
                  [promise](Result<Outcome> result) { promise->set_value(std::move(result)); });
  return outcome.get();
}

}  // namespace parley::net
