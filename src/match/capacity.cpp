#include "match/capacity.hpp"

#include <algorithm>

#include "match/dh_wire.hpp"

namespace parley::match {

namespace {

// Of vole-rr22/1 (docs/spec/matching-vole.md): cells of the receiver's store for a hundred items, the least
// number of items that a store is made for, the fixed part of a run in bytes, and the messages that carry
// results.
constexpr std::uint64_t cells_per_hundred_time = 110;
constexpr std::uint64_t cells_per_hundred_bytes = 103;
constexpr std::uint32_t dense_from = 1U << 16;
constexpr std::uint32_t least_rows = 1U << 10;
constexpr std::uint64_t fixed_bytes = 560'000;
constexpr std::uint64_t cell_bytes = 16;
constexpr std::uint8_t sender_masks = 7;
constexpr std::uint8_t receiver_proofs = 8;

std::uint64_t cells(const Parameters& parameters) {
  const std::uint64_t rows = std::max(parameters.receiver_padded, least_rows);
  const bool dense = parameters.prefer == Prefer::bytes && rows >= dense_from;
  return (rows * (dense ? cells_per_hundred_bytes : cells_per_hundred_time) + 99) / 100;
}

}  // namespace

std::uint64_t most_items(const Parameters& parameters, Role side) {
  if (side == Role::sender) return parameters.sender_padded;
  return is_vole(parameters.protocol) ? cells(parameters) : parameters.receiver_padded;
}

bool carries_answer(const Parameters& parameters, Role sender, std::uint8_t type) {
  if (parameters.protocol == Protocol::dh)
    return sender == Role::sender && type == static_cast<std::uint8_t>(DhMessage::sender_tags);
  return type == (sender == Role::sender ? sender_masks : receiver_proofs);
}

std::uint64_t estimated_bytes(const Parameters& parameters) {
  const std::uint64_t n = parameters.receiver_padded;
  const std::uint64_t m = parameters.sender_padded;
  if (parameters.protocol == Protocol::dh) return point_bytes * (n + m) + tag_bytes(parameters) * n;
  return fixed_bytes + cell_bytes * (cells(parameters) + m);
}

}  // namespace parley::match
