#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/ed25519.hpp"
#include "exchange/node.hpp"

namespace parley::exchange {

/// A person who may approve: enrolled by a statement in the ledger that carries the name only as a salted
/// disclosure.
struct Officer {
  std::string id;  ///< UUIDv7 of the enrolment statement
  std::string name;
  std::string unit;
  crypto::PublicKey key;
  Timestamp enrolled;
  std::optional<Timestamp> revoked;
  std::string enrolment_jws;    ///< statement parley/officer/1
  std::string name_disclosure;  ///< opens the name in it, for a court
};

/// Enrols. A name or a key that is already enrolled is refused, revoked ones included: the same person does
/// not come back under another name.
Result<Officer> add_officer(Node& node, std::string_view name, std::string_view unit,
                            const crypto::PublicKey& key);
Result<std::vector<Officer>> list_officers(Node& node);
/// By name or id.
Result<Officer> find_officer(Node& node, std::string_view name_or_id);
/// From now on nothing that this officer signs counts; decisions not yet delivered lose the approval.
Result<Officer> revoke_officer(Node& node, std::string_view name_or_id, std::string_view reason = "other");

}  // namespace parley::exchange
