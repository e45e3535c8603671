#include "match/commitment.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "base/assert.hpp"
#include "crypto/seeded.hpp"
#include "match/domains.hpp"
#include "match/permutation.hpp"

namespace parley::match {
namespace {

crypto::Hash256 leaf_hash(crypto::Sha256& hash, const ByteArray<32>& salt, BytesView item) {
  static constexpr std::uint8_t leaf_prefix = 0x00;
  return hash.update(BytesView(&leaf_prefix, 1)).update(BytesView(salt)).update(item).finish();
}

crypto::Hash256 node_hash(crypto::Sha256& hash, const crypto::Hash256& left, const crypto::Hash256& right) {
  static constexpr std::uint8_t node_prefix = 0x01;
  return hash.update(BytesView(&node_prefix, 1)).update(BytesView(left)).update(BytesView(right)).finish();
}

// Calls use(position, item index or nothing, 32 bytes, leaf) for every leaf from left to right. The 32 bytes
// are the salt of an item or the dummy leaf itself; each position draws its own from the stream.
template <class Use>
void for_leaves(const ItemSet& items, const crypto::Secret<32>& seed, std::uint32_t padded, Use use) {
  PARLEY_ASSERT(std::has_single_bit(padded) && items.size() <= padded);
  crypto::SeededEntropy order_stream(seed, domain::set_order_stream);
  crypto::SeededEntropy salt_stream(seed, domain::set_salt_stream);
  const std::vector<std::uint32_t> order = make_permutation(padded, order_stream);
  crypto::Sha256 hash;
  for (std::uint32_t position = 0; position < padded; ++position) {
    const auto drawn = salt_stream.array<32>();
    const std::uint32_t source = order[position];
    const bool real = source < items.size();
    use(position, source, real, drawn, real ? leaf_hash(hash, drawn, items[source]) : drawn);
  }
}

}  // namespace

crypto::Hash256 commit_seed(const crypto::Secret<32>& seed, const crypto::Secret<32>& opening) {
  Bytes message = to_bytes(domain::seed_commitment);
  append(message, seed.view());
  const crypto::Hash256 out = crypto::hmac_sha256(opening.view(), message);
  crypto::wipe(message);
  return out;
}

SetRoot set_root(const ItemSet& items, const crypto::Secret<32>& seed, std::uint32_t padded) {
  // Left subtrees that still wait for their right half, largest first: like carrying in a binary counter.
  std::vector<crypto::Hash256> waiting;
  crypto::Sha256 hash;
  for_leaves(items, seed, padded,
             [&](std::uint32_t position, std::uint32_t, bool, const ByteArray<32>&, crypto::Hash256 node) {
               for (std::uint32_t bit = position; (bit & 1U) != 0; bit >>= 1U) {
                 node = node_hash(hash, waiting.back(), node);
                 waiting.pop_back();
               }
               waiting.push_back(node);
             });
  PARLEY_ASSERT(waiting.size() == 1);
  return waiting.front();
}

SetTree::SetTree(const ItemSet& items, const crypto::Secret<32>& seed, std::uint32_t padded)
    : items_(items), position_(items.size()), salts_(items.size()) {
  std::vector<crypto::Hash256> leaves(padded);
  for_leaves(items, seed, padded,
             [&](std::uint32_t position, std::uint32_t source, bool real, const ByteArray<32>& salt,
                 const crypto::Hash256& leaf) {
               leaves[position] = leaf;
               if (!real) return;
               position_[source] = position;
               salts_[source] = salt;
             });
  levels_.push_back(std::move(leaves));
  crypto::Sha256 hash;
  while (levels_.back().size() > 1) {
    const auto& below = levels_.back();
    std::vector<crypto::Hash256> level(below.size() / 2);
    for (std::size_t i = 0; i < level.size(); ++i) level[i] = node_hash(hash, below[2 * i], below[2 * i + 1]);
    levels_.push_back(std::move(level));
  }
}

LeafOpening SetTree::open(std::uint32_t index) const {
  PARLEY_ASSERT(index < items_.size());
  LeafOpening out{position_[index], salts_[index], to_bytes(items_[index]), {}};
  std::size_t at = out.position;
  for (std::size_t level = 0; level + 1 < levels_.size(); ++level, at >>= 1U)
    out.path.push_back(levels_[level][at ^ 1U]);
  return out;
}

bool verify_leaf(const SetRoot& root, std::uint32_t padded, const LeafOpening& opening) {
  if (!std::has_single_bit(padded) || opening.position >= padded ||
      opening.path.size() != static_cast<std::size_t>(std::countr_zero(padded)))
    return false;
  crypto::Sha256 hash;
  crypto::Hash256 node = leaf_hash(hash, opening.salt, opening.item);
  std::uint32_t at = opening.position;
  for (const crypto::Hash256& sibling : opening.path) {
    node = (at & 1U) != 0 ? node_hash(hash, sibling, node) : node_hash(hash, node, sibling);
    at >>= 1U;
  }
  return node == root;
}

encoding::Json leaf_opening_to_json(const LeafOpening& opening) {
  encoding::Json path = encoding::Json::array();
  for (const crypto::Hash256& sibling : opening.path) path.push_back(to_hex(sibling));
  return encoding::Json::object({{"item", to_base64url(opening.item)},
                                 {"path", std::move(path)},
                                 {"position", opening.position},
                                 {"salt", to_hex(opening.salt)}});
}

Result<LeafOpening> leaf_opening_from_json(const encoding::Json& json) {
  constexpr std::size_t max_path = std::countr_zero(max_padded_size);
  LeafOpening out;
  PARLEY_TRY(const std::uint64_t position, json.uint_member("position"));
  if (position >= max_padded_size)
    return fail(ErrorKind::bad_input, "the position is too large", "/position");
  out.position = static_cast<std::uint32_t>(position);
  PARLEY_TRY(const std::string salt, json.string_member("salt"));
  PARLEY_TRY(const Bytes salt_bytes, from_hex(salt));
  PARLEY_TRY(out.salt, to_array<32>(salt_bytes));
  PARLEY_TRY(const std::string item, json.string_member("item"));
  PARLEY_TRY(out.item, from_base64url(item));
  if (out.item.size() > max_item_bytes) return fail(ErrorKind::bad_input, "the item is too long", "/item");
  PARLEY_TRY(const auto path, json.strings_member("path"));
  if (path.size() > max_path) return fail(ErrorKind::bad_input, "the path is too long", "/path");
  for (const std::string& sibling : path) {
    PARLEY_TRY(const Bytes bytes, from_hex(sibling));
    PARLEY_TRY(const crypto::Hash256 hash, to_array<32>(bytes));
    out.path.push_back(hash);
  }
  return out;
}

}  // namespace parley::match
