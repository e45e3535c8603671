#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/parallel.hpp"
#include "crypto/hash.hpp"
#include "crypto/secret.hpp"
#include "match/item_set.hpp"
#include "match/parameters.hpp"

namespace parley::match {

/// One message of a matching session; `type` is a number of the protocol (docs/spec/matching.md).
struct Message {
  std::uint8_t type = 0;
  Bytes body;
  bool operator==(const Message&) const = default;
};

/// What a party wants done after a call.
struct Step {
  std::vector<Message> send;  ///< in this order
  bool more = false;          ///< call `resume` once these are written; no message is expected before
  bool done = false;          ///< this party has sent and received everything
};

/// What the receiver learned, and with Learner::both the sender.
struct Outcome {
  std::uint32_t size = 0;            ///< how many items both hold
  std::vector<std::uint32_t> items;  ///< for Output::items: their indices in the own set, ascending
  bool operator==(const Outcome&) const = default;
};

/// How far a session is, in messages of all kinds.
struct Work {
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};

/// One side of a matching session: messages in, messages out, no sockets, clocks or threads of its own.
/// Deterministic in (parameters, seed, set, messages received).
///
/// An error from any call ends the session for good: every later call fails too, and the caller sends its one
/// uniform abort whatever the reason was. One call does about one message's worth of work.
class Party {
 public:
  virtual ~Party() = default;
  /// The first call, once.
  virtual Result<Step> start() = 0;
  /// A message from the peer. Bad input for anything but the next message that the protocol allows here.
  virtual Result<Step> on_message(std::uint8_t type, BytesView body) = 0;
  /// Goes on after a step with `more`.
  virtual Result<Step> resume() = 0;

  virtual Work work() const = 0;
  /// The receiver's result once it is done; always nothing for a sender that is no learner.
  virtual const std::optional<Outcome>& outcome() const = 0;
  /// SHA-256 over all messages of both directions so far; equal on both sides when both are done.
  virtual crypto::Hash256 transcript_hash() const = 0;
  /// SHA-256 over this party's own messages so far: what a replay must reproduce.
  virtual crypto::Hash256 sent_hash() const = 0;
};

/// Makes a party. Bad input when the parameters are out of bounds or the set does not fit its padded size.
/// `parallel` must outlive the party; the seed is copied.
Result<std::unique_ptr<Party>> make_party(Role role, const Parameters& parameters,
                                          const crypto::Secret<32>& seed, ItemSet items, Parallel& parallel);

}  // namespace parley::match
