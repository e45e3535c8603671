#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/entropy.hpp"
#include "base/result.hpp"
#include "base/strong.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/hash.hpp"
#include "crypto/secret.hpp"
#include "peer/frame.hpp"

namespace parley::peer {

/// The log origin of a node: how nodes name each other.
using Origin = Strong<struct OriginTag, std::string>;
/// 1 to 255 printable ASCII characters without space and plus (what a C2SP signed-note key name allows).
bool is_origin(std::string_view text);
/// 32 bytes of RFC 5705 exporter output (RFC 8446 section 7.5) with the label below and an empty context:
/// the same on both ends of one TLS connection, different on any other.
using TlsExporter = Strong<struct TlsExporterTag, ByteArray<32>>;
inline constexpr std::string_view tls_exporter_label = "EXPORTER-parley-peer/1";

using Nonce = Strong<struct NonceTag, ByteArray<32>>;
/// SHA-256 over the role public key.
using RoleKeyId = Strong<struct RoleKeyIdTag, ByteArray<32>>;
RoleKeyId role_key_id(const crypto::PublicKey& key);

/// Protocol versions that this build speaks.
inline constexpr std::uint16_t min_protocol_version = 1;
inline constexpr std::uint16_t max_protocol_version = 1;
struct VersionRange {
  std::uint16_t min = min_protocol_version;
  std::uint16_t max = max_protocol_version;
  bool operator==(const VersionRange&) const = default;
};

inline constexpr std::size_t max_features = 32;
inline constexpr std::size_t max_feature_bytes = 64;
inline constexpr std::size_t max_origin_bytes = 255;

enum class Side : std::uint8_t { initiator = 1, responder = 2 };

/// The body of a HELLO frame.
struct Hello {
  Side side{};
  VersionRange versions;
  std::vector<std::string> features;  ///< sorted, distinct, [a-z0-9./-]
  Origin origin;
  RoleKeyId role_key;
  Nonce nonce;
  bool operator==(const Hello&) const = default;
};
Bytes encode_hello(const Hello& hello);
/// Bad input for anything that `encode_hello` would not have written.
Result<Hello> parse_hello(BytesView body);

/// Whom this connection must turn out to be: the pinned peer whose TLS key the handshake matched.
struct PinnedPeer {
  Origin origin;
  crypto::PublicKey role_key;
  bool suspended = false;
  /// The key of `combine_pairing_secrets`, when both invitations were exchanged: the connection then has a
  /// second encryption layer (seal.hpp), or does not come to be.
  std::shared_ptr<const crypto::Secret<32>> layer_key;
};

/// The feature that announces the second layer; the hello adds it by itself when there is a key.
inline constexpr std::string_view seal_feature = "seal/1";

struct HelloConfig {
  Side side{};
  Origin own_origin;
  const crypto::SigningKey* role_key = nullptr;  ///< borrowed; outlives the machine
  PinnedPeer peer;
  TlsExporter exporter;
  VersionRange versions;
  std::vector<std::string> features;
};

/// What both sides know after a good hello.
struct PeerSession {
  Side side{};
  std::uint16_t version = 0;
  std::vector<std::string> features;  ///< those of both sides, sorted
  Origin own_origin;
  Origin peer_origin;
  crypto::PublicKey peer_role_key;
  TlsExporter exporter;
  crypto::Hash256 transcript{};  ///< over both HELLO bodies and the exporter
  /// Set when every frame from now on goes through a FrameSealer with this key.
  std::shared_ptr<const crypto::Secret<32>> layer_key;
};

/// The mutual hello over an established TLS connection, as a machine of frames:
/// initiator HELLO → responder HELLO, HELLO_PROOF → initiator HELLO_PROOF.
/// Both version ranges and feature lists are inside what both role keys sign, so nobody between can lower
/// them; the exporter is inside too, so that a hello is worth nothing on another connection; both nonces are
/// fresh, so that an old one is worth nothing either.
/// Errors: `peer` for another identity, a reflection, a wrong signature or no common version; `refused` for a
/// suspended peer; `bad_input` for malformed frames. After an error the machine refuses every call.
class HelloMachine {
 public:
  HelloMachine(HelloConfig config, Entropy& entropy);
  struct Step {
    std::vector<Frame> send;
    std::optional<PeerSession> session;  ///< set once, when this side has verified the other
  };
  /// The initiator's first frame; nothing for the responder.
  Result<Step> start();
  Result<Step> on_frame(const Frame& frame);

 private:
  enum class State { fresh, wait_hello, wait_proof, done, failed };
  Result<Step> advance(const Frame& frame);
  Result<void> check_peer(const Hello& hello);
  Bytes proof() const;
  Bytes transcript_bytes(std::string_view label) const;
  Bytes signed_bytes(Side signer) const;
  PeerSession make_session() const;

  HelloConfig config_;
  State state_ = State::fresh;
  Hello own_;
  Bytes own_body_;
  Hello peer_;
  Bytes peer_body_;
  std::uint16_t version_ = 0;
};

}  // namespace parley::peer
