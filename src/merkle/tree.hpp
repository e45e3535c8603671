#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/strong.hpp"
#include "crypto/hash.hpp"

namespace parley::merkle {

using Hash = crypto::Hash256;
/// Position of an entry, from 0.
using LeafIndex = Strong<struct LeafIndexTag, std::uint64_t>;
/// Number of entries.
using TreeSize = Strong<struct TreeSizeTag, std::uint64_t>;

/// Trees larger than this are refused everywhere: sizes stay within what every reader's signed integer holds.
inline constexpr std::uint64_t max_tree_size = (std::uint64_t{1} << 62U);

/// SHA-256(0x00 ‖ entry), RFC 9162 section 2.1.1.
Hash leaf_hash(BytesView entry);
/// SHA-256(0x01 ‖ left ‖ right), RFC 9162 section 2.1.1.
Hash node_hash(const Hash& left, const Hash& right);
/// SHA-256 of nothing: the root of the tree without entries.
Hash empty_root();

/// The right edge of a tree: enough to append and to know the root, log2(n) hashes.
class CompactRange {
 public:
  CompactRange() = default;
  /// Of a tree that has these complete subtrees from left to right, one for each set bit of the size.
  CompactRange(TreeSize size, std::vector<Hash> edge) : size_(size.value()), edge_(std::move(edge)) {}
  void append(const Hash& leaf);
  TreeSize size() const { return TreeSize(size_); }
  Hash root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> edge_;  ///< roots of the complete subtrees from left to right
};

/// All hashes of complete subtrees, in memory: 64 bytes an entry. Proofs in O(log n) hashes and look-ups.
class Tree {
 public:
  void append(const Hash& leaf);
  TreeSize size() const { return TreeSize(levels_.empty() ? 0 : levels_[0].size()); }
  Hash root() const { return root_at(size()); }
  /// A right edge of its own, to see what an append would give.
  CompactRange edge() const;
  /// Root of the first `size` entries; `size` must not exceed `size()`.
  Hash root_at(TreeSize size) const;
  /// RFC 9162 section 2.1.3.1. `bad_input` unless index < size <= size().
  Result<std::vector<Hash>> prove_inclusion(LeafIndex index, TreeSize size) const;
  /// RFC 9162 section 2.1.4.1. `bad_input` unless 0 < old_size <= new_size <= size(); empty when they are
  /// equal.
  Result<std::vector<Hash>> prove_consistency(TreeSize old_size, TreeSize new_size) const;
  /// Hash of the complete subtree of 2^level entries at `index`: what tiles are made of. Must exist.
  const Hash& complete(unsigned level, std::uint64_t index) const;

 private:
  Hash range(std::uint64_t begin, std::uint64_t end) const;

  std::vector<std::vector<Hash>> levels_;
};

}  // namespace parley::merkle
