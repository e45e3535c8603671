#pragma once

// The pump: drives the hello and the machines of sessions over a link, the same on both sides. For the
// sources of `net` alone.

#include <memory>
#include <optional>

#include "net/link.hpp"
#include "peer/seal.hpp"

namespace parley::net {

/// What both sides of a channel share. Held by its coroutine; touched on the node thread only while that
/// coroutine waits for it, so never by two threads at once.
struct Channel {
  std::shared_ptr<Link> link;
  std::shared_ptr<const ChannelSettings> settings;
  crypto::PublicKey tls_key;  ///< proven in the handshake
  peer::TlsExporter exporter;
  SessionContext context;  ///< complete after the hello

  // Of the node thread alone:
  std::optional<peer::FrameSealer> sealer;  ///< the second encryption layer, once the hello agreed on it
  std::string kind = "hello";               ///< what an abort would end: the hello, or a kind of session

  /// Opens a frame that arrived, or passes it on where there is no second layer.
  Result<peer::Frame> unseal(peer::Frame frame);
  void seal(std::vector<peer::Frame>& frames);
};

/// On the node thread: whether this peer may still talk to us, by `admit`. Its status may change between two
/// messages.
Result<void> check_admitted(Channel& channel);

/// On the node thread: takes in the other side's abort of `session` (or of none). An error when it is not
/// signed by the peer, or is about others.
Result<void> take_abort(Channel& channel, peer::SessionId session, const peer::Frame& frame);

/// `check_admitted`, from the IO thread.
awaitable<Result<void>> admit_peer(std::shared_ptr<Channel> channel);

/// The mutual hello; fills `channel->context.session`.
awaitable<Result<void>> run_hello(std::shared_ptr<Channel> channel, peer::Side side);

/// Runs a machine from `start` to `done`. On an error the machine has been told, and the abort has been sent
/// unless the other side's came first; nothing more may be sent then.
awaitable<Result<Outcome>> run_session(std::shared_ptr<Channel> channel,
                                       std::shared_ptr<peer::Machine> machine);

/// Signs and sends the abort that names `session` (zeros when there is none). Best effort: the other side may
/// have gone.
awaitable<void> send_abort(std::shared_ptr<Channel> channel, peer::SessionId session,
                           std::optional<ByteArray<32>> offer);

}  // namespace parley::net
