#include "match/dh_wire.hpp"

#include <algorithm>
#include <string>

#include "base/assert.hpp"

namespace parley::match {

std::uint32_t ChunkedList::next_count() const {
  return std::min(chunk_, elements_ - position_);
}

std::uint64_t ChunkedList::messages_done() const {
  return (std::uint64_t{position_} + chunk_ - 1) / chunk_;
}

std::uint64_t ChunkedList::messages() const {
  return (std::uint64_t{elements_} + chunk_ - 1) / chunk_;
}

Bytes ChunkedList::write(BytesView block) {
  PARLEY_ASSERT(!complete() && block.size() == next_count() * element_bytes_);
  Bytes body;
  body.reserve(4 + block.size());
  append_u32(body, position_);
  append(body, block);
  position_ += next_count();
  return body;
}

Result<BytesView> ChunkedList::read(BytesView body) {
  if (complete()) return fail(ErrorKind::bad_input, "a message behind the end of its list");
  ByteReader reader(body);
  PARLEY_TRY(const std::uint32_t first, reader.u32());
  if (first != position_)
    return fail(ErrorKind::bad_input, "the message begins at element " + std::to_string(first) +
                                          ", expected " + std::to_string(position_));
  PARLEY_TRY(const BytesView block, reader.take(next_count() * element_bytes_));
  PARLEY_CHECK(reader.expect_end());
  position_ += next_count();
  return block;
}

ChunkedList dh_list(DhMessage type, const Parameters& parameters) {
  switch (type) {
    case DhMessage::receiver_points:
      return {parameters.receiver_padded, parameters.chunk, point_bytes};
    case DhMessage::sender_points:
      return {parameters.sender_padded, parameters.chunk, point_bytes};
    case DhMessage::sender_tags:
      break;
  }
  return {parameters.receiver_padded, parameters.chunk, tag_bytes(parameters)};
}

}  // namespace parley::match
