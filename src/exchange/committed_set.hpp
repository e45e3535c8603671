#pragma once

#include <cstdint>
#include <memory>

#include "base/entropy.hpp"
#include "crypto/hash.hpp"
#include "crypto/secret.hpp"
#include "exchange/cleared.hpp"
#include "exchange/gate.hpp"
#include "match/item_set.hpp"

namespace parley::exchange {

/// A set as it goes into one match: canonical bytes, padded size, a fresh seed, and what is told of both in
/// the offer. Made from a cleared set alone, so that nothing enters a protocol past the gate.
struct CommittedSet {
  match::ItemSet items;
  std::uint32_t padded = 1;
  crypto::Secret<32> seed;
  crypto::Secret<32> opening;
  crypto::Hash256 set_root{};
  crypto::Hash256 seed_commitment{};
};

/// The secrets of a set: drawn from the system, once for each proposal of a match.
struct SetSecrets {
  crypto::Secret<32> seed;
  crypto::Secret<32> opening;
  static SetSecrets draw(Entropy& entropy) {
    return {crypto::Secret<32>::generate(entropy), crypto::Secret<32>::generate(entropy)};
  }
};

/// `commit_set` in turns of the node thread: bytes of the items first, then the tree over them.
class SetCommitting {
 public:
  /// The tree has at least `least_padded` leaves, a power of two.
  SetCommitting(Cleared<SelectorSet>&& set, SetSecrets secrets, std::uint32_t least_padded = 1);
  ~SetCommitting();
  SetCommitting(SetCommitting&&) noexcept;
  SetCommitting& operator=(SetCommitting&&) noexcept;

  /// Does `most` more items or leaves; true when the set stands.
  Result<bool> step(std::uint32_t most = 16'384);
  /// Once `step` has said true.
  CommittedSet take() &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Draws the secrets, computes the root; linear in the padded size. Spends the clearance.
Result<CommittedSet> commit_set(Cleared<SelectorSet>&& set, Entropy& entropy);

}  // namespace parley::exchange
