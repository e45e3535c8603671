#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/entropy.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/ed25519.hpp"
#include "net/address.hpp"
#include "net/event.hpp"
#include "net/node_loop.hpp"
#include "net/peer_calls.hpp"
#include "net/pinned_keys.hpp"
#include "peer/hello.hpp"
#include "peer/machine.hpp"

namespace parley::net {

// The peer channel, version 1:
//
//   TCP → TLS 1.3, both certificates self-signed Ed25519, both keys pinned, no tickets, resumption or 0-RTT
//       → "POST /peer/v1/channel HTTP/1.1", "Upgrade: parley-peer/1" → 101
//       → frames (peer/frame.hpp): the hello (peer/hello.hpp), bound to this connection by the TLS exporter
//       → sessions one after another; each starts with the initiator's OPEN, which only the side that
//         connected may send
//
// Whatever goes wrong once the handshake is done ends in one signed abort and the close of the connection.
// A side that the handshake or `admit` turned away before the hello gets no byte at all.

/// Every wait and every amount of a channel has a bound here.
struct ChannelLimits {
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds handshake{10'000};         ///< TLS and the HTTP upgrade, together
  std::chrono::milliseconds hello{10'000};             ///< all of the hello
  std::chrono::milliseconds between_sessions{60'000};  ///< an open channel on which nobody opens a session
  std::chrono::milliseconds frame{120'000};            ///< the next frame of a running session
  std::chrono::milliseconds write{60'000};             ///< one step's frames, to a peer that does not read
  std::chrono::milliseconds session{4 * 3'600'000};    ///< a whole session
  std::chrono::milliseconds close{2'000};              ///< the abort and the farewell

  /// At once, on the listener. When it is full, the oldest connection whose other side has not proven to be a
  /// pinned peer (TLS and hello) is cut for a new one.
  std::size_t connections = 256;
  std::size_t unproven_per_address = 16;        ///< the same for those from one address, before their hello
  std::size_t refusal_lines_per_minute = 30;    ///< in the log, of connections that never proved anything
  std::size_t connections_per_peer = 8;         ///< at once
  std::size_t sessions_per_minute = 60;         ///< of one peer, over all its connections
  std::uint64_t bytes_per_minute = 1ULL << 30;  ///< received from one peer, over all its connections
  std::uint64_t session_bytes = 16ULL << 30;    ///< received in one session
  /// Received and not yet handled, in bytes: beyond it the peer's writes stall (backpressure). A machine that
  /// sends with `more` while its peer does the same must fit into it, or both wait until `write` ends.
  std::size_t queued_bytes = 16U << 20;
};

/// The peer behind a TLS key, as the store knows it now.
struct PeerContext {
  crypto::PublicKey tls_key;
  peer::PinnedPeer pinned;
};

/// What a session's machine may rely on: who is there, and the verified hello.
struct SessionContext {
  PeerContext peer;
  peer::PeerSession session;
};

/// How a session went, in bytes of frames.
struct Outcome {
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  SessionContext context;
};

/// The node, as the channel needs it. Everything borrowed must outlive the loop's threads. All functions run
/// on the node thread.
struct ChannelSettings {
  peer::Origin origin;
  const crypto::SigningKey* role_key = nullptr;
  const crypto::SigningKey* tls_key = nullptr;
  std::string tls_certificate;  ///< PEM, `make_certificate(*tls_key, origin)`
  std::vector<std::string> features;
  Clock* clock = nullptr;
  Entropy* entropy = nullptr;
  ChannelLimits limits;

  /// The peer of a TLS key, if it may talk to this node now: asked after the handshake and again before
  /// every message. `refused` or `not_found` ends the channel.
  std::function<Result<PeerContext>(const crypto::PublicKey& tls_key)> admit;
  /// Listener only: the machine of the responder for an OPEN. An error ends the channel with an abort.
  /// The machine's `start` is called first; the OPEN frame itself is not given to it.
  std::function<Result<std::unique_ptr<peer::Machine>>(const SessionContext&, const peer::OpenRequest&)>
      open_session;
  /// Listener only, optional: a session ended (well or not) after its machine was told.
  std::function<void(const SessionContext&, const peer::OpenRequest&, const Result<Outcome>&)> session_ended;
  /// Optional: the other side ended a session, or a hello, with an abort that it signed and that names both
  /// sides. An abort that does not verify is an error of the channel and never gets here.
  std::function<void(const PeerContext&, std::string_view abort_jws)> abort_received;
  /// Caller only, optional: a session of its own on every connection before the one that was asked for; null
  /// for none with this peer. Its failure ends the call.
  std::function<std::shared_ptr<peer::Machine>(const SessionContext&)> first_session;
  /// Caller only, optional: `PeerCalls::state`, by which a shutdown ends calls.
  std::shared_ptr<PeerCalls::State> calls;
  EventSink events;
};

/// The `--peer-listen` side.
class PeerServer {
 public:
  /// Binds and listens; port 0 takes a free one. `pinned` is read at each handshake.
  /// Errors: `usage` for an address that is not ours, `conflict` for one in use.
  static Result<std::unique_ptr<PeerServer>> listen(NodeLoop& loop, const Address& address,
                                                    ChannelSettings settings,
                                                    const std::shared_ptr<PinnedKeys>& pinned);
  /// Shuts down with no grace.
  ~PeerServer();

  Address address() const;
  /// Connections at this moment, in any state.
  std::size_t connections() const;

  /// Stops accepting, closes the channels without a session, lets running sessions finish for `grace`, aborts
  /// those that remain, and returns when every connection is closed. Not on the node or IO thread.
  void shutdown(std::chrono::milliseconds grace);

  struct State;

 private:
  explicit PeerServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// The initiator's machine, made on the node thread when the hello is done. The caller keeps its own pointer
/// to read the result from.
using MachineFactory = std::function<Result<std::shared_ptr<peer::Machine>>(const SessionContext&)>;

/// Connects to the peer whose TLS key is `tls_key` (and to nobody else), runs one session and closes. `done`
/// is called once, on the node thread. Errors: `peer` for the network, the handshake or the other side's
/// abort; otherwise those of `admit`, the factory and the machine.
void connect_and_run(NodeLoop& loop, const Address& address, const crypto::PublicKey& tls_key,
                     ChannelSettings settings, MachineFactory factory,
                     std::function<void(Result<Outcome>)> done);

/// The same, blocking. Not on the node or IO thread.
Result<Outcome> connect_and_run(NodeLoop& loop, const Address& address, const crypto::PublicKey& tls_key,
                                ChannelSettings settings, MachineFactory factory);

}  // namespace parley::net
