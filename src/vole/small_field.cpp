#include "vole/small_field.hpp"

#include <algorithm>
#include <vector>

#include "base/assert.hpp"
#include "block/gf128.hpp"
#include "crypto/constant_time.hpp"
#include "crypto/secret.hpp"
#include "vole/fold.hpp"
#include "vole/transcript.hpp"

namespace parley::vole {

namespace {

using block::Block;
using block::BlockVector;

// A leaf is the AES key of its stream. The first two blocks are its part in the check of the tree, the
// columns come after them.
constexpr std::uint64_t check_blocks = 2;

// s'_x of all leaves of a tree, 32 bytes each.
BlockVector check_values(std::span<const Block> leaves) {
  BlockVector out(leaves.size() * check_blocks, block::Fill::unset, block::Wipe::yes);
  for (std::size_t x = 0; x < leaves.size(); ++x)
    block::aes_stream(leaves[x], out.span().subspan(x * check_blocks, check_blocks));
  return out;
}

std::array<Block, check_blocks> check_sum(std::span<const Block> values) {
  std::array<Block, check_blocks> sum{};
  for (std::size_t i = 0; i < values.size(); ++i) sum[i % check_blocks] ^= values[i];
  return sum;
}

crypto::Hash256 check_hash(unsigned tree, std::span<const Block> values) {
  const auto number = static_cast<std::uint8_t>(tree);
  return crypto::Sha256()
      .update(domain::small_tree)
      .update(BytesView(&number, 1))
      .update(block::bytes_of(values))
      .finish();
}

// Of the transfer whose choice belongs to `level` (1 … 8) of a tree: the first level is the highest bit.
unsigned transfer_of(unsigned tree, unsigned level) {
  return tree * field_bits + (field_bits - level);
}

// The streams of all leaves of one tree, folded: u and the eight columns of v, piece by piece so that the
// streams stay in the cache.
void expand_tree(std::span<const Block> leaves, std::span<Block> u, std::span<Block> columns) {
  std::vector<block::AesKey> keys;
  keys.reserve(leaves.size());
  for (const Block leaf : leaves) keys.emplace_back(leaf);
  BlockVector streams(std::size_t{small_leaves} * fold_words, block::Fill::unset, block::Wipe::yes);
  BlockVector sums(std::size_t{1 + field_bits} * fold_words, block::Fill::unset, block::Wipe::yes);
  const std::size_t words = u.size();
  for (std::size_t first = 0; first < words; first += fold_words) {
    for (std::size_t x = 0; x < leaves.size(); ++x)
      block::aes_stream(keys[x], streams.span().subspan(x * fold_words, fold_words), check_blocks + first);
    fold(streams.data(), sums.data());
    const std::size_t count = std::min<std::size_t>(fold_words, words - first);
    std::copy_n(sums.data(), count, u.data() + first);
    for (unsigned bit = 0; bit < field_bits; ++bit)
      std::copy_n(sums.data() + (1 + bit) * fold_words, count, columns.data() + bit * words + first);
  }
}

}  // namespace

SmallFieldHolder::SmallFieldHolder(const TreeKeys& tree_keys, std::span<const Block> keys)
    : leaves_(std::size_t{small_fields} * small_leaves, block::Fill::zero, block::Wipe::yes) {
  for (unsigned tree = 0; tree < small_fields; ++tree) {
    const block::GgmGenerator generator = tree_keys.of(tree);
    const std::span<Block> nodes = leaves_.span().subspan(std::size_t{tree} * small_leaves, small_leaves);
    // The first level is the two keys themselves: endemic OT leaves them to chance or to a cheater, who may.
    const unsigned first = transfer_of(tree, 1);
    nodes[0] = keys[std::size_t{2} * first];
    nodes[1] = keys[std::size_t{2} * first + 1];
    for (unsigned level = 2; level <= field_bits; ++level) {
      const unsigned transfer = transfer_of(tree, level);
      std::array<Block, 2> sums = generator.expand(nodes.first(std::size_t{1} << level));
      sums[0] ^= keys[std::size_t{2} * transfer];
      sums[1] ^= keys[std::size_t{2} * transfer + 1];
      append(tree_part_, block::bytes_of(sums));
    }
    const BlockVector values = check_values(nodes);
    append(tree_part_, block::bytes_of(check_sum(values.span())));
    append(tree_part_, BytesView(check_hash(tree, values.span())));
  }
}

void SmallFieldHolder::expand(std::uint64_t words, std::span<std::uint8_t> corrections, Parallel& parallel) {
  PARLEY_ASSERT(corrections.size() == (small_fields - 1) * words * block_bytes);
  BlockVector u(small_fields * words, block::Fill::unset, block::Wipe::yes);
  v_ = {BlockVector(delta_bits * words, block::Fill::unset, block::Wipe::yes), words};
  parallel.run(small_fields, [&](std::size_t tree) {
    expand_tree(leaves_.span().subspan(tree * small_leaves, small_leaves),
                u.span().subspan(tree * words, words),
                v_.blocks.span().subspan(tree * field_bits * words, field_bits * words));
  });
  u_ = BlockVector(words, block::Fill::unset, block::Wipe::yes);
  std::copy_n(u.data(), words, u_.data());
  for (std::size_t i = words; i < u.size(); ++i)
    block::store(corrections.data() + (i - words) * block_bytes, u[i] ^ u_[i % words]);
}

Result<SmallFieldGuesser> SmallFieldGuesser::make(const TreeKeys& tree_keys, Block delta,
                                                  std::span<const Block> keys, BytesView tree_part) {
  SmallFieldGuesser out;
  out.leaves_ = BlockVector(std::size_t{small_fields} * small_leaves, block::Fill::zero, block::Wipe::yes);
  ByteReader reader(tree_part);
  bool ok = true;
  for (unsigned tree = 0; tree < small_fields; ++tree) {
    const block::GgmGenerator generator = tree_keys.of(tree);
    const std::span<Block> nodes = out.leaves_.span().subspan(std::size_t{tree} * small_leaves, small_leaves);
    // `path` is the node that stays unknown: the one on the way to the leaf Δ_tree. What stands there is of
    // no consequence: in the columns of q it cancels. The key of a transfer belongs to the other child.
    std::uint64_t path = delta.bit(transfer_of(tree, 1));
    nodes[0] = keys[transfer_of(tree, 1)] & block::mask_of(path);
    nodes[1] = keys[transfer_of(tree, 1)] & block::mask_of(1 - path);
    for (unsigned level = 2; level <= field_bits; ++level) {
      const unsigned transfer = transfer_of(tree, level);
      const std::array<Block, 2> sums = generator.expand(nodes.first(std::size_t{1} << level));
      PARLEY_TRY(const ByteArray<16> left, reader.array<16>());
      PARLEY_TRY(const ByteArray<16> right, reader.array<16>());
      path = 2 * path + delta.bit(transfer);
      const Block other_is_right = block::mask_of(1 - (path & 1));
      const Block stated =
          block::to_block(left) ^ ((block::to_block(left) ^ block::to_block(right)) & other_is_right);
      const Block present = sums[0] ^ ((sums[0] ^ sums[1]) & other_is_right);
      add_at(nodes.first(std::size_t{1} << level), path ^ 1, stated ^ keys[transfer] ^ present);
    }
    BlockVector values = check_values(nodes);
    PARLEY_TRY(const BytesView stated_sum, reader.take(hash_bytes));
    PARLEY_TRY(const BytesView stated_hash, reader.take(hash_bytes));
    // What the sum over all leaves lacks is put where the unknown leaf stands.
    const std::array<Block, check_blocks> sum = check_sum(values.span());
    for (std::size_t k = 0; k < check_blocks; ++k)
      add_at(values.span(), check_blocks * path + k,
             sum[k] ^ block::load(stated_sum.data() + k * block_bytes));
    const crypto::Hash256 hash = check_hash(tree, values.span());
    ok = crypto::equal_constant_time(BytesView(hash), stated_hash) && ok;
  }
  PARLEY_CHECK(reader.expect_end());
  if (!ok) return fail(ErrorKind::bad_input, "the small trees are not consistent");
  return out;
}

void SmallFieldGuesser::expand(Block delta, std::uint64_t words, BytesView corrections, Parallel& parallel) {
  PARLEY_ASSERT(corrections.size() == (small_fields - 1) * words * block_bytes);
  q_ = {BlockVector(delta_bits * words, block::Fill::unset, block::Wipe::yes), words};
  parallel.run(small_fields, [&](std::size_t tree) {
    BlockVector u(words, block::Fill::unset, block::Wipe::yes);
    const std::span<Block> columns = q_.blocks.span().subspan(tree * field_bits * words, field_bits * words);
    expand_tree(leaves_.span().subspan(tree * small_leaves, small_leaves), u.span(), columns);
    // With Σ_x x_i · P_x in column i and u = Σ_x P_x, Σ_x (x + Δ)_i · P_x is column i plus Δ_i · u, and the
    // unknown P_Δ falls out. The correction turns the tree's own u into the common one.
    if (tree > 0)
      for (std::size_t w = 0; w < words; ++w)
        u[w] ^= block::load(corrections.data() + ((tree - 1) * words + w) * block_bytes);
    for (unsigned bit = 0; bit < field_bits; ++bit) {
      const Block mask = block::mask_of(delta.bit(static_cast<unsigned>(tree) * field_bits + bit));
      for (std::size_t w = 0; w < words; ++w) columns[bit * words + w] ^= u[w] & mask;
    }
  });
}

ColumnHash::ColumnHash(Block challenge, std::uint64_t words) : coefficients_(words) {
  block::aes_stream(challenge, coefficients_.span().first(words - 1));
  coefficients_[words - 1] = block::gf_one;
}

Block ColumnHash::of(std::span<const Block> column) const {
  return block::inner_product(coefficients_.span(), column);
}

crypto::Hash256 ColumnHash::of_columns(const Columns& columns, Block delta, Block u_hash) const {
  std::array<Block, delta_bits> hashes;
  for (unsigned c = 0; c < delta_bits; ++c)
    hashes[c] = of(columns.column(c)) ^ (u_hash & block::mask_of(delta.bit(c)));
  const crypto::Hash256 out =
      crypto::Sha256().update(domain::column_check).update(block::bytes_of(hashes)).finish();
  crypto::wipe(block::mutable_bytes_of(hashes));
  return out;
}

}  // namespace parley::vole
