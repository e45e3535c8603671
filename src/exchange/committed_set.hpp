#pragma once

#include <cstdint>

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

/// Draws seed and opening, computes the root; linear in the padded size. Spends the clearance.
Result<CommittedSet> commit_set(Cleared<SelectorSet>&& set, Entropy& entropy);

/// What is known once the gate has let a match begin.
struct ClearedMatch {
  policy::Agreement agreement;
  MatchQuestion question;  ///< peer by origin, agreement by hash, types named and sorted
  Cleared<SelectorSet> set;
};

/// Asks the gate for the act and the set, and holds the set against the bounds of the agreement: `refused` by
/// the gate's rules, `match-needs-approval`, `set-too-small` or `set-too-large`.
Result<ClearedMatch> clear_match(Node& node, MatchQuestion question);

/// `clear_match` without the set: the act alone.
Result<policy::Agreement> check_match_act(Node& node, MatchQuestion& question);

}  // namespace parley::exchange
