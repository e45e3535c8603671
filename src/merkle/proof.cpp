#include "merkle/proof.hpp"

#include <bit>

namespace parley::merkle {
namespace {

std::unexpected<Error> not_proven(std::string why) {
  return fail(ErrorKind::not_proven, std::move(why));
}

}  // namespace

Result<Hash> root_from_inclusion(const Hash& leaf, LeafIndex index, TreeSize size,
                                 std::span<const Hash> path) {
  if (size.value() > max_tree_size) return not_proven("the tree is larger than any that is accepted");
  if (index.value() >= size.value()) return not_proven("the index lies outside the tree");
  // RFC 9162 section 2.1.3.2.
  std::uint64_t fn = index.value();
  std::uint64_t sn = size.value() - 1;
  Hash r = leaf;
  for (const Hash& p : path) {
    if (sn == 0) return not_proven("the inclusion path is too long");
    if ((fn & 1U) != 0 || fn == sn) {
      r = node_hash(p, r);
      while ((fn & 1U) == 0 && fn != 0) {
        fn >>= 1U;
        sn >>= 1U;
      }
    } else {
      r = node_hash(r, p);
    }
    fn >>= 1U;
    sn >>= 1U;
  }
  if (sn != 0) return not_proven("the inclusion path is too short");
  return r;
}

Result<void> verify_inclusion(const Hash& leaf, LeafIndex index, TreeSize size, std::span<const Hash> path,
                              const Hash& root) {
  PARLEY_TRY(const Hash computed, root_from_inclusion(leaf, index, size, path));
  if (computed != root) return not_proven("the inclusion path leads to another root");
  return {};
}

Result<void> verify_consistency(TreeSize old_size, TreeSize new_size, const Hash& old_root,
                                const Hash& new_root, std::span<const Hash> path) {
  if (new_size.value() > max_tree_size) return not_proven("the tree is larger than any that is accepted");
  if (old_size.value() == 0) return not_proven("consistency with an empty tree says nothing");
  if (old_size > new_size) return not_proven("the older tree is the larger");
  if (old_size == new_size) {
    if (!path.empty()) return not_proven("trees of one size need an empty path");
    if (old_root != new_root) return not_proven("two roots for one size: the log is split");
    return {};
  }
  if (path.empty()) return not_proven("the consistency path is empty");
  // RFC 9162 section 2.1.4.2.
  std::size_t next = 0;
  Hash fr = std::has_single_bit(old_size.value()) ? old_root : path[next++];
  Hash sr = fr;
  std::uint64_t fn = old_size.value() - 1;
  std::uint64_t sn = new_size.value() - 1;
  while ((fn & 1U) != 0) {
    fn >>= 1U;
    sn >>= 1U;
  }
  for (; next < path.size(); ++next) {
    const Hash& c = path[next];
    if (sn == 0) return not_proven("the consistency path is too long");
    if ((fn & 1U) != 0 || fn == sn) {
      fr = node_hash(c, fr);
      sr = node_hash(c, sr);
      while ((fn & 1U) == 0 && fn != 0) {
        fn >>= 1U;
        sn >>= 1U;
      }
    } else {
      sr = node_hash(sr, c);
    }
    fn >>= 1U;
    sn >>= 1U;
  }
  if (sn != 0) return not_proven("the consistency path is too short");
  if (fr != old_root) return not_proven("the consistency path does not lead to the older root");
  if (sr != new_root) return not_proven("the consistency path does not lead to the newer root");
  return {};
}

}  // namespace parley::merkle
