#pragma once

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "block/block_vector.hpp"
#include "crypto/seeded.hpp"
#include "match/turns.hpp"
#include "match/vole_hash.hpp"
#include "match/vole_wire.hpp"

namespace parley::match {

/// What receiver and sender of vole-rr22/1 have in common: keys out of items and dummies, coins, the hashes
/// over what passes, and the rule that an error ends the session.
class VoleParty : public Party {
 public:
  Result<Step> start() final;
  Result<Step> on_message(std::uint8_t type, BytesView body) final;
  Result<Step> resume() final;
  Work work() const final;
  const std::optional<Outcome>& outcome() const final { return outcome_; }
  crypto::Hash256 transcript_hash() const final;
  crypto::Hash256 sent_hash() const final { return sent_.peek(); }

 protected:
  VoleParty(Role role, const Parameters& parameters, const crypto::Secret<32>& seed, ItemSet items,
            Parallel& parallel);

  virtual Result<Step> begin() = 0;
  virtual Result<Step> receive(VoleMatchMessage type, BytesView body) = 0;
  virtual Result<Step> go_on() = 0;

  /// Hashes some more items into `keys_`; true when the padded set is complete, and the items are given back.
  bool hash_some();
  /// Notes a message as sent and puts it into the step.
  void put(Step& step, VoleMatchMessage type, Bytes body);
  /// The same; the hash over the body is computed while another core does `work`.
  template <class F>
  void put_beside(Step& step, VoleMatchMessage type, Bytes body, F&& work);
  /// The same for a message whose body is `head` and `kept`, and of which `kept` stays with the caller until
  /// `note_kept` has hashed it: so that it leaves first, and is hashed beside other work.
  void put_kept(Step& step, VoleMatchMessage type, Bytes body, BytesView kept);
  /// Hashes one of `shares` equal shares of the messages that still wait for it.
  void note_kept(std::size_t shares);
  /// The messages of the VOLE as ours, and whether it wants to go on.
  Step wrap(vole::Step step);
  /// Draws a coin from the stream of coins; always in the same order.
  Coin draw_coin();
  /// Calls task(first, count) for stretches of [0, count) on all cores.
  template <class F>
  void for_stretches(std::size_t begin, std::size_t end, F&& task) const;
  /// The same, and beside it something that only one core can do.
  template <class B, class F>
  void for_stretches_beside(B&& beside, std::size_t begin, std::size_t end, F&& task) const;
  /// The same for [0, count), and beside it the hash over the message that is being received, which takes as
  /// long as what there is to do with it.
  template <class F>
  void for_stretches_and_hash(std::size_t count, F&& task);
  /// Takes an own index that a mask or proof led to: an item is a hit, a dummy cannot be one.
  void note_hit(std::uint32_t index);
  void finish(Step& step);

  static VoleMatchMessage of_vole(std::uint8_t type) {
    return static_cast<VoleMatchMessage>(static_cast<std::uint8_t>(VoleMatchMessage::vole) + type);
  }
  static bool is_vole(VoleMatchMessage type) {
    return type > VoleMatchMessage::vole && type <= VoleMatchMessage::last_vole;
  }

  const Parameters parameters_;
  const crypto::Secret<32> seed_;
  Parallel& parallel_;
  const std::uint32_t size_;  ///< items; keys behind them are dummies
  block::BlockVector keys_;
  std::optional<Outcome> outcome_;

 private:
  /// A message that left and is not hashed yet.
  struct Kept {
    std::uint8_t type;
    Bytes head;
    BytesView rest;
  };
  void note(crypto::Sha256& hash, std::uint8_t type, BytesView head, BytesView rest = {});
  /// Takes the message that is being received into the hash, once.
  void note_received();

  std::vector<std::uint8_t> hit_;  // of each item, whether the peer holds it
  const Role role_;
  ItemSet items_;
  std::uint32_t hashed_ = 0;
  ItemHash item_hash_;
  crypto::SeededEntropy dummies_;
  crypto::SeededEntropy coins_;
  crypto::Sha256 sent_;
  crypto::Sha256 received_;
  std::deque<Kept> kept_;
  std::optional<std::pair<std::uint8_t, BytesView>> receiving_;
  std::uint64_t messages_ = 0;
  Turns turns_;
};

/// Keys that one step hashes, decodes or masks: some 10 ms.
inline constexpr std::size_t step_keys = std::size_t{1} << 17;

template <class F>
void VoleParty::for_stretches(std::size_t begin, std::size_t end, F&& task) const {
  constexpr std::size_t stretch = std::size_t{1} << 13;
  parallel_.run((end - begin + stretch - 1) / stretch, [&](std::size_t i) {
    const std::size_t first = begin + i * stretch;
    task(first, std::min(stretch, end - first));
  });
}

template <class B, class F>
void VoleParty::for_stretches_beside(B&& beside, std::size_t begin, std::size_t end, F&& task) const {
  constexpr std::size_t stretch = std::size_t{1} << 13;
  parallel_.run(1 + (end - begin + stretch - 1) / stretch, [&](std::size_t i) {
    if (i == 0) return beside();
    const std::size_t first = begin + (i - 1) * stretch;
    task(first, std::min(stretch, end - first));
  });
}

template <class F>
void VoleParty::for_stretches_and_hash(std::size_t count, F&& task) {
  for_stretches_beside([this] { note_received(); }, 0, count, std::forward<F>(task));
}

template <class F>
void VoleParty::put_beside(Step& step, VoleMatchMessage type, Bytes body, F&& work) {
  parallel_.run(2, [&](std::size_t i) {
    if (i == 1) return work();
    note(sent_, static_cast<std::uint8_t>(type), body);
  });
  ++messages_;
  step.send.push_back({static_cast<std::uint8_t>(type), std::move(body)});
}

}  // namespace parley::match
