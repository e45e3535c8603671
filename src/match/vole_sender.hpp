#pragma once

#include "match/mask_join.hpp"
#include "match/vole_ends.hpp"
#include "match/vole_party.hpp"
#include "okvs/decoder.hpp"
#include "okvs/sorted_keys.hpp"

namespace parley::match {

/// The sender Y of vole-rr22/1: makes K = B + A·Δ out of what the receiver sends, and sends the masks of its
/// items, in ascending order. With Learner::both it learns from the receiver's proofs which were found.
class VoleSender final : public VoleParty {
 public:
  VoleSender(const Parameters& parameters, const crypto::Secret<32>& seed, ItemSet items, Parallel& parallel,
             std::unique_ptr<VoleSenderEnd> vole);
  ~VoleSender() override;

 protected:
  Result<Step> begin() override;
  Result<Step> receive(VoleMatchMessage type, BytesView body) override;
  Result<Step> go_on() override;

 private:
  /// In the order of the session: first what this side does or waits for next.
  enum class Stage {
    hash_items,
    commit,
    correlation,  // VOLE
    open,
    sort_keys,
    check,  // VOLE
    store,
    toss,
    decode,
    mask,
    send_masks,
    prepare_proofs,
    proofs,
  };

  Step enter(Stage stage, Step step = {});
  Result<Step> take_vole(Result<vole::Step> step);
  Result<Step> take_commit(BytesView body);
  Result<Step> take_open(BytesView body);
  Result<Step> take_store(BytesView body);
  Result<Step> take_toss(BytesView body);
  Step decode();
  Step mask();
  Step send_masks();
  Step prepare_proofs();
  Result<Step> take_proofs(BytesView body);
  SortedMasks masks_under(block::Block key, std::size_t width, bool with_origin) const;

  std::unique_ptr<VoleSenderEnd> vole_;
  Stage stage_ = Stage::hash_items;
  Coin store_coin_;
  Coin mask_coin_;
  crypto::Hash256 receiver_commitment_{};
  std::array<block::Block, 2> store_seed_{};  // of the rows, of the values
  std::array<block::Block, 2> mask_keys_{};   // of the masks, of the proofs
  std::optional<okvs::RowHash> row_hash_;
  okvs::SortedKeys sorted_;
  block::Block delta_{};
  block::BlockVector store_;
  ChunkedList store_list_;
  std::optional<okvs::Decoder> decoder_;
  block::BlockVector values_;
  std::size_t decoded_ = 0;
  SortedMasks own_masks_;
  Bytes next_masks_;  // the message that leaves next, already written
  SortedList masks_;
  MaskJoin join_;
  SortedList proofs_;
};

}  // namespace parley::match
