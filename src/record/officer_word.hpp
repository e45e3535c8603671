#pragma once

#include <string>

#include "base/bytes.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/hash.hpp"
#include "record/fields.hpp"
#include "record/head.hpp"

namespace parley::record {

/// What an officer signs: "parley/approval/1", 0x00 and the hash of the terms; "parley/rejection/1" for a no.
Bytes approval_message(const crypto::Hash256& decision_hash);
Bytes rejection_message(const crypto::Hash256& decision_hash);

/// An officer's yes or no, whatever the terms are of: an own Ed25519 signature, wrapped in a statement of the
/// officer's node. The node vouches for the enrolment, the officer's key for the decision.
struct OfficerWord {
  std::string officer;              ///< as enrolled: the `officer` of parley/officer/1
  std::string unit;                 ///< as enrolled
  crypto::PublicKey key;            ///< as enrolled
  std::string verdict = "approve";  ///< approve | reject
  /// By `key` over `approval_message` or `rejection_message` of the terms' hash.
  crypto::Signature signature;

  /// Whether `signature` is the officer's over this verdict and the terms of this hash.
  bool signed_over(const crypto::Hash256& terms_hash) const;
  /// Its members, the terms and their hash, into a payload.
  void write_word(Json& payload, Json terms, const crypto::Hash256& terms_hash) const;
  /// Its members from a payload, but for the terms.
  Result<void> read_word(const Json& payload);
};

/// The terms in a payload's `terms`, whose hash stands beside them in `decision_hash`.
template <class Terms>
Result<Terms> read_terms(const Json& payload) {
  PARLEY_TRY(const Json* object, payload.member("terms"));
  PARLEY_TRY(Terms terms, Terms::from_json(*object));
  PARLEY_TRY(const crypto::Hash256 stated, hash_member(payload, "decision_hash"));
  if (stated != terms.hash())
    return fail(ErrorKind::bad_input, "the decision hash is not the hash of the terms", "/decision_hash");
  return terms;
}

}  // namespace parley::record
