#include "net/pump.hpp"

#include <algorithm>

#include "peer/abort.hpp"

namespace parley::net {

namespace {

// What the node thread answers to one move of a session.
struct Turn {
  peer::Step step;
  bool aborted_by_peer = false;
};
using TurnResult = Result<Turn>;
using NodeTurn = std::move_only_function<TurnResult()>;

TurnResult finish_turn(Channel& channel, Result<peer::Step> step) {
  if (!step) return std::unexpected(step.error());
  channel.seal(step->send);
  return Turn{std::move(*step), false};
}

NodeTurn start_turn(std::shared_ptr<Channel> channel, std::shared_ptr<peer::Machine> machine) {
  return [channel = std::move(channel), machine = std::move(machine)]() -> TurnResult {
    Result<peer::Step> step = machine->start();
    // The initiator's machine opens the session: its first frame says which kind.
    if (step && !step->send.empty()) {
      const auto open = peer::read_open(step->send.front());
      if (open) channel->kind = peer::session_kind_name(open->kind);
    }
    return finish_turn(*channel, std::move(step));
  };
}

NodeTurn resume_turn(std::shared_ptr<Channel> channel, std::shared_ptr<peer::Machine> machine) {
  return [channel = std::move(channel), machine = std::move(machine)]() -> TurnResult {
    PARLEY_CHECK(check_admitted(*channel));
    return finish_turn(*channel, machine->resume());
  };
}

NodeTurn frame_turn(std::shared_ptr<Channel> channel, std::shared_ptr<peer::Machine> machine,
                    peer::Frame arrived) {
  return [channel = std::move(channel), machine = std::move(machine),
          arrived = std::move(arrived)]() mutable -> TurnResult {
    PARLEY_CHECK(check_admitted(*channel));
    PARLEY_TRY(const peer::Frame frame, channel->unseal(std::move(arrived)));
    if (frame.type == peer::FrameType::abort) {
      PARLEY_CHECK(take_abort(*channel, machine->session(), frame));
      return Turn{{}, true};
    }
    return finish_turn(*channel, machine->on_frame(frame));
  };
}

// How a session ended that did not end well.
struct Failure {
  Error error;
  bool aborted_by_peer = false;
};
using Pumped = std::expected<Outcome, Failure>;

std::unexpected<Failure> failed(Error error) {
  return std::unexpected(Failure{std::move(error), false});
}
std::unexpected<Failure> failed(std::string why) {
  return failed(Error{ErrorKind::peer, std::move(why), {}, {}});
}

awaitable<Pumped> pump(std::shared_ptr<Channel> channel, std::shared_ptr<peer::Machine> machine) {
  Link& link = *channel->link;
  const Deadline session_end = after(link.limits().session);
  const std::uint64_t sent_before = link.bytes_sent();
  std::uint64_t received = 0;
  NodeTurn first = start_turn(channel, machine);
  TurnResult turn = co_await node_call(link.loop(), std::move(first));
  while (true) {
    if (!turn) co_return failed(turn.error());
    if (turn->aborted_by_peer) {
      const Error error{ErrorKind::peer, "the other side aborted the session", {}, {}};
      co_return std::unexpected(Failure{error, true});
    }
    std::vector<peer::Frame> frames = std::move(turn->step.send);
    const Result<void> written = co_await link.write_frames(std::move(frames));
    if (!written) co_return failed(written.error());
    if (turn->step.done) break;
    if (std::chrono::steady_clock::now() > session_end) co_return failed("the session took too long");
    if (turn->step.more) {
      if (link.interrupted()) co_return failed("the node is shutting down");
      NodeTurn next = resume_turn(channel, machine);
      turn = co_await node_call(link.loop(), std::move(next));
      continue;
    }
    const Deadline deadline = std::min(session_end, after(link.limits().frame));
    Result<peer::Frame> frame = co_await link.next_frame(deadline, "the next message of the session");
    if (!frame) co_return failed(frame.error());
    received += frame->body.size() + peer::frame_header_bytes;
    if (received > link.limits().session_bytes)
      co_return failed("the session brought more bytes than the limit");
    NodeTurn next = frame_turn(channel, machine, std::move(*frame));
    turn = co_await node_call(link.loop(), std::move(next));
  }
  co_return Outcome{link.bytes_sent() - sent_before, received, channel->context};
}

// On the node thread: the channel after a good hello.
void begin(Channel& channel, peer::PeerSession session) {
  if (session.layer_key) channel.sealer.emplace(session, *session.layer_key);
  channel.context.session = std::move(session);
}

peer::HelloConfig hello_config(const Channel& channel, peer::Side side) {
  const ChannelSettings& own = *channel.settings;
  return peer::HelloConfig{.side = side,
                           .own_origin = own.origin,
                           .role_key = own.role_key,
                           .peer = channel.context.peer.pinned,
                           .exporter = channel.exporter,
                           .versions = {},
                           .features = own.features};
}

}  // namespace

Result<void> check_admitted(Channel& channel) {
  PARLEY_TRY(channel.context.peer, channel.settings->admit(channel.tls_key));
  if (channel.context.peer.tls_key != channel.tls_key)
    return fail(ErrorKind::internal, "the peer list answered with another peer's key");
  return {};
}

Result<void> take_abort(Channel& channel, peer::SessionId session, const peer::Frame& frame) {
  const peer::PinnedPeer& pinned = channel.context.peer.pinned;
  const Result<peer::Abort> abort = peer::read_abort(as_text(frame.body), pinned.role_key);
  if (!abort)
    return fail(ErrorKind::peer,
                "the other side ended it with an abort that cannot be read: " + abort.error().message);
  if (abort->node != pinned.origin || abort->counterparty != channel.settings->origin ||
      (abort->session != session && abort->session != peer::SessionId()))
    return fail(ErrorKind::peer, "the other side ended it with an abort of something else");
  if (channel.settings->abort_received)
    channel.settings->abort_received(channel.context.peer, as_text(frame.body));
  return {};
}

Result<peer::Frame> Channel::unseal(peer::Frame frame) {
  if (sealer) return sealer->open(frame);
  if (frame.type == peer::FrameType::sealed)
    return fail(ErrorKind::peer, "a sealed frame on a channel without the second layer");
  return frame;
}

void Channel::seal(std::vector<peer::Frame>& frames) {
  if (!sealer) return;
  for (peer::Frame& frame : frames) frame = sealer->seal(frame, *settings->entropy);
}

awaitable<Result<void>> admit_peer(std::shared_ptr<Channel> channel) {
  std::move_only_function<Result<void>()> ask = [channel] { return check_admitted(*channel); };
  const Result<void> admitted = co_await node_call(channel->link->loop(), std::move(ask));
  co_return admitted;
}

awaitable<Result<void>> run_hello(std::shared_ptr<Channel> channel, peer::Side side) {
  struct HelloTurn {
    std::vector<peer::Frame> send;
    bool done = false;
  };
  using HelloResult = Result<HelloTurn>;
  using HelloStep = std::move_only_function<HelloResult()>;
  // Made, used and destroyed on the node thread, up to the rare end of the loop in between.
  using Machine = std::optional<peer::HelloMachine>;
  const auto finish = [](Channel& on, Result<peer::HelloMachine::Step> step) -> HelloResult {
    if (!step) return std::unexpected(step.error());
    HelloTurn turn{std::move(step->send), step->session.has_value()};
    if (step->session) begin(on, std::move(*step->session));
    return turn;
  };
  Link& link = *channel->link;
  const Deadline deadline = after(link.limits().hello);
  const auto machine = std::make_shared<Machine>();
  HelloStep next = [channel, machine, side, finish]() -> HelloResult {
    machine->emplace(hello_config(*channel, side), *channel->settings->entropy);
    return finish(*channel, (*machine)->start());
  };
  while (true) {
    HelloResult turn = co_await node_call(link.loop(), std::move(next));
    if (!turn) co_return std::unexpected(turn.error());
    const bool done = turn->done;
    std::vector<peer::Frame> frames = std::move(turn->send);
    const Result<void> written = co_await link.write_frames(std::move(frames));
    if (!written || done) co_return written;
    Result<peer::Frame> frame = co_await link.next_frame(deadline, "the hello");
    if (!frame) co_return std::unexpected(frame.error());
    next = [channel, machine, finish, frame = std::move(*frame)]() -> HelloResult {
      PARLEY_CHECK(check_admitted(*channel));
      if (frame.type == peer::FrameType::abort) {
        PARLEY_CHECK(take_abort(*channel, {}, frame));
        return fail(ErrorKind::peer, "the other side refused the hello");
      }
      return finish(*channel, (*machine)->on_frame(frame));
    };
  }
}

awaitable<void> send_abort(std::shared_ptr<Channel> channel, peer::SessionId session,
                           std::optional<ByteArray<32>> offer) {
  using Frames = Result<std::vector<peer::Frame>>;
  std::move_only_function<Frames()> sign = [channel, session, offer]() -> Frames {
    const ChannelSettings& own = *channel->settings;
    // Whole seconds: an abort should not tell how long the failed step took.
    const peer::Abort abort{.node = own.origin,
                            .counterparty = channel->context.peer.pinned.origin,
                            .kind = channel->kind,
                            .session = session,
                            .offer = offer,
                            .created = Timestamp::from_seconds(own.clock->now().seconds())};
    PARLEY_TRY(const std::string jws, peer::sign_abort(abort, *own.entropy, *own.role_key));
    std::vector<peer::Frame> frames{peer::make_abort_frame(jws)};
    channel->seal(frames);
    return frames;
  };
  Link& link = *channel->link;
  Frames frames = co_await node_call(link.loop(), std::move(sign));
  if (!frames) co_return;
  // Best effort: a peer that reads nothing does not get it.
  const Result<void> written = co_await link.write_frames(std::move(*frames));
  static_cast<void>(written);
}

awaitable<Result<Outcome>> run_session(std::shared_ptr<Channel> channel,
                                       std::shared_ptr<peer::Machine> machine) {
  struct Named {
    peer::SessionId session;
    std::optional<ByteArray<32>> offer;
  };
  const Pumped pumped = co_await pump(channel, machine);
  if (pumped) co_return *pumped;
  const Error reason = pumped.error().error;
  std::move_only_function<Result<Named>()> tell = [machine, reason]() -> Result<Named> {
    machine->on_abort(reason);
    return Named{machine->session(), machine->offer_hash()};
  };
  const Result<Named> named = co_await node_call(channel->link->loop(), std::move(tell));
  if (named && !pumped.error().aborted_by_peer && !channel->link->broken()) {
    const peer::SessionId session = named->session;
    const std::optional<ByteArray<32>> offer = named->offer;
    co_await send_abort(channel, session, offer);
  }
  co_return std::unexpected(reason);
}

}  // namespace parley::net
