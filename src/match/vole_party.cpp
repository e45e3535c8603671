#include "match/vole_party.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "match/domains.hpp"

namespace parley::match {
namespace {

constexpr std::uint32_t items_a_step = 1U << 16;
constexpr std::size_t dummy_bytes = 32;

std::uint32_t padded(Role role, const Parameters& parameters) {
  return role == Role::receiver ? parameters.receiver_padded : parameters.sender_padded;
}

crypto::Sha256 stream_hash(Role role, const crypto::Hash256& offer_hash) {
  const auto byte = static_cast<std::uint8_t>(role);
  crypto::Sha256 out;
  out.update(domain::vole_sent).update(BytesView(offer_hash)).update(BytesView(&byte, 1));
  return out;
}

Role other(Role role) {
  return role == Role::receiver ? Role::sender : Role::receiver;
}

}  // namespace

VoleParty::VoleParty(Role role, const Parameters& parameters, const crypto::Secret<32>& seed, ItemSet items,
                     Parallel& parallel)
    : parameters_(parameters),
      seed_(seed.clone()),
      parallel_(parallel),
      size_(items.size()),
      hit_(role == Role::receiver || parameters.learner == Learner::both ? items.size() : 0),
      role_(role),
      items_(std::move(items)),
      item_hash_(parameters.offer_hash),
      dummies_(seed, domain::vole_dummy_stream),
      coins_(seed, domain::vole_coin_stream),
      sent_(stream_hash(role, parameters.offer_hash)),
      received_(stream_hash(other(role), parameters.offer_hash)) {}

Result<Step> VoleParty::start() {
  return turns_.first([&] { return begin(); });
}

Result<Step> VoleParty::resume() {
  return turns_.own([&] { return go_on(); });
}

Result<Step> VoleParty::on_message(std::uint8_t type, BytesView body) {
  return turns_.peers([&]() -> Result<Step> {
    receiving_.emplace(type, body);
    PARLEY_TRY(Step step, receive(static_cast<VoleMatchMessage>(type), body));
    note_received();
    return step;
  });
}

Work VoleParty::work() const {
  constexpr std::uint64_t single_messages = 10;  // five of ours, five of the VOLE
  Work out{messages_, single_messages + store_list(parameters_).messages() +
                          SortedList(mask_list(parameters_)).messages()};
  if (parameters_.learner == Learner::both) out.total += SortedList(proof_list(parameters_)).messages();
  return out;
}

crypto::Hash256 VoleParty::transcript_hash() const {
  const crypto::Hash256 own = sent_.peek();
  const crypto::Hash256 peers = received_.peek();
  return crypto::Sha256()
      .update(domain::vole_transcript)
      .update(BytesView(parameters_.offer_hash))
      .update(BytesView(role_ == Role::receiver ? own : peers))
      .update(BytesView(role_ == Role::receiver ? peers : own))
      .finish();
}

void VoleParty::note(crypto::Sha256& hash, std::uint8_t type, BytesView head, BytesView rest) {
  Bytes frame = {type};
  append_u32(frame, static_cast<std::uint32_t>(head.size() + rest.size()));
  hash.update(BytesView(frame)).update(head).update(rest);
}

void VoleParty::note_received() {
  if (!receiving_) return;
  note(received_, receiving_->first, receiving_->second);
  ++messages_;
  receiving_.reset();
}

bool VoleParty::hash_some() {
  const std::uint32_t all = padded(role_, parameters_);
  if (keys_.empty()) keys_ = block::BlockVector(all, block::Fill::unset, block::Wipe::yes);
  const std::uint32_t end = hashed_ + std::min(items_a_step, all - hashed_);
  const std::uint32_t first_dummy = std::clamp(size_, hashed_, end);
  Bytes dummies((end - first_dummy) * dummy_bytes);
  dummies_.fill(dummies);
  for_stretches(hashed_, end, [&](std::size_t first, std::size_t count) {
    constexpr std::size_t batch = 256;
    std::array<BytesView, batch> views;
    const std::size_t last = first + count;
    for (std::size_t at = first; at < last;) {
      const bool real = at < first_dummy;
      const std::size_t some = std::min(batch, (real ? std::min<std::size_t>(first_dummy, last) : last) - at);
      for (std::size_t i = 0; i < some; ++i)
        views[i] = real ? items_[static_cast<std::uint32_t>(at + i)]
                        : BytesView(dummies).subspan((at + i - first_dummy) * dummy_bytes, dummy_bytes);
      const auto out = keys_.span().subspan(at, some);
      real ? item_hash_.of_items(std::span(views).first(some), out)
           : item_hash_.of_dummies(std::span(views).first(some), out);
      at += some;
    }
  });
  crypto::wipe(dummies);
  hashed_ = end;
  if (hashed_ < all) return false;
  items_.clear(parallel_);
  return true;
}

void VoleParty::put(Step& step, VoleMatchMessage type, Bytes body) {
  ++messages_;
  if (kept_.empty())
    note(sent_, static_cast<std::uint8_t>(type), body);
  else
    kept_.push_back({static_cast<std::uint8_t>(type), body, {}});
  step.send.push_back({static_cast<std::uint8_t>(type), std::move(body)});
}

void VoleParty::put_kept(Step& step, VoleMatchMessage type, Bytes body, BytesView kept) {
  ++messages_;
  kept_.push_back(
      {static_cast<std::uint8_t>(type), to_bytes(BytesView(body).first(body.size() - kept.size())), kept});
  step.send.push_back({static_cast<std::uint8_t>(type), std::move(body)});
}

void VoleParty::note_kept(std::size_t shares) {
  for (std::size_t left = (kept_.size() + shares - 1) / shares; left > 0; --left) {
    note(sent_, kept_.front().type, kept_.front().head, kept_.front().rest);
    kept_.pop_front();
  }
}

Step VoleParty::wrap(vole::Step step) {
  Step out;
  for (vole::Message& message : step.send) put(out, of_vole(message.type), std::move(message.body));
  out.more = step.more;
  return out;
}

Coin VoleParty::draw_coin() {
  Coin out;
  coins_.fill(out.value.mutable_view());
  coins_.fill(out.nonce.mutable_view());
  return out;
}

void VoleParty::note_hit(std::uint32_t index) {
  if (index < size_) hit_[index] = 1;
}

void VoleParty::finish(Step& step) {
  outcome_.emplace();
  for (std::uint32_t i = 0; i < size_; ++i)
    if (hit_[i] != 0) outcome_->items.push_back(i);
  outcome_->size = static_cast<std::uint32_t>(outcome_->items.size());
  hit_ = {};
  step.done = true;
  step.more = false;
}

}  // namespace parley::match
