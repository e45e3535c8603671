#include "match/vole_hash.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "block/aes.hpp"
#include "crypto/secret.hpp"
#include "match/domains.hpp"

namespace parley::match {

using block::Block;

namespace {

PrefixedSha256::Prefix prefix(std::string_view label, const crypto::Hash256& offer_hash) {
  PrefixedSha256::Prefix out;
  PARLEY_ASSERT(label.size() + offer_hash.size() == out.size());
  std::ranges::copy(label, out.begin());
  std::ranges::copy(offer_hash, out.begin() + static_cast<std::ptrdiff_t>(label.size()));
  return out;
}

}  // namespace

ItemHash::ItemHash(const crypto::Hash256& offer_hash)
    : items_(prefix(domain::vole_item, offer_hash)), dummies_(prefix(domain::vole_dummy, offer_hash)) {}

void ItemHash::of_items(std::span<const BytesView> items, std::span<Block> out) const {
  items_.hash(items, out);
}

void ItemHash::of_dummies(std::span<const BytesView> dummies, std::span<Block> out) const {
  dummies_.hash(dummies, out);
}

crypto::Hash256 commit_coin(std::string_view label, const crypto::Hash256& offer_hash, BytesView coin,
                            BytesView nonce) {
  return crypto::Sha256().update(label).update(BytesView(offer_hash)).update(nonce).update(coin).finish();
}

std::array<Block, 2> toss(std::string_view label, const crypto::Hash256& offer_hash, BytesView receiver_coin,
                          BytesView sender_coin) {
  const crypto::Hash256 hash = crypto::Sha256()
                                   .update(label)
                                   .update(BytesView(offer_hash))
                                   .update(receiver_coin)
                                   .update(sender_coin)
                                   .finish();
  return {block::load(hash.data()), block::load(hash.data() + 16)};
}

void store_values(Block tossed_key, std::span<const Block> keys, std::span<Block> values) {
  block::FixedKeyHash(tossed_key).mmo(values, keys);
}

void mask_hash(Block tossed_key, std::span<const Block> keys, std::span<const Block> values,
               std::span<Block> out) {
  PARLEY_ASSERT(keys.size() == values.size() && keys.size() == out.size());
  constexpr std::size_t batch = 256;
  std::array<Block, batch> item_keys;
  for (std::size_t at = 0; at < keys.size(); at += batch) {
    const std::size_t count = std::min(batch, keys.size() - at);
    for (std::size_t i = 0; i < count; ++i) item_keys[i] = keys[at + i] ^ tossed_key;
    block::davies_meyer(out.subspan(at, count), std::span(item_keys).first(count), values.subspan(at, count));
  }
  crypto::wipe(block::mutable_bytes_of(item_keys));
}

}  // namespace parley::match
