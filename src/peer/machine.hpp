#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/entropy.hpp"
#include "base/result.hpp"
#include "base/strong.hpp"
#include "peer/frame.hpp"

namespace parley::peer {

/// The bytes of a random UUID (RFC 9562 section 5.4), chosen by the side that opens the session; never used
/// twice by an honest node.
using SessionId = Strong<struct SessionIdTag, ByteArray<16>>;
SessionId make_session_id(Entropy& entropy);
/// Its 36-character form: the name of a match run on both sides.
std::string session_text(const SessionId& session);

/// What a session is for; the number is the byte on the wire.
enum class SessionKind : std::uint8_t { agreement = 1, match = 2, release = 3, lookup = 5, heads = 4 };

std::string_view session_kind_name(SessionKind kind);

/// The body of an OPEN frame: u8 kind, 16 bytes session id.
struct OpenRequest {
  SessionKind kind{};
  SessionId session;
  bool operator==(const OpenRequest&) const = default;
};
Frame make_open(const OpenRequest& open);
/// Bad input: another type, length, or an unknown kind.
Result<OpenRequest> read_open(const Frame& frame);

/// What a machine wants done after a call.
struct Step {
  std::vector<Frame> send;
  bool more = false;  ///< call `resume` after these frames are written
  bool done = false;  ///< the session is over; its result is with the machine
};

/// One side of a session as a state machine: frames in, frames out. It sees no sockets; one call does about
/// one chunk of work (100 ms). Single-threaded: the driver calls it on the node's strand only.
///
/// An error from any call ends the session: the driver logs the details here, sends the one uniform abort
/// (abort.hpp) once, then nothing more, and closes the channel. `on_abort` tells the machine that it ended
/// early, whether by its own error, the peer's abort, a broken connection or a timeout; it may still write to
/// the node's own ledger there. A machine that is done or has failed refuses every later call.
class Machine {
 public:
  virtual ~Machine() = default;
  /// The initiator's first frames, an OPEN frame first of all; for a responder usually nothing.
  virtual Result<Step> start() = 0;
  virtual Result<Step> on_frame(const Frame& frame) = 0;
  virtual Result<Step> resume() { return fail(ErrorKind::internal, "this session has nothing to resume"); }
  /// Called once at most, instead of any further call. `reason` stays in this node.
  virtual void on_abort(const Error& reason) { (void)reason; }
  /// Which session an abort must name: its id, and the offer's hash once there is one.
  virtual SessionId session() const = 0;
  virtual std::optional<ByteArray<32>> offer_hash() const { return std::nullopt; }
};

}  // namespace parley::peer
