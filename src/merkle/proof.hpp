#pragma once

#include <span>

#include "merkle/tree.hpp"

namespace parley::merkle {

/// Longest path of any proof that is read.
inline constexpr std::size_t max_proof_hashes = 63;

/// The root that a path leads to (RFC 9162 section 2.1.3.2, steps 1 to 5). `not_proven` for a path of the
/// wrong length or an index outside the tree.
Result<Hash> root_from_inclusion(const Hash& leaf, LeafIndex index, TreeSize size,
                                 std::span<const Hash> path);

/// That `leaf` is entry `index` of the tree with this size and root. `not_proven` otherwise.
Result<void> verify_inclusion(const Hash& leaf, LeafIndex index, TreeSize size, std::span<const Hash> path,
                              const Hash& root);

/// That the tree of `old_size` is a beginning of the tree of `new_size` (RFC 9162 section 2.1.4.2). Equal
/// sizes need equal roots and an empty path; a tree of no entries is not accepted (its proof says nothing).
Result<void> verify_consistency(TreeSize old_size, TreeSize new_size, const Hash& old_root,
                                const Hash& new_root, std::span<const Hash> path);

}  // namespace parley::merkle
