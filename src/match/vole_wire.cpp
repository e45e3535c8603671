#include "match/vole_wire.hpp"

#include <algorithm>
#include <bit>

#include "crypto/hash.hpp"
#include "match/domains.hpp"

namespace parley::match {

okvs::Shape store_shape(const Parameters& parameters) {
  return okvs::shape_for(parameters.receiver_padded,
                         parameters.prefer == Prefer::bytes ? okvs::Density::compact : okvs::Density::tenth);
}

vole::VoleParameters vole_parameters(const Parameters& parameters) {
  vole::VoleParameters out;
  out.count = okvs::allocated_blocks(store_shape(parameters));
  out.code = parameters.protocol == Protocol::vole ? vole::Code::ex_conv_7x24 : vole::Code::ex_conv_21x24;
  out.session =
      crypto::Sha256().update(domain::vole_session).update(BytesView(parameters.offer_hash)).finish();
  return out;
}

ChunkedList store_list(const Parameters& parameters) {
  return {store_shape(parameters).columns, parameters.chunk, sizeof(block::Block)};
}

SortedListFormat mask_list(const Parameters& parameters) {
  return sorted_list_format(parameters.sender_padded, parameters.chunk, sizeof(block::Block));
}

std::uint32_t proof_count(const Parameters& parameters) {
  return std::min(parameters.receiver_padded, parameters.sender_padded);
}

std::size_t proof_bytes(const Parameters& parameters) {
  const auto log2_up = [](std::uint32_t size) { return static_cast<std::size_t>(std::bit_width(size - 1)); };
  return (40 + log2_up(parameters.receiver_padded) + log2_up(parameters.sender_padded) + 7) / 8;
}

SortedListFormat proof_list(const Parameters& parameters) {
  return sorted_list_format(proof_count(parameters), parameters.chunk, proof_bytes(parameters));
}

}  // namespace parley::match
