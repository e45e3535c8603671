#include "match/vole_sender.hpp"

#include <algorithm>
#include <utility>

#include "block/gf128.hpp"
#include "match/domains.hpp"

namespace parley::match {

using block::Block;
using block::BlockVector;

VoleSender::VoleSender(const Parameters& parameters, const crypto::Secret<32>& seed, ItemSet items,
                       Parallel& parallel, std::unique_ptr<VoleSenderEnd> vole)
    : VoleParty(Role::sender, parameters, seed, std::move(items), parallel),
      vole_(std::move(vole)),
      store_coin_(draw_coin()),
      mask_coin_(draw_coin()),
      store_list_(store_list(parameters)),
      masks_(mask_list(parameters)),
      proofs_(proof_list(parameters)) {}

VoleSender::~VoleSender() {
  crypto::wipe(block::mutable_bytes_of({&delta_, 1}));
}

Result<Step> VoleSender::begin() {
  PARLEY_TRY(vole::Step hello, vole_->start());
  return enter(Stage::hash_items, wrap(std::move(hello)));
}

// A stage in which the VOLE has nothing more to wait for is passed over.
Step VoleSender::enter(Stage stage, Step step) {
  if (stage == Stage::correlation && vole_->computed()) stage = Stage::open;
  if (stage == Stage::check && vole_->done()) stage = Stage::store;
  stage_ = stage;
  step.more = stage == Stage::hash_items || stage == Stage::sort_keys || stage == Stage::decode ||
              stage == Stage::mask || stage == Stage::send_masks || stage == Stage::prepare_proofs;
  return step;
}

Result<Step> VoleSender::receive(VoleMatchMessage type, BytesView body) {
  if ((stage_ == Stage::correlation || stage_ == Stage::check) && is_vole(type)) {
    const int number = static_cast<int>(type) - static_cast<int>(VoleMatchMessage::vole);
    return take_vole(vole_->on_message(static_cast<std::uint8_t>(number), body));
  }
  if (stage_ == Stage::commit && type == VoleMatchMessage::receiver_commit) return take_commit(body);
  if (stage_ == Stage::open && type == VoleMatchMessage::receiver_open) return take_open(body);
  if (stage_ == Stage::store && type == VoleMatchMessage::masked_store) return take_store(body);
  if (stage_ == Stage::toss && type == VoleMatchMessage::receiver_toss) return take_toss(body);
  if (stage_ == Stage::proofs && type == VoleMatchMessage::receiver_proofs) return take_proofs(body);
  return fail(ErrorKind::bad_input, "a message of a type that does not come here");
}

Result<Step> VoleSender::go_on() {
  switch (stage_) {
    case Stage::hash_items:
      return enter(hash_some() ? Stage::commit : Stage::hash_items);
    case Stage::sort_keys:
      sorted_ = okvs::sort_keys(*row_hash_, std::move(keys_), parallel_);
      return enter(Stage::check);
    case Stage::decode:
      return decode();
    case Stage::mask:
      return mask();
    case Stage::send_masks:
      return send_masks();
    case Stage::prepare_proofs:
      return prepare_proofs();
    default:
      return take_vole(vole_->resume());
  }
}

Result<Step> VoleSender::take_vole(Result<vole::Step> vole_step) {
  PARLEY_TRY(vole::Step inner, std::move(vole_step));
  Step step = wrap(std::move(inner));
  if (step.more) return step;
  return enter(stage_, std::move(step));
}

Result<Step> VoleSender::take_commit(BytesView body) {
  PARLEY_TRY(receiver_commitment_, to_array<commitment_bytes>(body));
  Bytes out = to_bytes(store_coin_.value.view());
  append(out, BytesView(commit_coin(domain::vole_mask_commitment, parameters_.offer_hash,
                                    mask_coin_.value.view(), mask_coin_.nonce.view())));
  Step step;
  put(step, VoleMatchMessage::sender_toss, std::move(out));
  return enter(Stage::correlation, std::move(step));
}

Result<Step> VoleSender::take_open(BytesView body) {
  ByteReader reader(body);
  PARLEY_TRY(const auto receiver_coin, reader.array<coin_bytes>());
  PARLEY_TRY(const auto nonce, reader.array<nonce_bytes>());
  PARLEY_CHECK(reader.expect_end());
  if (commit_coin(domain::vole_store_commitment, parameters_.offer_hash, receiver_coin, nonce) !=
      receiver_commitment_)
    return fail(ErrorKind::bad_input, "the peer opened another coin than it committed to");
  store_seed_ =
      toss(domain::vole_store_seed, parameters_.offer_hash, receiver_coin, store_coin_.value.view());
  row_hash_.emplace(store_shape(parameters_), store_seed_[0]);
  return enter(Stage::sort_keys);
}

// K += A·Δ for the blocks that came.
Result<Step> VoleSender::take_store(BytesView body) {
  const std::size_t first = store_list_.position();
  PARLEY_TRY(const BytesView bytes, store_list_.read(body));
  if (first == 0) {
    store_ = vole_->take_b();
    delta_ = vole_->delta();
  }
  for_stretches_and_hash(bytes.size() / sizeof(Block), [&](std::size_t at, std::size_t count) {
    constexpr std::size_t batch = 256;
    std::array<Block, batch> a;
    for (std::size_t i = at; i < at + count; i += batch) {
      const std::size_t some = std::min(batch, at + count - i);
      std::memcpy(a.data(), bytes.data() + i * sizeof(Block), some * sizeof(Block));
      block::mul_add_constant(store_.span().subspan(first + i, some), std::span(a).first(some), delta_);
    }
  });
  return enter(store_list_.complete() ? Stage::toss : Stage::store);
}

Result<Step> VoleSender::take_toss(BytesView body) {
  PARLEY_TRY(const auto receiver_coin, to_array<coin_bytes>(body));
  mask_keys_ = toss(domain::vole_mask_keys, parameters_.offer_hash, receiver_coin, mask_coin_.value.view());
  Bytes opening = to_bytes(mask_coin_.value.view());
  append(opening, mask_coin_.nonce.view());
  Step step;
  put(step, VoleMatchMessage::sender_open, std::move(opening));
  return enter(Stage::decode, std::move(step));
}

// F(y) = Decode(K, y) + Δ·H^B(y).
Step VoleSender::decode() {
  if (!decoder_) {
    decoder_.emplace(*row_hash_, std::move(store_), parallel_);
    values_ = BlockVector(sorted_.keys.size(), block::Fill::unset, block::Wipe::yes);
  }
  const std::size_t end = std::min(decoded_ + step_keys, values_.size());
  for_stretches(decoded_, end, [&](std::size_t first, std::size_t count) {
    decoder_->decode_here(sorted_.keys.span().subspan(first, count), values_.span().subspan(first, count));
    constexpr std::size_t batch = 256;
    std::array<Block, batch> of_items;
    for (std::size_t i = first; i < first + count; i += batch) {
      const std::size_t some = std::min(batch, first + count - i);
      store_values(store_seed_[1], sorted_.keys.span().subspan(i, some), std::span(of_items).first(some));
      block::mul_add_constant(values_.span().subspan(i, some), std::span(of_items).first(some), delta_);
    }
    crypto::wipe(block::mutable_bytes_of(of_items));
  });
  decoded_ = end;
  if (decoded_ < values_.size()) return enter(Stage::decode);
  decoder_->clear();
  decoder_.reset();
  return enter(Stage::mask);
}

SortedMasks VoleSender::masks_under(Block key, std::size_t width, bool with_origin) const {
  // Those that are sent need no wiping; those that are compared with proofs are nobody's but ours.
  BlockVector masks(values_.size(), block::Fill::unset, with_origin ? block::Wipe::yes : block::Wipe::no);
  for_stretches(0, masks.size(), [&](std::size_t first, std::size_t count) {
    const auto out = masks.span().subspan(first, count);
    mask_hash(key, sorted_.keys.span().subspan(first, count), values_.span().subspan(first, count), out);
    if (width < sizeof(Block))
      for (Block& mask : out) mask = cut_to(mask, width);
  });
  return sort_masks(std::move(masks), with_origin, parallel_);
}

Step VoleSender::mask() {
  own_masks_ = masks_under(mask_keys_[0], sizeof(Block), false);
  if (parameters_.learner == Learner::receiver) {
    values_.clear(parallel_);
    sorted_.keys.clear(parallel_);
    sorted_.origin = {};
  }
  return enter(Stage::send_masks);
}

Step VoleSender::send_masks() {
  const auto write = [&] {
    next_masks_ = masks_.write(own_masks_.masks.span().subspan(masks_.position(), masks_.next_count()));
  };
  if (next_masks_.empty()) write();
  Step step;
  put_beside(step, VoleMatchMessage::sender_masks, std::exchange(next_masks_, {}), [&] {
    if (!masks_.complete()) write();
  });
  if (!next_masks_.empty()) return enter(Stage::send_masks, std::move(step));
  own_masks_.masks.clear(parallel_);
  if (parameters_.learner == Learner::both) return enter(Stage::prepare_proofs, std::move(step));
  step.done = true;
  return step;
}

Step VoleSender::prepare_proofs() {
  join_ = MaskJoin(masks_under(mask_keys_[1], proof_bytes(parameters_), true));
  values_.clear(parallel_);
  sorted_.keys.clear(parallel_);
  return enter(Stage::proofs);
}

Result<Step> VoleSender::take_proofs(BytesView body) {
  BlockVector proofs(proofs_.next_count(), block::Fill::unset);
  PARLEY_CHECK(proofs_.read(body, proofs.span()));
  join_.take(proofs.span(), parallel_,
             [&](std::size_t, std::uint32_t position) { note_hit(sorted_.origin[position]); });
  Step step = enter(Stage::proofs);
  if (proofs_.complete()) finish(step);
  return step;
}

}  // namespace parley::match
