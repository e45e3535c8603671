#pragma once

#include <array>
#include <span>

#include "base/parallel.hpp"
#include "block/block_vector.hpp"
#include "crypto/hash.hpp"
#include "crypto/secret.hpp"
#include "match/item_set.hpp"
#include "match/parameters.hpp"
#include "match/prefixed_sha256.hpp"

namespace parley::match {

/// The hashes of vole-rr22/1. What each is in the proof of Raghuraman and Rindal (ePrint 2022/320) stands in
/// docs/spec/matching-vole.md.

/// Items and dummies of one session as 128-bit keys: the first half of SHA-256(label ‖ offer hash ‖ item).
/// A dummy is 32 private bytes, hashed under a label of its own and in the same time.
class ItemHash {
 public:
  explicit ItemHash(const crypto::Hash256& offer_hash);
  /// Sizes must be equal. Safe to call from several threads.
  void of_items(std::span<const BytesView> items, std::span<block::Block> out) const;
  void of_dummies(std::span<const BytesView> dummies, std::span<block::Block> out) const;

 private:
  PrefixedSha256 items_;
  PrefixedSha256 dummies_;
};

/// A coin of one party and what opens the commitment to it.
struct Coin {
  crypto::Secret<32> value;
  crypto::Secret<32> nonce;
};
/// SHA-256(label ‖ offer hash ‖ nonce ‖ coin): hiding by the nonce, binding by SHA-256.
crypto::Hash256 commit_coin(std::string_view label, const crypto::Hash256& offer_hash, BytesView coin,
                            BytesView nonce);

/// Two blocks that neither party chose: SHA-256(label ‖ offer hash ‖ receiver's coin ‖ sender's coin).
std::array<block::Block, 2> toss(std::string_view label, const crypto::Hash256& offer_hash,
                                 BytesView receiver_coin, BytesView sender_coin);

/// values[i] = H^B of keys[i], what the store holds for a key: AES_k(x) ^ x under the tossed key k.
void store_values(block::Block tossed_key, std::span<const block::Block> keys,
                  std::span<block::Block> values);

/// out[i] = H°(v, y, w) = AES_{y ^ w}(v) ^ v, y being keys[i] and v values[i]. `out` may be `values`.
void mask_hash(block::Block tossed_key, std::span<const block::Block> keys,
               std::span<const block::Block> values, std::span<block::Block> out);

}  // namespace parley::match
