#include "match/dh_sender.hpp"

#include <algorithm>

#include "match/domains.hpp"
#include "match/permutation.hpp"
#include "match/prefix_table.hpp"

namespace parley::match {

DhSender::DhSender(const Parameters& parameters, const crypto::Secret<32>& seed, ItemSet items,
                   Parallel& parallel)
    : DhParty(Role::sender, parameters, seed, std::move(items), parallel) {
  tags_.reserve(parameters.receiver_padded * tag_bytes(parameters));
}

Result<Step> DhSender::begin() {
  return Step{};
}

Result<Step> DhSender::receive(DhMessage type, BytesView body) {
  if (type != DhMessage::receiver_points)
    return fail(ErrorKind::bad_input, "a message of a type that does not come here");
  ChunkedList& points = list(DhMessage::receiver_points);
  PARLEY_TRY(const BytesView block, points.read(body));
  PARLEY_TRY(const auto masked, mask_peer_points(block));
  for (const crypto::EncodedPoint& point : masked) append(tags_, BytesView(tag_of(point)));
  note_received(type, body);
  Step step;
  if (points.complete()) {
    PARLEY_CHECK(close_tags());
    step.more = true;
  }
  return step;
}

Result<void> DhSender::close_tags() {
  const std::size_t size = tag_bytes(parameters_);
  PrefixTable seen;
  seen.reserve(parameters_.receiver_padded);
  for (std::size_t at = 0; at < tags_.size(); at += size) seen.add(BytesView(tags_).subspan(at, size));
  seen.seal();
  // A point sent twice would let a receiver who learns only the size count one item twice over.
  if (seen.has_duplicates()) return fail(ErrorKind::bad_input, "the peer sent a point twice");
  if (parameters_.output == Output::size) {
    crypto::SeededEntropy stream(seed_, domain::tag_order_stream);
    const auto order = make_permutation(parameters_.receiver_padded, stream);
    Bytes shuffled(tags_.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      std::copy_n(tags_.begin() + static_cast<std::ptrdiff_t>(order[i] * size), size,
                  shuffled.begin() + static_cast<std::ptrdiff_t>(i * size));
    tags_ = std::move(shuffled);
  }
  return {};
}

Result<Step> DhSender::go_on() {
  if (!list(DhMessage::sender_points).complete()) {
    Step step = send(next_own_points());
    step.more = true;
    return step;
  }
  ChunkedList& tags = list(DhMessage::sender_tags);
  const std::size_t size = tag_bytes(parameters_);
  const BytesView block = BytesView(tags_).subspan(tags.position() * size, tags.next_count() * size);
  Step step = send({static_cast<std::uint8_t>(DhMessage::sender_tags), tags.write(block)});
  step.done = tags.complete();
  step.more = !step.done;
  return step;
}

}  // namespace parley::match
