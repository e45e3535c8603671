#pragma once

#include "crypto/hash.hpp"
#include "match/party.hpp"

namespace parley::match {

/// The running hash of a session: label ‖ offer hash, then for each message in the order of the protocol
/// u8 sender (0 receiver, 1 sender) ‖ u8 type ‖ u32 length ‖ body. Both sides see the same messages in the
/// same order because the protocol never has two directions under way at once.
class Transcript {
 public:
  Transcript(Role own, const crypto::Hash256& offer_hash);
  void sent(const Message& message);
  void received(std::uint8_t type, BytesView body);
  crypto::Hash256 hash() const { return all_.peek(); }
  /// The same over one's own messages alone.
  crypto::Hash256 sent_hash() const { return sent_.peek(); }

 private:
  static void add(crypto::Sha256& hash, Role from, std::uint8_t type, BytesView body);
  Role own_;
  crypto::Sha256 all_;
  crypto::Sha256 sent_;
};

}  // namespace parley::match
