#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace parley::peer {

/// What a frame carries. The number is the byte on the wire (docs/spec/peer.md); a number that is not listed
/// here is refused before its body is read.
enum class FrameType : std::uint8_t {
  hello = 0x01,            ///< versions, features, identity, nonce (hello.hpp)
  hello_proof = 0x02,      ///< a role key's signature over the hello transcript
  open = 0x10,             ///< starts a session: kind and session id (machine.hpp)
  abort = 0x11,            ///< the one signed abort (abort.hpp); nothing follows it
  statement = 0x20,        ///< a compact JWS: agreement, decision, receipt
  package = 0x21,          ///< one chunk of the bytes that a release delivers
  package_end = 0x22,      ///< SHA-256 of all chunks: what was sent is complete
  match_proposal = 0x30,   ///< the initiator's half of a match offer (offer.hpp)
  match_offer = 0x31,      ///< the whole offer with the responder's signature
  match_accept = 0x32,     ///< the initiator's signature over the same bytes
  match_message = 0x33,    ///< one chunk of the matching protocol
  match_record = 0x34,     ///< a signed match record: compact JWS
  match_pending = 0x35,    ///< the proposal waits for officers of the side that was asked; nothing follows
  log_heads = 0x36,        ///< a side's own newest checkpoint, and the newest of the other that it has seen
  lookup_ask = 0x40,       ///< the initiator's signed question for look-ups: what, and how many
  lookup_progress = 0x41,  ///< the set is being built: u64 items done, u64 items in all
  lookup_set = 0x42,     ///< the asked side's signed offer with its head, and the signed statement of the set
  lookup_fetch = 0x43,   ///< the initiator lacks the set's file
  lookup_chunk = 0x44,   ///< one chunk of that file
  lookup_query = 0x45,   ///< one batch of blinded elements
  lookup_answer = 0x46,  ///< their evaluations and the proof
  lookup_record = 0x47,  ///< a signed record of one batch: compact JWS
  lookup_pending = 0x48,  ///< the set waits for officers of the side that was asked; nothing follows
  sealed = 0x7f,          ///< any frame but hello and hello_proof, under the second layer (seal.hpp)
};

/// Bytes before the body: u32 length of the body, u8 type.
inline constexpr std::size_t frame_header_bytes = 5;

/// The longest body of each type, in bytes; nullopt for a number that is no type of ours. A longer frame is
/// refused from its header, before any of the body is kept.
std::optional<std::size_t> frame_limit(FrameType type);
/// The longest body of any type: what a connection must be able to hold for one frame.
inline constexpr std::size_t max_frame_body = (1U << 20) + 64;
/// The longest chunk of a package or of a matching protocol: one step's work.
inline constexpr std::size_t max_chunk_bytes = 1U << 20;

/// A name for logs; "unknown" for other numbers.
std::string_view frame_name(FrameType type);

struct Frame {
  FrameType type{};
  Bytes body;
  bool operator==(const Frame&) const = default;
};

/// Header and body. The body must respect the type's limit (a bug otherwise).
Bytes encode_frame(const Frame& frame);

/// Cuts a byte stream into frames, however it arrives. Keeps at most one frame's bytes that its limit allows.
/// After an error the stream is lost: every later call fails the same way.
class FrameDecoder {
 public:
  /// Takes in bytes from the connection. Call `next` until it has no frame before feeding more.
  Result<void> feed(BytesView bytes);
  /// The next whole frame, or nothing yet. Bad input: a length over the type's limit, or an unknown type.
  Result<std::optional<Frame>> next();
  /// True between frames: the connection may close here without cutting one off.
  bool at_boundary() const { return failed_ ? false : buffer_.size() == used_; }

 private:
  Result<std::size_t> wanted() const;  // size of the frame whose header is at the front

  Bytes buffer_;
  std::size_t used_ = 0;  // bytes at the front of buffer_ that were already given out
  bool failed_ = false;
};

/// What `feed` holds at most: a whole frame and one read of the connection.
inline constexpr std::size_t max_buffered_bytes = 2 * (max_frame_body + frame_header_bytes);

}  // namespace parley::peer
