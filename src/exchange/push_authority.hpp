#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exchange/node.hpp"
#include "exchange/release_book.hpp"
#include "policy/policy.hpp"

namespace parley::exchange {

/// Under what a push stands: nothing of it but the entry of its destination in policy.toml, an agreement with
/// the peer whose collection that is, or a release to that peer.
struct PushAuthority {
  std::string recipient;  ///< origin of the peer; empty without an agreement
  std::string agreement;  ///< hash
  std::string purpose;
  std::vector<std::string> authorities;  ///< of both parties, as the agreement names them
  /// What the rules are asked of every object besides; empty without an agreement.
  std::optional<policy::Question> release;
};

/// What somebody says a push stands under.
struct PushClaim {
  std::string destination;  ///< URL of the collection
  std::string agreement;    ///< id, hash or unique beginning of the hash; may be empty
  std::string purpose;
};

/// Whether a push may begin, or go on: as docs/spec/policy.md says. `refused` with the rules that fired;
/// `not_found` for an agreement that is not here. Objects are judged besides.
Result<PushAuthority> authorise_push(Node& node, const PushClaim& claim);

/// The same of a release: it is to the peer whose collection the destination is. What is in it and who
/// approved it is the gate's to ask (`Gate::clear_push`).
Result<PushAuthority> authorise_push(Node& node, const std::string& destination, const Release& release);

}  // namespace parley::exchange
