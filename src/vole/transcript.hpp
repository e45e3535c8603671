#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "block/block.hpp"
#include "crypto/hash.hpp"
#include "vole/vole.hpp"

namespace parley::vole {

/// Every domain separation string of the protocol; changing one makes another protocol.
namespace domain {
inline constexpr std::string_view session = "parley/vole/1/session";
inline constexpr std::string_view absorb = "parley/vole/1/absorb";
inline constexpr std::string_view derive = "parley/vole/1/derive";
/// RFC 9380 section 3.1 tag of the hash in the base OT.
inline constexpr std::string_view base_ot_point = "PARLEY-VOLE-V01-with-ristretto255_XMD:SHA-512_R255MAP_RO_";
inline constexpr std::string_view base_ot_key = "parley/vole/1/base-ot-key";
inline constexpr std::string_view small_tree = "parley/vole/1/small-tree";
inline constexpr std::string_view column_check = "parley/vole/1/column-check";
inline constexpr std::string_view confirm = "parley/vole/1/confirm";
// Names of what is derived from the transcript.
inline constexpr std::string_view small_left = "small-left";
inline constexpr std::string_view small_right = "small-right";
inline constexpr std::string_view tree_left = "tree-left";
inline constexpr std::string_view tree_right = "tree-right";
inline constexpr std::string_view choice_hash = "choice-hash";
inline constexpr std::string_view expander = "expander";
inline constexpr std::string_view first_accumulator = "accumulator-1";
inline constexpr std::string_view second_accumulator = "accumulator-2";
inline constexpr std::string_view column_challenge = "column-challenge";
inline constexpr std::string_view noise_challenge = "noise-challenge";
}  // namespace domain

/// The hash of everything said so far, from which both sides derive public keys and challenges (Fiat and
/// Shamir). It begins with session, n and code, so nothing of one session fits into another.
class Transcript {
 public:
  explicit Transcript(const VoleParameters& parameters);
  /// state = SHA-256(label ‖ state ‖ u64 length ‖ bytes).
  void absorb(BytesView bytes);
  /// The first 16 bytes of SHA-256(label ‖ state ‖ name).
  block::Block derive(std::string_view name) const;
  const crypto::Hash256& state() const { return state_; }

 private:
  crypto::Hash256 state_;
};

/// The sender's answer to the check of the noise: SHA-256(label ‖ state ‖ value). The hash lets out nothing
/// of a value that the receiver does not know already.
Bytes confirmation(const Transcript& transcript, block::Block value);

}  // namespace parley::vole
