#include "match/dh_receiver.hpp"

#include <algorithm>

namespace parley::match {

DhReceiver::DhReceiver(const Parameters& parameters, const crypto::Secret<32>& seed, ItemSet items,
                       Parallel& parallel)
    : DhParty(Role::receiver, parameters, seed, std::move(items), parallel) {
  own_points_.reserve(parameters.receiver_padded);
  peer_tags_.reserve(parameters.sender_padded);
}

Result<Step> DhReceiver::begin() {
  return send_points();
}

Result<Step> DhReceiver::go_on() {
  return send_points();
}

Step DhReceiver::send_points() {
  Message message = next_own_points();
  const BytesView block = BytesView(message.body).subspan(4);
  for (std::size_t at = 0; at < block.size(); at += point_bytes)
    own_points_.add(block.subspan(at, point_bytes));
  Step step = send(std::move(message));
  step.more = !list(DhMessage::receiver_points).complete();
  if (!step.more) own_points_.seal();
  return step;
}

Result<Step> DhReceiver::receive(DhMessage type, BytesView body) {
  const DhMessage expected =
      list(DhMessage::sender_points).complete() ? DhMessage::sender_tags : DhMessage::sender_points;
  if (type != expected) return fail(ErrorKind::bad_input, "a message of a type that does not come here");
  return type == DhMessage::sender_points ? take_points(body) : take_tags(body);
}

Result<Step> DhReceiver::take_points(BytesView body) {
  PARLEY_TRY(const BytesView block, list(DhMessage::sender_points).read(body));
  for (std::size_t at = 0; at < block.size(); at += point_bytes)
    if (own_points_.contains(block.subspan(at, point_bytes)))
      return fail(ErrorKind::bad_input, "the peer sent one of our own points back");
  PARLEY_TRY(const auto masked, mask_peer_points(block));
  for (const crypto::EncodedPoint& point : masked) peer_tags_.add(tag_of(point));
  if (list(DhMessage::sender_points).complete()) {
    peer_tags_.seal();
    // Tags of different points are equal with probability 2^-40 over the whole session, so a repeat is a
    // point that was sent twice.
    if (peer_tags_.has_duplicates()) return fail(ErrorKind::bad_input, "the peer sent a point twice");
    own_points_ = {};
    seen_tags_.reserve(parameters_.receiver_padded);
  }
  note_received(DhMessage::sender_points, body);
  return Step{};
}

Result<Step> DhReceiver::take_tags(BytesView body) {
  ChunkedList& tags = list(DhMessage::sender_tags);
  std::uint32_t position = tags.position();
  PARLEY_TRY(const BytesView block, tags.read(body));
  const std::size_t size = tag_bytes(parameters_);
  for (std::size_t at = 0; at < block.size(); at += size, ++position) {
    const BytesView tag = block.subspan(at, size);
    seen_tags_.add(tag);
    if (!peer_tags_.contains(tag)) continue;
    if (parameters_.output == Output::size) {
      ++found_.size;
    } else if (order_[position] < items_.size()) {
      // A hit on a dummy is left out in silence: to stop there would tell a cheating sender which of our
      // points are dummies.
      found_.items.push_back(order_[position]);
    }
  }
  note_received(DhMessage::sender_tags, body);
  if (!tags.complete()) return Step{};
  return finish();
}

Result<Step> DhReceiver::finish() {
  seen_tags_.seal();
  if (seen_tags_.has_duplicates()) return fail(ErrorKind::bad_input, "the peer sent a tag twice");
  if (parameters_.output == Output::items) {
    std::ranges::sort(found_.items);
    found_.size = static_cast<std::uint32_t>(found_.items.size());
  }
  if (found_.size > items_.size())
    return fail(ErrorKind::bad_input, "the peer answered with more hits than we have items");
  outcome_ = std::move(found_);
  Step step;
  step.done = true;
  return step;
}

}  // namespace parley::match
