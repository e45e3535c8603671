#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "merkle/note.hpp"

namespace parley::ledger {

/// Bounds on a trust file (C2SP tlog-policy asks for at least 32 logs, witnesses and groups).
struct TrustLimits {
  std::size_t max_bytes = 1 << 20;
  std::size_t max_lines = 4096;  ///< of each kind
};

/// A witness, under the name that groups and the quorum use.
struct TrustedWitness {
  std::string name;
  merkle::VerifierKey key;
  bool operator==(const TrustedWitness&) const = default;
};

/// At least `threshold` of the members must have cosigned.
struct WitnessGroup {
  std::string name;
  std::size_t threshold = 1;
  std::vector<std::string> members;
  bool operator==(const WitnessGroup&) const = default;
};

/// What a verifier believes before it looks: keys that were carried by hand. The file is a C2SP tlog-policy
/// (`log`, `witness`, `group`, `quorum`) with one more kind of line, `role VKEY`: the key that signs
/// statements for the node whose log origin is the vkey's name. docs/spec/evidence.md describes it.
struct Trust {
  std::vector<merkle::VerifierKey> logs;
  std::vector<merkle::VerifierKey> roles;
  std::vector<TrustedWitness> witnesses;
  std::vector<WitnessGroup> groups;
  std::string quorum = "none";

  bool operator==(const Trust&) const = default;
  /// Whether nothing is trusted.
  bool empty() const { return logs.empty() && roles.empty() && witnesses.empty(); }
  bool trusts_role(std::string_view origin, const crypto::PublicKey& key) const;
  /// All role keys of a node, newest last as the file has them.
  std::vector<crypto::PublicKey> role_keys(std::string_view origin) const;
  std::vector<merkle::VerifierKey> log_keys(std::string_view origin) const;
  /// Whether cosignatures by these witnesses (by name) satisfy the quorum; always for `quorum none`.
  bool quorum_met(const std::vector<std::string>& cosigned_by) const;
};

/// Reads a trust file. `bad_input` with the line for: unknown keyword, a key that is not what it says, a key
/// or a name twice, a group or quorum that names what was not defined above it, no quorum line or two.
Result<Trust> parse_trust(std::string_view text, const TrustLimits& limits = {});
/// The reverse, one line a key: parse_trust(format_trust(t)) gives t.
std::string format_trust(const Trust& trust);

}  // namespace parley::ledger
