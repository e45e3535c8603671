#pragma once

#include <string>
#include <vector>

#include "crypto/ristretto.hpp"
#include "crypto/seeded.hpp"
#include "match/dh_wire.hpp"
#include "match/party.hpp"
#include "match/transcript.hpp"

namespace parley::match {

/// What receiver and sender of the Diffie-Hellman protocol have in common: the own set in its secret order,
/// the secret scalar, tags, the transcript, and the rule that an error ends the session.
class DhParty : public Party {
 public:
  Result<Step> start() final;
  Result<Step> on_message(std::uint8_t type, BytesView body) final;
  Result<Step> resume() final;
  Work work() const final;
  const std::optional<Outcome>& outcome() const final { return outcome_; }
  crypto::Hash256 transcript_hash() const final { return transcript_.hash(); }
  crypto::Hash256 sent_hash() const final { return transcript_.sent_hash(); }

 protected:
  DhParty(Role role, const Parameters& parameters, const crypto::Secret<32>& seed, ItemSet items,
          Parallel& parallel);

  virtual Result<Step> begin() = 0;
  virtual Result<Step> receive(DhMessage type, BytesView body) = 0;
  virtual Result<Step> go_on() = 0;

  /// The next message of own points: item or dummy at each position of the secret order, hashed and masked.
  Message next_own_points();
  /// The elements of a body as points of the peer times the own scalar; bad input when any is refused.
  Result<std::vector<crypto::EncodedPoint>> mask_peer_points(BytesView block);
  /// The tag of a point that both have masked: the first bytes of SHA-512(label ‖ offer hash ‖ point).
  Bytes tag_of(const crypto::EncodedPoint& point);
  /// Notes a message as sent and puts it into a step.
  Step send(Message message);

  /// Notes a message that was accepted; what was refused is in no transcript.
  void note_received(DhMessage type, BytesView body) {
    transcript_.received(static_cast<std::uint8_t>(type), body);
  }

  ChunkedList& list(DhMessage type) { return lists_[static_cast<std::size_t>(type) - 1]; }

  const Parameters parameters_;
  const ItemSet items_;
  const crypto::Secret<32> seed_;
  /// At each position the index of an item, or at least the size of the set for a dummy.
  const std::vector<std::uint32_t> order_;
  std::optional<Outcome> outcome_;

 private:
  template <class F>
  Result<Step> guarded(bool allowed, F&& call);

  enum class Turn { not_started, ours, peers, over };

  Role role_;
  Parallel& parallel_;
  const std::string hash_tag_;
  const crypto::Scalar scalar_;
  crypto::SeededEntropy dummies_;
  crypto::Sha512 tag_hash_;
  Transcript transcript_;
  ChunkedList lists_[3];
  Turn turn_ = Turn::not_started;
};

}  // namespace parley::match
