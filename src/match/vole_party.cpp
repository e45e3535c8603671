#include "match/vole_party.hpp"

#include <algorithm>
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

void VoleParty::note(crypto::Sha256& hash, std::uint8_t type, BytesView body) {
  Bytes head = {type};
  append_u32(head, static_cast<std::uint32_t>(body.size()));
  hash.update(BytesView(head)).update(body);
  ++messages_;
}

void VoleParty::note_received() {
  if (receiving_) note(received_, receiving_->first, receiving_->second);
  receiving_.reset();
}

bool VoleParty::hash_some() {
  const std::uint32_t all = padded(role_, parameters_);
  if (keys_.empty()) keys_ = block::BlockVector(all, block::Fill::unset, block::Wipe::yes);
  const std::uint32_t end = hashed_ + std::min(items_a_step, all - hashed_);
  std::vector<BytesView> views;
  views.reserve(end - hashed_);
  for (std::uint32_t i = hashed_; i < std::min(end, size_); ++i) views.push_back(items_[i]);
  const std::size_t real = views.size();
  Bytes dummies((end - hashed_ - real) * dummy_bytes);
  dummies_.fill(dummies);
  for (std::size_t at = 0; at < dummies.size(); at += dummy_bytes)
    views.push_back(BytesView(dummies).subspan(at, dummy_bytes));
  const auto hash = [&](std::size_t begin, std::size_t last, auto member) {
    for_stretches(begin, last, [&](std::size_t first, std::size_t count) {
      (item_hash_.*member)(std::span(views).subspan(first, count),
                           keys_.span().subspan(hashed_ + first, count));
    });
  };
  hash(0, real, &ItemHash::of_items);
  hash(real, views.size(), &ItemHash::of_dummies);
  crypto::wipe(dummies);
  hashed_ = end;
  if (hashed_ < all) return false;
  items_ = {};
  return true;
}

void VoleParty::put(Step& step, VoleMatchMessage type, Bytes body) {
  note(sent_, static_cast<std::uint8_t>(type), body);
  step.send.push_back({static_cast<std::uint8_t>(type), std::move(body)});
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
