#pragma once

#include <algorithm>
#include <set>
#include <vector>

#include "block/aes.hpp"
#include "block/gf128.hpp"
#include "match/domains.hpp"
#include "match/vole_dealer_fixture.hpp"
#include "okvs/row_hash.hpp"

namespace parley::match {

/// For tests: vole-rr22/1 computed plainly from what passed between the parties, as
/// docs/spec/matching-vole.md says it, one item at a time and by portable code.
class VoleReference {
 public:
  /// `to_receiver` and `to_sender` are the messages that each side accepted.
  VoleReference(const Parameters& parameters, const std::vector<Message>& to_receiver,
                const std::vector<Message>& to_sender)
      : parameters_(parameters), to_receiver_(to_receiver), to_sender_(to_sender) {}

  /// What the receiver's coins were is in its own messages; what the sender's were, in its.
  void derive(const std::vector<Message>& receiver_sent, const std::vector<Message>& sender_sent) {
    using enum VoleMatchMessage;
    const auto coin = [](const std::vector<Message>& messages, VoleMatchMessage type) {
      return BytesView(first(messages, type)->body).first(coin_bytes);
    };
    seed_ = toss(domain::vole_store_seed, parameters_.offer_hash, coin(receiver_sent, receiver_open),
                 coin(sender_sent, sender_toss));
    keys_ = toss(domain::vole_mask_keys, parameters_.offer_hash, coin(receiver_sent, receiver_toss),
                 coin(sender_sent, sender_open));
  }

  /// F(x) as the receiver has it: the store C read at x.
  block::Block of_receiver(BytesView item, std::span<const block::Block> c) const {
    return read(key_of(item), c);
  }
  /// F(y) as the sender has it: K = B + A·Δ read at y, and Δ·H^B(y).
  block::Block of_sender(BytesView item, const block::BlockVector& b, block::Block delta) const {
    std::vector<block::Block> k(b.begin(), b.end());
    std::size_t at = 0;
    for (const Message& message : to_sender_) {
      if (message.type != static_cast<std::uint8_t>(VoleMatchMessage::masked_store)) continue;
      for (std::size_t i = 4; i + 16 <= message.body.size(); i += 16, ++at)
        k[at] ^= block::mul(block::load(message.body.data() + i), delta, block::Path::portable);
    }
    const block::Block key = key_of(item);
    const block::Block value = block::AesKey(seed_[1]).encrypt(key, block::Path::portable) ^ key;  // H^B
    return read(key, k) ^ block::mul(value, delta, block::Path::portable);
  }
  /// Whether the store that the sender took, with the mask A taken off, gives H^B of the item: whether the
  /// receiver has put it in.
  bool holds(BytesView item, const block::BlockVector& a) const {
    std::vector<block::Block> p(a.begin(), a.end());
    std::size_t at = 0;
    for (const Message& message : to_sender_) {
      if (message.type != static_cast<std::uint8_t>(VoleMatchMessage::masked_store)) continue;
      for (std::size_t i = 4; i + 16 <= message.body.size() && at < p.size(); i += 16, ++at)
        p[at] ^= block::load(message.body.data() + i);
    }
    const block::Block key = key_of(item);
    return read(key, p) == (block::AesKey(seed_[1]).encrypt(key, block::Path::portable) ^ key);
  }
  /// H1 and H2 of F.
  block::Block mask(BytesView item, block::Block f) const { return hash(keys_[0], item, f); }
  block::Block proof(BytesView item, block::Block f) const {
    return cut_to(hash(keys_[1], item, f), proof_bytes(parameters_));
  }

  block::Block key_of(BytesView item) const {
    const auto full = crypto::Sha256()
                          .update(domain::vole_item)
                          .update(BytesView(parameters_.offer_hash))
                          .update(item)
                          .finish();
    return block::load(full.data());
  }
  const std::array<block::Block, 2>& store_seed() const { return seed_; }
  const std::array<block::Block, 2>& mask_keys() const { return keys_; }

  /// The numbers of a sorted list in these messages.
  static std::vector<block::Block> list_in(const std::vector<Message>& messages, VoleMatchMessage type,
                                           const SortedListFormat& format) {
    SortedList list(format);
    std::vector<block::Block> out;
    for (const Message& message : messages) {
      if (message.type != static_cast<std::uint8_t>(type)) continue;
      std::vector<block::Block> piece(list.next_count());
      if (!list.read(message.body, piece)) break;
      out.insert(out.end(), piece.begin(), piece.end());
    }
    return out;
  }
  static const Message* first(const std::vector<Message>& messages, VoleMatchMessage type) {
    const auto it = std::ranges::find(messages, static_cast<std::uint8_t>(type), &Message::type);
    return it == messages.end() ? nullptr : &*it;
  }

 private:
  block::Block read(block::Block key, std::span<const block::Block> store) const {
    const okvs::RowHash rows(store_shape(parameters_), seed_[0]);
    std::uint32_t start = 0;
    rows.starts({&key, 1}, {&start, 1}, block::Path::portable);
    std::vector<block::Block> band(okvs::band_blocks(rows.shape()));
    rows.bands({&key, 1}, band, block::Path::portable);
    block::Block sum;
    for (unsigned j = 0; j < rows.shape().band; ++j)
      if (band[j / 128].bit(j % 128) != 0) sum ^= store[start + j];
    return sum;
  }
  block::Block hash(block::Block key, BytesView item, block::Block f) const {
    return block::AesKey(key_of(item) ^ key).encrypt(f, block::Path::portable) ^ f;
  }

  Parameters parameters_;
  std::vector<Message> to_receiver_;
  std::vector<Message> to_sender_;
  std::array<block::Block, 2> seed_{};
  std::array<block::Block, 2> keys_{};
};

/// For tests: a session over a dealt VOLE whose correlation the test knows too.
struct KnownSession {
  vole::DealtVole dealt;  // a copy
  TestSession session;

  KnownSession(const Parameters& parameters, const ItemSet& receiver_set, const ItemSet& sender_set,
               std::uint8_t seeds = 1)
      : dealt(deal(parameters, seeds)), session(dealt_session(parameters, receiver_set, sender_set, seeds)) {}

 private:
  static vole::DealtVole deal(const Parameters& parameters, std::uint8_t seeds) {
    crypto::SeededEntropy entropy(test_seed(seeds), "dealer");
    return vole::deal_vole(vole_parameters(parameters).count, entropy);
  }
};

}  // namespace parley::match
