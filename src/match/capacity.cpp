#include "match/capacity.hpp"

#include "match/dh_wire.hpp"
#include "match/vole_wire.hpp"

namespace parley::match {

namespace {

// Commitments, coins and their openings.
constexpr std::uint64_t toss_bytes = 2 * commitment_bytes + 4 * coin_bytes + 2 * nonce_bytes;

std::uint64_t cells(const Parameters& parameters) {
  return store_shape(parameters).columns;
}

// At most: the part in unary depends on the numbers.
std::uint64_t list_bytes(const SortedListFormat& format) {
  const std::uint64_t count = format.count;
  const std::uint64_t bits = format.unary == 0 ? 0 : count + (std::uint64_t{1} << (8 * format.unary));
  return (format.width - format.unary) * count + bits / 8;
}

}  // namespace

std::uint64_t most_items(const Parameters& parameters, Role side) {
  if (side == Role::sender) return parameters.sender_padded;
  return is_vole(parameters.protocol) ? cells(parameters) : parameters.receiver_padded;
}

bool carries_answer(const Parameters& parameters, Role sender, std::uint8_t type) {
  if (parameters.protocol == Protocol::dh)
    return sender == Role::sender && type == static_cast<std::uint8_t>(DhMessage::sender_tags);
  return type == static_cast<std::uint8_t>(sender == Role::sender ? VoleMatchMessage::sender_masks
                                                                  : VoleMatchMessage::receiver_proofs);
}

std::uint64_t estimated_bytes(const Parameters& parameters) {
  const std::uint64_t n = parameters.receiver_padded;
  const std::uint64_t m = parameters.sender_padded;
  if (parameters.protocol == Protocol::dh) return point_bytes * (n + m) + tag_bytes(parameters) * n;
  std::uint64_t out =
      toss_bytes + sizeof(block::Block) * cells(parameters) + list_bytes(mask_list(parameters));
  for (std::uint8_t message = 1; message <= 5; ++message)
    out += vole::message_bytes(static_cast<vole::VoleMessage>(message), vole_parameters(parameters));
  if (parameters.learner == Learner::both) out += list_bytes(proof_list(parameters));
  return out;
}

}  // namespace parley::match
