#pragma once

#include <cstdint>
#include <memory>

#include "base/entropy.hpp"
#include "base/result.hpp"
#include "crypto/secret.hpp"
#include "peer/frame.hpp"
#include "peer/hello.hpp"

namespace parley::peer {

/// The second encryption layer between the frames and TLS: XChaCha20-Poly1305 under keys that come from the
/// pairing secrets, which were carried by hand and never crossed the network. Whoever records the traffic and
/// later breaks the key exchange of TLS still lacks them. It keeps no forward secrecy of its own: whoever
/// gets both invitation files can open it, so they are destroyed once both sides have accepted.
///
/// Key of a direction: HKDF-SHA-256(pairing key, salt = hello transcript, info = "parley/seal/1", 0x00, side
/// of the sender). A sealed frame is [24-byte nonce, ciphertext of (type, body), 16-byte tag]; the number of
/// the frame in its direction, from 0, is authenticated with it: a frame that was dropped, repeated or moved
/// does not open.
class FrameSealer {
 public:
  /// `key` is that of `combine_pairing_secrets`. One sealer for one connection, after the hello.
  FrameSealer(const PeerSession& session, const crypto::Secret<32>& key);

  /// Hello frames are never sealed, all others are. The body must respect its type's limit.
  Frame seal(const Frame& frame, Entropy& entropy);
  /// `peer` when the frame is not sealed or does not open; the connection cannot go on then.
  Result<Frame> open(const Frame& sealed);

 private:
  crypto::Secret<32> send_key_;
  crypto::Secret<32> receive_key_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace parley::peer
