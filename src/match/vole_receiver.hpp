#pragma once

#include "match/mask_join.hpp"
#include "match/vole_ends.hpp"
#include "match/vole_party.hpp"
#include "okvs/decoder.hpp"
#include "okvs/encoder.hpp"
#include "okvs/sorted_keys.hpp"

namespace parley::match {

/// The receiver X of vole-rr22/1: sends P + A, P being the store of its items, and compares the masks that it
/// computes from C with those of the sender.
class VoleReceiver final : public VoleParty {
 public:
  VoleReceiver(const Parameters& parameters, const crypto::Secret<32>& seed, ItemSet items,
               Parallel& parallel, std::unique_ptr<VoleReceiverEnd> vole);

 protected:
  Result<Step> begin() override;
  Result<Step> receive(VoleMatchMessage type, BytesView body) override;
  Result<Step> go_on() override;

 private:
  /// In the order of the session: first what this side does or waits for next.
  enum class Stage {
    hash_items,
    hello,  // VOLE
    toss,
    sort_keys,
    encode,
    trees,  // VOLE
    send_store,
    decode,
    confirm,  // VOLE
    open,
    mask,
    masks,
    send_proofs,
  };

  Step enter(Stage stage, Step step = {});
  Result<Step> take_vole(Result<vole::Step> step);
  Result<Step> take_toss(BytesView body);
  Result<Step> encode();
  Step send_store();
  Step decode();
  Result<Step> take_open(BytesView body);
  Step mask();
  Result<Step> take_masks(BytesView body);
  void prepare_proofs();
  Step send_proofs();

  std::unique_ptr<VoleReceiverEnd> vole_;
  Stage stage_ = Stage::hash_items;
  Coin store_coin_;
  Coin mask_coin_;
  crypto::Hash256 sender_commitment_{};
  std::array<block::Block, 2> store_seed_{};  // of the rows, of the values
  std::array<block::Block, 2> mask_keys_{};   // of the masks, of the proofs
  std::optional<okvs::RowHash> row_hash_;
  okvs::SortedKeys sorted_;
  crypto::SeededEntropy store_entropy_;
  std::optional<okvs::Encoder> encoder_;
  block::BlockVector store_;
  ChunkedList store_list_;
  std::optional<okvs::Decoder> decoder_;
  block::BlockVector values_;
  std::size_t decoded_ = 0;
  SortedList masks_;
  MaskJoin join_;
  std::vector<std::uint32_t> hits_;  // Learner::both: positions in sorted_ of what is to be proven
  SortedList proofs_;
  block::BlockVector proof_values_;
};

}  // namespace parley::match
