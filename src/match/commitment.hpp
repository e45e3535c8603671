#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/hash.hpp"
#include "crypto/secret.hpp"
#include "encoding/json.hpp"
#include "match/item_set.hpp"

namespace parley::match {

using SetRoot = crypto::Hash256;

/// The commitment to a session seed: HMAC-SHA-256(opening, label ‖ seed). Hiding by the random 32-byte
/// opening, binding by SHA-256.
crypto::Hash256 commit_seed(const crypto::Secret<32>& seed, const crypto::Secret<32>& opening);

/// The root of the Merkle tree over a set: `padded` leaves in an order drawn from the seed, a leaf being
/// SHA-256(0x00 ‖ 32-byte salt ‖ item) or 32 random bytes where the set is padded, inner nodes
/// SHA-256(0x01 ‖ left ‖ right) as in RFC 6962. Salts, dummies and order come from the seed, so seed and set
/// together open it completely. `padded` is a power of two not below the size of the set.
/// One pass, memory 4 bytes a leaf.
SetRoot set_root(const ItemSet& items, const crypto::Secret<32>& seed, std::uint32_t padded);

/// `set_root` in steps, for sets whose tree takes longer than one turn of the node thread: `step` until it
/// says true, then `root`. Items and seed outlive it.
class SetRootBuilder {
 public:
  /// Draws the order of the leaves: linear in `padded`, without a hash.
  SetRootBuilder(const ItemSet& items, const crypto::Secret<32>& seed, std::uint32_t padded);
  ~SetRootBuilder();
  SetRootBuilder(SetRootBuilder&&) noexcept;
  SetRootBuilder& operator=(SetRootBuilder&&) noexcept;

  /// Hashes at most `leaves` more of them; true when that was the last.
  bool step(std::uint32_t leaves);
  /// Once `step` has said true.
  const SetRoot& root() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What proves that one item is in a committed set: it was committed, never that it was used.
struct LeafOpening {
  std::uint32_t position = 0;
  ByteArray<32> salt{};
  Bytes item;
  std::vector<crypto::Hash256> path;  ///< siblings from the leaf upwards, log2(padded) of them
  bool operator==(const LeafOpening&) const = default;
};

/// The whole tree, kept to open leaves; 64 bytes a leaf. Made anew from set and seed when it is needed.
class SetTree {
 public:
  SetTree(const ItemSet& items, const crypto::Secret<32>& seed, std::uint32_t padded);
  const SetRoot& root() const { return levels_.back().front(); }
  /// The opening of the item at an index of the set.
  LeafOpening open(std::uint32_t index) const;

 private:
  const ItemSet& items_;
  std::vector<std::uint32_t> position_;               // of each item
  std::vector<ByteArray<32>> salts_;                  // of each item
  std::vector<std::vector<crypto::Hash256>> levels_;  // leaves first, root last
};

/// Whether the opening leads to the root of a tree of `padded` leaves.
bool verify_leaf(const SetRoot& root, std::uint32_t padded, const LeafOpening& opening);

/// `{"item":base64url,"path":[hex…],"position":n,"salt":hex}`.
encoding::Json leaf_opening_to_json(const LeafOpening& opening);
/// Bad input for anything else; a path longer than 24 or an item above `max_item_bytes` included.
Result<LeafOpening> leaf_opening_from_json(const encoding::Json& json);

}  // namespace parley::match
