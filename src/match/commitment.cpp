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

// The leaves from left to right. `drawn` is the salt of an item or the dummy leaf itself; each position draws
// its own from the stream.
class Leaves {
 public:
  struct Leaf {
    std::uint32_t position = 0;
    std::uint32_t source = 0;  // index of the item, when it is real
    bool real = false;
    ByteArray<32> drawn{};
    crypto::Hash256 hash{};
  };

  Leaves(const ItemSet& items, const crypto::Secret<32>& seed, std::uint32_t padded)
      : items_(items), salts_(seed, domain::set_salt_stream) {
    PARLEY_ASSERT(std::has_single_bit(padded) && items.size() <= padded);
    crypto::SeededEntropy order_stream(seed, domain::set_order_stream);
    order_ = make_permutation(padded, order_stream);
  }

  bool at_end() const { return position_ == order_.size(); }
  Leaf next() {
    Leaf leaf;
    leaf.position = position_;
    leaf.source = order_[position_++];
    leaf.real = leaf.source < items_.size();
    leaf.drawn = salts_.array<32>();
    leaf.hash = leaf.real ? leaf_hash(hash_, leaf.drawn, items_[leaf.source]) : leaf.drawn;
    return leaf;
  }

 private:
  const ItemSet& items_;
  crypto::SeededEntropy salts_;
  std::vector<std::uint32_t> order_;
  crypto::Sha256 hash_;
  std::uint32_t position_ = 0;
};

}  // namespace

crypto::Hash256 commit_seed(const crypto::Secret<32>& seed, const crypto::Secret<32>& opening) {
  Bytes message = to_bytes(domain::seed_commitment);
  append(message, seed.view());
  const crypto::Hash256 out = crypto::hmac_sha256(opening.view(), message);
  crypto::wipe(message);
  return out;
}

struct SetRootBuilder::State {
  State(const ItemSet& items, const crypto::Secret<32>& seed, std::uint32_t padded)
      : leaves(items, seed, padded) {}

  Leaves leaves;
  crypto::Sha256 hash;
  // Left subtrees that still wait for their right half, largest first: like carrying in a binary counter.
  std::vector<crypto::Hash256> waiting;
};

SetRootBuilder::SetRootBuilder(const ItemSet& items, const crypto::Secret<32>& seed, std::uint32_t padded)
    : state_(std::make_unique<State>(items, seed, padded)) {}
SetRootBuilder::~SetRootBuilder() = default;
SetRootBuilder::SetRootBuilder(SetRootBuilder&&) noexcept = default;
SetRootBuilder& SetRootBuilder::operator=(SetRootBuilder&&) noexcept = default;

bool SetRootBuilder::step(std::uint32_t leaves) {
  std::vector<crypto::Hash256>& waiting = state_->waiting;
  for (; leaves > 0 && !state_->leaves.at_end(); --leaves) {
    const Leaves::Leaf leaf = state_->leaves.next();
    crypto::Hash256 node = leaf.hash;
    for (std::uint32_t bit = leaf.position; (bit & 1U) != 0; bit >>= 1U) {
      node = node_hash(state_->hash, waiting.back(), node);
      waiting.pop_back();
    }
    waiting.push_back(node);
  }
  return state_->leaves.at_end();
}

const SetRoot& SetRootBuilder::root() const {
  PARLEY_ASSERT(state_->leaves.at_end() && state_->waiting.size() == 1);
  return state_->waiting.front();
}

SetRoot set_root(const ItemSet& items, const crypto::Secret<32>& seed, std::uint32_t padded) {
  SetRootBuilder builder(items, seed, padded);
  builder.step(padded);
  return builder.root();
}

SetTree::SetTree(const ItemSet& items, const crypto::Secret<32>& seed, std::uint32_t padded)
    : items_(items), position_(items.size()), salts_(items.size()) {
  std::vector<crypto::Hash256> leaves(padded);
  for (Leaves from(items, seed, padded); !from.at_end();) {
    const Leaves::Leaf leaf = from.next();
    leaves[leaf.position] = leaf.hash;
    if (!leaf.real) continue;
    position_[leaf.source] = leaf.position;
    salts_[leaf.source] = leaf.drawn;
  }
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
