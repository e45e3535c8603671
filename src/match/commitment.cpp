#include "match/commitment.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <string>

#include "base/assert.hpp"
#include "crypto/seeded.hpp"
#include "match/domains.hpp"
#include "match/permutation.hpp"
#include "match/sha256_lanes.hpp"

namespace parley::match {
namespace {

constexpr std::uint8_t leaf_prefix = 0x00;
constexpr std::uint8_t node_prefix = 0x01;

crypto::Hash256 leaf_hash(crypto::Sha256& hash, const ByteArray<32>& salt, BytesView item) {
  return hash.update(BytesView(&leaf_prefix, 1)).update(BytesView(salt)).update(item).finish();
}

crypto::Hash256 node_hash(crypto::Sha256& hash, const crypto::Hash256& left, const crypto::Hash256& right) {
  return hash.update(BytesView(&node_prefix, 1)).update(BytesView(left)).update(BytesView(right)).finish();
}

// Leaves that are hashed together: what they take stays in the first-level cache.
constexpr std::uint32_t most_together = 256;

// The leaves from left to right, some at a time. `drawn` is the salt of an item or the dummy leaf itself;
// each position draws its own from the stream.
class Leaves {
 public:
  struct Leaf {
    std::uint32_t source = 0;  // index of the item, when it is real
    bool real = false;
    ByteArray<32> drawn{};
  };

  Leaves(const ItemSet& items, const crypto::Secret<32>& seed, std::uint32_t padded)
      : items_(items), salts_(seed, domain::set_salt_stream) {
    PARLEY_ASSERT(std::has_single_bit(padded) && items.size() <= padded);
    crypto::SeededEntropy order_stream(seed, domain::set_order_stream);
    order_ = make_permutation(padded, order_stream);
  }
  ~Leaves() {
    crypto::wipe(messages_);
    crypto::wipe({reinterpret_cast<std::uint8_t*>(order_.data()), order_.size() * sizeof(std::uint32_t)});
  }
  Leaves(const Leaves&) = delete;
  Leaves& operator=(const Leaves&) = delete;

  std::uint32_t position() const { return position_; }
  std::uint32_t left() const { return static_cast<std::uint32_t>(order_.size()) - position_; }

  /// The next `hashes.size()` (at most `most_together`) leaves, and what is in them.
  void next(std::span<crypto::Hash256> hashes, std::span<Leaf> leaves) {
    std::array<BytesView, most_together> contents;
    for (std::uint32_t i = 0; i < hashes.size(); ++i) {
      Leaf& leaf = leaves[i];
      leaf.source = order_[position_++];
      leaf.real = leaf.source < items_.size();
      if (!leaf.real) continue;
      contents[i] = items_[leaf.source];
      __builtin_prefetch(contents[i].data());  // the order is random, and the set large
    }
    messages_.clear();
    std::array<std::uint32_t, most_together> real;
    std::array<std::size_t, most_together + 1> begin{};
    std::size_t count = 0;
    for (std::uint32_t i = 0; i < hashes.size(); ++i) {
      Leaf& leaf = leaves[i];
      leaf.drawn = salts_.array<32>();
      hashes[i] = leaf.drawn;
      if (!leaf.real) continue;
      real[count] = i;
      begin[count++] = messages_.size();
      messages_.push_back(leaf_prefix);
      append(messages_, BytesView(leaf.drawn));
      append(messages_, contents[i]);
    }
    begin[count] = messages_.size();
    std::array<BytesView, most_together> views;
    std::array<crypto::Hash256, most_together> hashed;
    for (std::size_t i = 0; i < count; ++i)
      views[i] = BytesView(messages_).subspan(begin[i], begin[i + 1] - begin[i]);
    sha256_each(std::span(views).first(count), std::span(hashed).first(count));
    for (std::size_t i = 0; i < count; ++i) hashes[real[i]] = hashed[i];
  }

 private:
  const ItemSet& items_;
  crypto::SeededEntropy salts_;
  std::vector<std::uint32_t> order_;
  Bytes messages_;
  std::uint32_t position_ = 0;
};

// above[i] = the node over below[2i] and below[2i + 1]; `above` may be the front of `below`.
void make_level(std::span<const crypto::Hash256> below, std::span<crypto::Hash256> above) {
  constexpr std::size_t message_bytes = 65;
  std::array<std::uint8_t, detail::sha256_lanes * message_bytes> messages;
  std::array<BytesView, detail::sha256_lanes> views;
  for (std::size_t at = 0; at < above.size(); at += detail::sha256_lanes) {
    const std::size_t count = std::min(detail::sha256_lanes, above.size() - at);
    for (std::size_t i = 0; i < count; ++i) {
      std::uint8_t* message = messages.data() + i * message_bytes;
      message[0] = node_prefix;
      std::ranges::copy(below[2 * (at + i)], message + 1);
      std::ranges::copy(below[2 * (at + i) + 1], message + 33);
      views[i] = {message, message_bytes};
    }
    sha256_each(std::span(views).first(count), above.subspan(at, count));
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
  std::array<crypto::Hash256, most_together> nodes;
  std::array<Leaves::Leaf, most_together> unused;
  while (leaves > 0 && state_->leaves.left() > 0) {
    // A whole subtree at a time: as many leaves as position and limit allow.
    const std::uint32_t position = state_->leaves.position();
    std::uint32_t count =
        std::min({most_together, std::bit_floor(leaves), std::bit_floor(state_->leaves.left())});
    if (position > 0) count = std::min(count, position & (0 - position));
    state_->leaves.next(std::span(nodes).first(count), std::span(unused).first(count));
    for (std::uint32_t size = count; size > 1; size /= 2)
      make_level(std::span(nodes).first(size), std::span(nodes).first(size / 2));
    crypto::Hash256 node = nodes[0];
    for (std::uint32_t bit = position / count; (bit & 1U) != 0; bit >>= 1U) {
      node = node_hash(state_->hash, waiting.back(), node);
      waiting.pop_back();
    }
    waiting.push_back(node);
    leaves -= count;
  }
  return state_->leaves.left() == 0;
}

const SetRoot& SetRootBuilder::root() const {
  PARLEY_ASSERT(state_->leaves.left() == 0 && state_->waiting.size() == 1);
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
  std::array<Leaves::Leaf, most_together> some;
  for (Leaves from(items, seed, padded); from.left() > 0;) {
    const std::uint32_t first = from.position();
    const std::uint32_t count = std::min(most_together, from.left());
    from.next(std::span(leaves).subspan(first, count), std::span(some).first(count));
    for (std::uint32_t i = 0; i < count; ++i) {
      if (!some[i].real) continue;
      position_[some[i].source] = first + i;
      salts_[some[i].source] = some[i].drawn;
    }
  }
  levels_.push_back(std::move(leaves));
  while (levels_.back().size() > 1) {
    std::vector<crypto::Hash256> level(levels_.back().size() / 2);
    make_level(levels_.back(), level);
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
