#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <utility>

#include "net/accept_loop.hpp"
#include "net/channel.hpp"
#include "net/http_message.hpp"
#include "net/pump.hpp"
#include "net/quota.hpp"
#include "net/refusal_log.hpp"
#include "net/upgrade.hpp"

namespace parley::net {

struct PeerServer::State : std::enable_shared_from_this<PeerServer::State> {
  State(NodeLoop& l, ChannelSettings s)
      : loop(l),
        settings(std::make_shared<const ChannelSettings>(std::move(s))),
        quotas(settings->limits),
        accepting(std::make_shared<TcpAcceptLoop>(
            l, TcpAcceptLoop::Bounds{settings->limits.connections, settings->limits.unproven_per_address,
                                     true})),
        refusals(settings->limits.refusal_lines_per_minute) {}

  NodeLoop& loop;
  std::shared_ptr<const ChannelSettings> settings;
  std::shared_ptr<TlsContext> tls;
  PeerQuotas quotas;
  std::shared_ptr<TcpAcceptLoop> accepting;
  RefusalLog refusals;
  asio::steady_timer refusals_told{loop.io()};  // when those that no line told of are told
  bool refusals_due = false;
  bool told_at_end = false;
  Address address;
};

namespace {

using State = PeerServer::State;

std::string short_name(const crypto::PublicKey& key) {
  return to_hex(BytesView(key.value()).first(8));
}

void report(const State& state, const Channel& channel, Severity severity, std::string_view name,
            const Error& error) {
  if (!state.settings->events) return;
  const bool proven = channel.tls_key != crypto::PublicKey();
  state.settings->events(Event{severity, std::string(name), channel.link->address(),
                               proven ? short_name(channel.tls_key) : std::string(), error.text()});
}

void tell_left_out(State& state) {
  const std::uint64_t count = state.refusals.take_left_out();
  if (count > 0 && state.settings->events)
    state.settings->events(Event{Severity::warning,
                                 "peer_refused",
                                 {},
                                 {},
                                 std::to_string(count) + " more refusals were not written"});
}

// A flood that ends leaves no later line that could tell how long it was.
void tell_left_out_later(State& state) {
  if (state.refusals_due) return;
  state.refusals_due = true;
  state.refusals_told.expires_after(std::chrono::minutes(1));
  state.refusals_told.async_wait([weak = state.weak_from_this()](const ErrorCode& error) {
    const auto still = weak.lock();
    if (!still) return;
    still->refusals_due = false;
    if (!error) tell_left_out(*still);
  });
}

// A connection that ended before the other side had proven who it is: anybody can make these, as many as they
// like.
void report_refused(State& state, const Channel& channel, std::string_view name, Error error) {
  const auto left_out = state.refusals.admit(std::chrono::steady_clock::now());
  if (!left_out) return tell_left_out_later(state);
  if (*left_out > 0)
    error.message += " (" + std::to_string(*left_out) + " more refusals before it were not written)";
  report(state, channel, Severity::warning, name, error);
}

// TLS and everything up to the 101. Nothing is written before the peer is known and admitted.
awaitable<Result<void>> establish(std::shared_ptr<Channel> channel) {
  Link& link = *channel->link;
  link.limit(link.limits().handshake, "the handshake");
  const auto [error] = co_await link.stream().async_handshake(asio::ssl::stream_base::server, as_result);
  if (error) co_return link.lost("the TLS handshake failed", error);
  auto key = proven_key(link.stream().native_handle());
  if (!key) co_return std::unexpected(key.error());
  auto exporter = exporter_of(link.stream().native_handle());
  if (!exporter) co_return std::unexpected(exporter.error());
  channel->tls_key = *key;
  channel->exporter = *exporter;
  const Result<void> admitted = co_await admit_peer(channel);
  if (!admitted) co_return admitted;
  const Result<std::string> head = co_await link.read_head(upgrade_limits().head_bytes);
  if (!head) co_return std::unexpected(head.error());
  const auto refusal = check_upgrade_request(*head);
  std::string answer = refusal ? write_upgrade_refusal(*refusal) : write_upgrade_answer();
  const Result<void> written = co_await link.write_text(std::move(answer));
  link.settle();
  if (refusal) co_return fail(ErrorKind::bad_input, "no peer channel was asked for: " + refusal->why);
  co_return written;
}

struct Opened {
  std::shared_ptr<peer::Machine> machine;
  peer::OpenRequest request;
  bool aborted_by_peer = false;
};

// On the node thread: the machine that answers an OPEN.
Result<Opened> open_session(const State& state, Channel& channel, peer::Frame arrived) {
  PARLEY_CHECK(check_admitted(channel));
  PARLEY_TRY(const peer::Frame frame, channel.unseal(std::move(arrived)));
  if (frame.type == peer::FrameType::abort) {
    PARLEY_CHECK(take_abort(channel, {}, frame));
    return Opened{nullptr, {}, true};
  }
  PARLEY_TRY(const peer::OpenRequest request, peer::read_open(frame));
  channel.kind = peer::session_kind_name(request.kind);
  PARLEY_TRY(std::shared_ptr<peer::Machine> machine, state.settings->open_session(channel.context, request));
  return Opened{std::move(machine), request, false};
}

// One session after another, until the other side closes between two of them (success) or something fails.
// `aborted` is set when the failed session has already been aborted on the wire.
awaitable<Result<void>> serve_sessions(std::shared_ptr<State> state, std::shared_ptr<Channel> channel,
                                       std::shared_ptr<bool> in_session, std::shared_ptr<bool> aborted) {
  Link& link = *channel->link;
  while (!state->accepting->draining()) {
    const Deadline deadline = after(link.limits().between_sessions);
    Result<peer::Frame> frame = co_await link.next_frame(deadline, "the opening of a session");
    if (!frame && link.broken()) co_return Result<void>();
    if (!frame) co_return std::unexpected(frame.error());
    const auto allowed = state->quotas.open_session(channel->tls_key, std::chrono::steady_clock::now());
    if (!allowed) co_return allowed;
    *in_session = true;
    std::move_only_function<Result<Opened>()> open = [state, channel, frame = std::move(*frame)]() mutable {
      return open_session(*state, *channel, std::move(frame));
    };
    Result<Opened> opened = co_await node_call(link.loop(), std::move(open));
    if (!opened) co_return std::unexpected(opened.error());
    *aborted = opened->aborted_by_peer;
    if (*aborted) co_return fail(ErrorKind::peer, "the other side aborted");
    const Result<Outcome> outcome = co_await run_session(channel, opened->machine);
    // The machine dies on the node thread, with this task.
    std::move_only_function<Result<void>()> tell = [state, channel, machine = std::move(opened->machine),
                                                    request = opened->request, outcome]() -> Result<void> {
      if (state->settings->session_ended) state->settings->session_ended(channel->context, request, outcome);
      channel->kind = "hello";
      return {};
    };
    const Result<void> told = co_await node_call(link.loop(), std::move(tell));
    static_cast<void>(told);
    *in_session = false;
    *aborted = !outcome;
    if (!outcome) co_return std::unexpected(outcome.error());
  }
  co_return Result<void>();
}

awaitable<Result<void>> serve_channel(std::shared_ptr<State> state, std::shared_ptr<Channel> channel,
                                      std::shared_ptr<Connection> connection,
                                      std::shared_ptr<bool> in_session) {
  Link& link = *channel->link;
  link.start_reading([state, channel_key = channel->tls_key](std::size_t bytes) {
    return state->quotas.receive(channel_key, bytes, std::chrono::steady_clock::now());
  });
  const auto aborted = std::make_shared<bool>(false);
  Result<void> ended = co_await run_hello(channel, peer::Side::responder);
  // Only now: a TLS key alone may have been stolen without the role key.
  if (ended) state->accepting->release(*connection);
  if (ended) ended = co_await serve_sessions(state, channel, in_session, aborted);
  // The node's own shutdown of an idle channel is no fault of anybody: it closes without an abort.
  const bool quiet = *aborted || link.broken() || (link.interrupted() && !*in_session);
  if (!ended && !quiet) {
    const peer::SessionId none;
    co_await send_abort(channel, none, std::nullopt);
  }
  co_await link.farewell();
  co_return ended;
}

awaitable<void> serve(std::shared_ptr<State> state, TcpAcceptLoop::Socket socket,
                      std::shared_ptr<Connection> connection) {
  const auto channel = std::make_shared<Channel>();
  channel->settings = state->settings;
  channel->link = std::make_shared<Link>(state->loop, std::move(socket), state->tls, state->settings->limits);
  const auto in_session = std::make_shared<bool>(false);
  const auto established = std::make_shared<bool>(false);
  const std::weak_ptr<Link> weak = channel->link;
  const Error closing{ErrorKind::peer, "the node is shutting down", {}, {}};
  connection->drain = [weak, in_session, established, closing] {
    const auto link = weak.lock();
    if (!link || *in_session) return;
    link->interrupt(closing);
    if (!*established) link->cut();
  };
  connection->end = [weak, closing] {
    if (const auto link = weak.lock()) link->interrupt(closing);
  };
  connection->cut = [weak] {
    if (const auto link = weak.lock()) link->cut();
  };

  Result<void> result = co_await establish(channel);
  if (!result) {
    report_refused(*state, *channel, "peer_refused", result.error());
    channel->link->cut();
    co_return;
  }
  *established = true;
  const auto place = state->quotas.connect(channel->tls_key, std::chrono::steady_clock::now());
  if (!place) {
    report_refused(*state, *channel, "peer_refused", place.error());
    channel->link->cut();
    co_return;
  }
  result = co_await serve_channel(state, channel, connection, in_session);
  state->quotas.disconnect(channel->tls_key);
  if (result) co_return;
  if (connection->counted || connection->evicted)
    report_refused(*state, *channel, "channel_failed", result.error());
  else
    report(*state, *channel, Severity::warning, "channel_failed", result.error());
}

}  // namespace

Result<std::unique_ptr<PeerServer>> PeerServer::listen(NodeLoop& loop, const Address& address,
                                                       ChannelSettings settings,
                                                       const std::shared_ptr<PinnedKeys>& pinned) {
  auto state = std::make_shared<State>(loop, std::move(settings));
  PARLEY_TRY(state->tls,
             make_peer_context(TlsRole::server, state->settings->tls_certificate, *state->settings->tls_key,
                               [pinned](const crypto::PublicKey& key) { return pinned->contains(key); }));
  PARLEY_TRY(state->address, listen_on(state->accepting->acceptor(), address));
  // The accept loop belongs to the state: it must not own the state in return.
  state->accepting->start([weak = std::weak_ptr<State>(state)](TcpAcceptLoop::Socket socket,
                                                               std::shared_ptr<Connection> connection) {
    return serve(weak.lock(), std::move(socket), std::move(connection));
  });
  return std::unique_ptr<PeerServer>(new PeerServer(std::move(state)));
}

PeerServer::PeerServer(std::shared_ptr<State> state) : state_(std::move(state)) {}

PeerServer::~PeerServer() {
  shutdown(std::chrono::milliseconds(0));
}

Address PeerServer::address() const {
  return state_->address;
}

std::size_t PeerServer::connections() const {
  return state_->accepting->connections();
}

void PeerServer::shutdown(std::chrono::milliseconds grace) {
  state_->accepting->shutdown(grace, 2 * state_->settings->limits.close);
  if (state_->loop.stopped() || std::exchange(state_->told_at_end, true)) return;
  const auto told = std::make_shared<std::promise<void>>();
  std::future<void> done = told->get_future();
  asio::post(state_->loop.io(), [state = state_, told] {
    state->refusals_told.cancel();
    tell_left_out(*state);
    told->set_value();
  });
  done.wait();
}

}  // namespace parley::net
