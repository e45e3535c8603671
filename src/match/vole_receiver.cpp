#include "match/vole_receiver.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "match/domains.hpp"

namespace parley::match {

using block::Block;
using block::BlockVector;

VoleReceiver::VoleReceiver(const Parameters& parameters, const crypto::Secret<32>& seed, ItemSet items,
                           Parallel& parallel, std::unique_ptr<VoleReceiverEnd> vole)
    : VoleParty(Role::receiver, parameters, seed, std::move(items), parallel),
      vole_(std::move(vole)),
      store_coin_(draw_coin()),
      mask_coin_(draw_coin()),
      store_entropy_(seed, domain::vole_store_stream),
      store_list_(store_list(parameters)),
      masks_(mask_list(parameters)),
      proofs_(proof_list(parameters)) {}

Result<Step> VoleReceiver::begin() {
  PARLEY_CHECK(vole_->start());  // has nothing to send
  Step step;
  put(step, VoleMatchMessage::receiver_commit,
      to_bytes(BytesView(commit_coin(domain::vole_store_commitment, parameters_.offer_hash,
                                     store_coin_.value.view(), store_coin_.nonce.view()))));
  return enter(Stage::hash_items, std::move(step));
}

// A stage in which the VOLE has nothing more to wait for is passed over.
Step VoleReceiver::enter(Stage stage, Step step) {
  if (stage == Stage::hello && vole_->done()) stage = Stage::toss;
  if (stage == Stage::trees && vole_->computed()) stage = Stage::send_store;
  if (stage == Stage::confirm && vole_->done()) stage = Stage::open;
  stage_ = stage;
  step.more = stage != Stage::hello && stage != Stage::toss && stage != Stage::trees &&
              stage != Stage::confirm && stage != Stage::open && stage != Stage::masks;
  return step;
}

Result<Step> VoleReceiver::receive(VoleMatchMessage type, BytesView body) {
  const bool for_vole = stage_ == Stage::hello || stage_ == Stage::trees || stage_ == Stage::confirm;
  if (for_vole && is_vole(type)) {
    const int number = static_cast<int>(type) - static_cast<int>(VoleMatchMessage::vole);
    return take_vole(vole_->on_message(static_cast<std::uint8_t>(number), body));
  }
  if (stage_ == Stage::toss && type == VoleMatchMessage::sender_toss) return take_toss(body);
  if (stage_ == Stage::open && type == VoleMatchMessage::sender_open) return take_open(body);
  if (stage_ == Stage::masks && type == VoleMatchMessage::sender_masks) return take_masks(body);
  return fail(ErrorKind::bad_input, "a message of a type that does not come here");
}

Result<Step> VoleReceiver::go_on() {
  switch (stage_) {
    case Stage::hash_items:
      return enter(hash_some() ? Stage::hello : Stage::hash_items);
    case Stage::sort_keys:
      sorted_ = okvs::sort_keys(*row_hash_, std::move(keys_), parallel_);
      encoder_.emplace(
          *row_hash_, sorted_.keys.span(),
          [this](std::size_t first, std::span<Block> out) {
            store_values(store_seed_[1], sorted_.keys.span().subspan(first, out.size()), out);
          },
          store_entropy_, parallel_);
      return enter(Stage::encode);
    case Stage::encode:
      return encode();
    case Stage::send_store:
      return send_store();
    case Stage::decode:
      return decode();
    case Stage::mask:
      return mask();
    case Stage::send_proofs:
      return send_proofs();
    default:
      return take_vole(vole_->resume());
  }
}

Result<Step> VoleReceiver::take_vole(Result<vole::Step> vole_step) {
  PARLEY_TRY(vole::Step inner, std::move(vole_step));
  Step step = wrap(std::move(inner));
  if (step.more) return step;
  switch (stage_) {
    case Stage::hello:
      return enter(Stage::toss, std::move(step));
    case Stage::trees:
      return enter(Stage::trees, std::move(step));
    default:
      return enter(Stage::confirm, std::move(step));
  }
}

Result<Step> VoleReceiver::take_toss(BytesView body) {
  ByteReader reader(body);
  PARLEY_TRY(const auto sender_coin, reader.array<coin_bytes>());
  PARLEY_TRY(sender_commitment_, reader.array<commitment_bytes>());
  PARLEY_CHECK(reader.expect_end());
  store_seed_ = toss(domain::vole_store_seed, parameters_.offer_hash, store_coin_.value.view(), sender_coin);
  row_hash_.emplace(store_shape(parameters_), store_seed_[0]);
  Bytes opening = to_bytes(store_coin_.value.view());
  append(opening, store_coin_.nonce.view());
  Step step;
  put(step, VoleMatchMessage::receiver_open, std::move(opening));
  return enter(Stage::sort_keys, std::move(step));
}

Result<Step> VoleReceiver::encode() {
  PARLEY_TRY(const bool complete, encoder_->step());
  if (!complete) return enter(Stage::encode);
  store_ = encoder_->take();
  encoder_.reset();
  return enter(Stage::trees);
}

Step VoleReceiver::send_store() {
  if (store_list_.position() == 0) {
    BlockVector a = vole_->take_a();
    for_stretches(0, store_.size(), [&](std::size_t first, std::size_t count) {
      for (std::size_t i = first; i < first + count; ++i) store_[i] ^= a[i];
    });
    a.clear(parallel_);
  }
  // A message for each core.
  std::vector<ChunkedList> lists;
  for (; lists.size() < parallel_.width() && !store_list_.complete(); store_list_.pass())
    lists.push_back(store_list_);
  std::vector<BytesView> blocks(lists.size());
  std::vector<Bytes> bodies(lists.size());
  parallel_.run(lists.size(), [&](std::size_t i) {
    blocks[i] = block::bytes_of(store_.span().subspan(lists[i].position(), lists[i].next_count()));
    bodies[i] = lists[i].write(blocks[i]);
  });
  Step step;
  for (std::size_t i = 0; i < lists.size(); ++i)
    put_kept(step, VoleMatchMessage::masked_store, std::move(bodies[i]), blocks[i]);
  if (!store_list_.complete()) return enter(Stage::send_store, std::move(step));
  put(step, VoleMatchMessage::receiver_toss, to_bytes(mask_coin_.value.view()));
  return enter(Stage::decode, std::move(step));
}

Step VoleReceiver::decode() {
  if (!decoder_) {
    decoder_.emplace(*row_hash_, vole_->take_c(), parallel_);
    values_ = BlockVector(sorted_.keys.size(), block::Fill::unset, block::Wipe::yes);
  }
  const std::size_t end = std::min(decoded_ + step_keys, values_.size());
  const std::size_t steps_left = (values_.size() - decoded_ + step_keys - 1) / step_keys;
  for_stretches_beside([&] { note_kept(steps_left); }, decoded_, end,
                       [&](std::size_t first, std::size_t count) {
                         decoder_->decode_here(sorted_.keys.span().subspan(first, count),
                                               values_.span().subspan(first, count));
                       });
  decoded_ = end;
  if (decoded_ < values_.size()) return enter(Stage::decode);
  store_.clear(parallel_);
  decoder_->clear();
  decoder_.reset();
  return enter(Stage::confirm);
}

Result<Step> VoleReceiver::take_open(BytesView body) {
  ByteReader reader(body);
  PARLEY_TRY(const auto sender_coin, reader.array<coin_bytes>());
  PARLEY_TRY(const auto nonce, reader.array<nonce_bytes>());
  PARLEY_CHECK(reader.expect_end());
  if (commit_coin(domain::vole_mask_commitment, parameters_.offer_hash, sender_coin, nonce) !=
      sender_commitment_)
    return fail(ErrorKind::bad_input, "the peer opened another coin than it committed to");
  mask_keys_ = toss(domain::vole_mask_keys, parameters_.offer_hash, mask_coin_.value.view(), sender_coin);
  return enter(Stage::mask);
}

Step VoleReceiver::mask() {
  BlockVector masks(values_.size(), block::Fill::unset, block::Wipe::yes);
  for_stretches(0, masks.size(), [&](std::size_t first, std::size_t count) {
    mask_hash(mask_keys_[0], sorted_.keys.span().subspan(first, count), values_.span().subspan(first, count),
              masks.span().subspan(first, count));
  });
  if (parameters_.learner == Learner::receiver) {
    values_.clear(parallel_);
    sorted_.keys.clear(parallel_);
  }
  join_ = MaskJoin(sort_masks(std::move(masks), true, parallel_));
  return enter(Stage::masks);
}

Result<Step> VoleReceiver::take_masks(BytesView body) {
  BlockVector masks(masks_.next_count(), block::Fill::unset);
  Result<void> read;
  for_stretches_and_hash(1, [&](std::size_t, std::size_t) { read = masks_.read(body, masks.span()); });
  PARLEY_CHECK(std::move(read));
  std::vector<std::vector<std::uint32_t>> hits(parallel_.width());
  join_.take(masks.span(), parallel_, [&](std::size_t share, std::uint32_t position) {
    note_hit(sorted_.origin[position]);
    if (parameters_.learner == Learner::both) hits[share].push_back(position);
  });
  for (const auto& of_share : hits) hits_.insert(hits_.end(), of_share.begin(), of_share.end());
  if (!masks_.complete()) return enter(Stage::masks);
  join_.clear(parallel_);
  if (parameters_.learner == Learner::both) return enter(Stage::send_proofs);
  Step step;
  finish(step);
  return step;
}

// A proof for each common item; numbers from a private stream fill the list up to its public length.
void VoleReceiver::prepare_proofs() {
  BlockVector proofs(proof_count(parameters_), block::Fill::unset);
  PARLEY_ASSERT(hits_.size() <= proofs.size());
  for (std::size_t i = 0; i < hits_.size(); ++i)
    mask_hash(mask_keys_[1], {&sorted_.keys[hits_[i]], 1}, {&values_[hits_[i]], 1}, {&proofs[i], 1});
  values_.clear(parallel_);
  sorted_.keys.clear(parallel_);
  crypto::SeededEntropy fill(seed_, domain::vole_proof_stream);
  fill.fill(block::mutable_bytes_of(proofs.span().subspan(hits_.size())));
  const std::size_t width = proof_bytes(parameters_);
  for (Block& proof : proofs) proof = cut_to(proof, width);
  while (true) {
    proofs = sort_masks(std::move(proofs), false, parallel_).masks;
    bool alike = false;  // once in 2^40 sessions two are
    for (std::size_t i = 1; i < proofs.size(); ++i) {
      if (proofs[i] != proofs[i - 1]) continue;
      alike = true;
      fill.fill(block::mutable_bytes_of(proofs.span().subspan(i - 1, 1)));
      proofs[i - 1] = cut_to(proofs[i - 1], width);
    }
    if (!alike) break;
  }
  proof_values_ = std::move(proofs);
}

Step VoleReceiver::send_proofs() {
  if (proof_values_.empty()) prepare_proofs();
  Step step;
  put(step, VoleMatchMessage::receiver_proofs,
      proofs_.write(proof_values_.span().subspan(proofs_.position(), proofs_.next_count())));
  if (!proofs_.complete()) return enter(Stage::send_proofs, std::move(step));
  finish(step);
  return step;
}

}  // namespace parley::match
