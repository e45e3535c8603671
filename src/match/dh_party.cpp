#include "match/dh_party.hpp"

#include <algorithm>
#include <cstring>

#include "group/batch.hpp"
#include "match/domains.hpp"
#include "match/permutation.hpp"

namespace parley::match {
namespace {

std::vector<std::uint32_t> secret_order(std::uint32_t padded, const crypto::Secret<32>& seed) {
  crypto::SeededEntropy stream(seed, domain::order_stream);
  return make_permutation(padded, stream);
}

crypto::Scalar secret_scalar(const crypto::Secret<32>& seed) {
  crypto::SeededEntropy stream(seed, domain::scalar_stream);
  return crypto::Scalar::random(stream);
}

// Bound to the offer, so that points of one session mean nothing in another.
std::string hash_to_group_tag(const Parameters& parameters) {
  return std::string(domain::hash_to_group) + std::string(as_text(parameters.offer_hash));
}

}  // namespace

DhParty::DhParty(Role role, const Parameters& parameters, const crypto::Secret<32>& seed, ItemSet items,
                 Parallel& parallel)
    : parameters_(parameters),
      items_(std::move(items)),
      seed_(seed.clone()),
      order_(
          secret_order(role == Role::receiver ? parameters.receiver_padded : parameters.sender_padded, seed)),
      role_(role),
      parallel_(parallel),
      hash_tag_(hash_to_group_tag(parameters)),
      scalar_(secret_scalar(seed)),
      dummies_(seed, domain::dummy_stream),
      transcript_(role, parameters.offer_hash),
      lists_{dh_list(DhMessage::receiver_points, parameters), dh_list(DhMessage::sender_points, parameters),
             dh_list(DhMessage::sender_tags, parameters)} {}

template <class F>
Result<Step> DhParty::guarded(bool allowed, F&& call) {
  Result<Step> step =
      allowed
          ? call()
          : Result<Step>(fail(ErrorKind::bad_input, turn_ == Turn::over ? "the matching session is over"
                                                                        : "a message or call out of turn"));
  if (!step || step->done)
    turn_ = Turn::over;
  else
    turn_ = step->more ? Turn::ours : Turn::peers;
  return step;
}

Result<Step> DhParty::start() {
  return guarded(turn_ == Turn::not_started, [&] { return begin(); });
}

Result<Step> DhParty::resume() {
  return guarded(turn_ == Turn::ours, [&] { return go_on(); });
}

Result<Step> DhParty::on_message(std::uint8_t type, BytesView body) {
  return guarded(turn_ == Turn::peers, [&]() -> Result<Step> {
    if (type < 1 || type > 3) return fail(ErrorKind::bad_input, "no such message type");
    PARLEY_TRY(Step step, receive(static_cast<DhMessage>(type), body));
    return step;
  });
}

Work DhParty::work() const {
  Work out;
  for (const ChunkedList& l : lists_) {
    out.done += l.messages_done();
    out.total += l.messages();
  }
  return out;
}

Message DhParty::next_own_points() {
  const auto type = role_ == Role::receiver ? DhMessage::receiver_points : DhMessage::sender_points;
  ChunkedList& own = list(type);
  const std::uint32_t count = own.next_count();
  // A dummy takes the same way as an item: 64 private bytes, hashed to the group. That keeps the time of a
  // message from telling how many it holds. The bytes come from the session seed and are never sent.
  std::vector<ByteArray<64>> dummies(count);
  std::vector<BytesView> messages(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t source = order_[own.position() + i];
    if (source < items_.size()) {
      messages[i] = items_[source];
    } else {
      dummies_.fill(dummies[i]);
      messages[i] = dummies[i];
    }
  }
  Bytes block(count * point_bytes);
  std::vector<crypto::EncodedPoint> points(count);
  group::hash_and_multiply_batch(messages, hash_tag_, scalar_, points, parallel_);
  for (auto& dummy : dummies) crypto::wipe(dummy);
  std::memcpy(block.data(), points.data(), block.size());
  return {static_cast<std::uint8_t>(type), own.write(block)};
}

Result<std::vector<crypto::EncodedPoint>> DhParty::mask_peer_points(BytesView block) {
  std::vector<crypto::EncodedPoint> in(block.size() / point_bytes);
  std::memcpy(in.data(), block.data(), block.size());
  std::vector<crypto::EncodedPoint> out(in.size());
  PARLEY_CHECK(group::multiply_batch(in, scalar_, out, parallel_));
  return out;
}

Bytes DhParty::tag_of(const crypto::EncodedPoint& point) {
  const crypto::Hash512 hash = tag_hash_.update(domain::tag)
                                   .update(BytesView(parameters_.offer_hash))
                                   .update(BytesView(point))
                                   .finish();
  return to_bytes(BytesView(hash).first(tag_bytes(parameters_)));
}

Step DhParty::send(Message message) {
  transcript_.sent(message);
  Step step;
  step.send.push_back(std::move(message));
  return step;
}

}  // namespace parley::match
