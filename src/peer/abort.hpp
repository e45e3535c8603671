#pragma once

#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/entropy.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/hash.hpp"
#include "peer/frame.hpp"
#include "peer/hello.hpp"
#include "peer/machine.hpp"

namespace parley::peer {

/// The one way a session ends badly: a statement `parley/abort/1` that says with whom, which session of which
/// kind, over which offer, and the word "aborted". Whatever the cause, a peer sees the same members with the
/// same lengths; the cause goes to the node's own log.
struct Abort {
  Origin node;
  Origin counterparty;
  std::string kind = "hello";            ///< hello, or the kind of the session that was open
  SessionId session;                     ///< zeros before a session was open
  std::optional<crypto::Hash256> offer;  ///< zeros on the wire when there is none
  Timestamp created;                     ///< whole seconds
};

/// The compact JWS: for the ABORT frame and for the own ledger.
Result<std::string> sign_abort(const Abort& abort, Entropy& entropy, const crypto::SigningKey& role_key);
/// Bad input: malformed, another schema or code, or not signed by `role_key`.
Result<Abort> read_abort(std::string_view jws, const crypto::PublicKey& role_key);

Frame make_abort_frame(std::string_view jws);

}  // namespace parley::peer
