#include "match/vole_hash.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "block/aes.hpp"
#include "match/domains.hpp"

namespace parley::match {

using block::Block;

ItemHash::ItemHash(const crypto::Hash256& offer_hash) : offer_hash_(offer_hash) {}

Block ItemHash::hash(std::string_view label, BytesView bytes) {
  const crypto::Hash256 out = sha_.update(label).update(BytesView(offer_hash_)).update(bytes).finish();
  return block::load(out.data());
}

Block ItemHash::of_item(BytesView item) {
  return hash(domain::vole_item, item);
}

Block ItemHash::of_dummy(const ByteArray<32>& private_bytes) {
  return hash(domain::vole_dummy, private_bytes);
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
}

}  // namespace parley::match
