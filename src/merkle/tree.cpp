#include "merkle/tree.hpp"

#include <bit>

#include "base/assert.hpp"

namespace parley::merkle {
namespace {

/// The largest power of two below n, n > 1: where RFC 9162 splits a tree.
std::uint64_t split_point(std::uint64_t n) {
  return std::bit_floor(n - 1);
}

}  // namespace

Hash leaf_hash(BytesView entry) {
  Bytes input;
  input.reserve(entry.size() + 1);
  input.push_back(0x00);
  append(input, entry);
  return crypto::sha256(input);
}

Hash node_hash(const Hash& left, const Hash& right) {
  ByteArray<65> input;
  input[0] = 0x01;
  std::copy(left.begin(), left.end(), input.begin() + 1);
  std::copy(right.begin(), right.end(), input.begin() + 33);
  return crypto::sha256(input);
}

Hash empty_root() {
  return crypto::sha256({});
}

void CompactRange::append(const Hash& leaf) {
  // Every trailing one bit of the size is a complete subtree that the new leaf completes to one twice as
  // large.
  Hash hash = leaf;
  for (std::uint64_t size = size_; (size & 1U) != 0; size >>= 1U) {
    hash = node_hash(edge_.back(), hash);
    edge_.pop_back();
  }
  edge_.push_back(hash);
  ++size_;
}

Hash CompactRange::root() const {
  if (edge_.empty()) return empty_root();
  Hash hash = edge_.back();
  for (std::size_t i = edge_.size() - 1; i-- > 0;) hash = node_hash(edge_[i], hash);
  return hash;
}

void Tree::append(const Hash& leaf) {
  Hash hash = leaf;
  for (std::size_t level = 0;; ++level) {
    if (level == levels_.size()) levels_.emplace_back();
    levels_[level].push_back(hash);
    if (levels_[level].size() % 2 == 1) return;
    hash = node_hash(levels_[level][levels_[level].size() - 2], hash);
  }
}

const Hash& Tree::complete(unsigned level, std::uint64_t index) const {
  PARLEY_ASSERT(level < levels_.size() && index < levels_[level].size());
  return levels_[level][index];
}

CompactRange Tree::edge() const {
  std::vector<Hash> edge;
  const std::uint64_t n = size().value();
  // A set bit of the size is a complete subtree, and behind the larger ones it is the last of its level.
  for (std::size_t level = levels_.size(); level-- > 0;)
    if ((n >> level & 1U) != 0) edge.push_back(levels_[level].back());
  return {size(), std::move(edge)};
}

Hash Tree::range(std::uint64_t begin, std::uint64_t end) const {
  // `begin` is a multiple of the power of two that covers the range: the only ranges that proofs ask for.
  const std::uint64_t count = end - begin;
  if (std::has_single_bit(count)) {
    const auto level = static_cast<unsigned>(std::countr_zero(count));
    return complete(level, begin >> level);
  }
  const std::uint64_t k = split_point(count);
  return node_hash(range(begin, begin + k), range(begin + k, end));
}

Hash Tree::root_at(TreeSize size) const {
  PARLEY_ASSERT(size <= this->size());
  if (size.value() == 0) return empty_root();
  return range(0, size.value());
}

Result<std::vector<Hash>> Tree::prove_inclusion(LeafIndex index, TreeSize size) const {
  if (index.value() >= size.value() || size > this->size())
    return fail(ErrorKind::bad_input, "no leaf " + std::to_string(index.value()) + " in a tree of " +
                                          std::to_string(size.value()) + " (the log has " +
                                          std::to_string(this->size().value()) + ")");
  // PATH(m, D[n]) of RFC 9162 section 2.1.3.1, walked from the root down; the path goes from the leaf up.
  std::vector<Hash> path;
  std::uint64_t begin = 0;
  std::uint64_t end = size.value();
  while (end - begin > 1) {
    const std::uint64_t middle = begin + split_point(end - begin);
    if (index.value() < middle) {
      path.push_back(range(middle, end));
      end = middle;
    } else {
      path.push_back(range(begin, middle));
      begin = middle;
    }
  }
  return std::vector<Hash>(path.rbegin(), path.rend());
}

Result<std::vector<Hash>> Tree::prove_consistency(TreeSize old_size, TreeSize new_size) const {
  if (old_size.value() == 0 || old_size > new_size || new_size > size())
    return fail(ErrorKind::bad_input, "no consistency between sizes " + std::to_string(old_size.value()) +
                                          " and " + std::to_string(new_size.value()) + " (the log has " +
                                          std::to_string(size().value()) + ")");
  // SUBPROOF(m, D[n], b) of RFC 9162 section 2.1.4.1. `whole`: the old tree is the whole subtree so far, so
  // the verifier knows its root already.
  std::vector<Hash> path;
  std::uint64_t begin = 0;
  std::uint64_t end = new_size.value();
  bool whole = true;
  while (old_size.value() != end) {
    const std::uint64_t middle = begin + split_point(end - begin);
    if (old_size.value() <= middle) {
      path.push_back(range(middle, end));
      end = middle;
    } else {
      path.push_back(range(begin, middle));
      begin = middle;
      whole = false;
    }
  }
  if (!whole) path.push_back(range(begin, end));
  return std::vector<Hash>(path.rbegin(), path.rend());
}

}  // namespace parley::merkle
