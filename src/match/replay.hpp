#pragma once

#include <functional>
#include <optional>

#include "match/party.hpp"

namespace parley::match {

/// Gives the recorded messages of the peer one after another, then nothing; an error of the recording ends
/// the replay.
using MessageSource = std::function<Result<std::optional<Message>>()>;
/// Is handed every message that the replayed party sends.
using MessageSink = std::function<void(const Message&)>;

/// What a replay computed, to be compared with the match record.
struct Replayed {
  crypto::Hash256 sent_hash{};        ///< over the recomputed outgoing messages
  crypto::Hash256 transcript_hash{};  ///< over them and the recorded inbound ones
  std::optional<Outcome> outcome;     ///< the receiver's
};

/// Recomputes one's own outgoing messages of a session from the seed, the opened set and the recorded inbound
/// messages. Equal hashes show that the session ran on this set and this seed; they show nothing about the
/// peer's set. Bad input when the recording stops early, goes on after the end, or could not have happened.
Result<Replayed> replay(Role role, const Parameters& parameters, const crypto::Secret<32>& seed,
                        ItemSet items, const MessageSource& inbound, Parallel& parallel,
                        const MessageSink& sent = {});

}  // namespace parley::match
