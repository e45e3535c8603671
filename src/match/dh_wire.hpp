#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "match/parameters.hpp"

namespace parley::match {

/// The three message types of the Diffie-Hellman protocol, in the order in which they are sent.
enum class DhMessage : std::uint8_t {
  receiver_points = 1,  ///< receiver to sender: H(x)^a
  sender_points = 2,    ///< sender to receiver: H(y)^b
  sender_tags = 3,      ///< sender to receiver: the tag of H(x)^ab for each receiver point
};

inline constexpr std::size_t point_bytes = 32;

/// A list of elements of one size that is sent in messages of `chunk` elements, the last one shorter. A body
/// is u32 index of its first element ‖ elements. One object reads or writes one list once.
class ChunkedList {
 public:
  ChunkedList(std::uint32_t elements, std::uint32_t chunk, std::size_t element_bytes)
      : elements_(elements), chunk_(chunk), element_bytes_(element_bytes) {}

  /// How many elements the next message holds; 0 when the list is complete.
  std::uint32_t next_count() const;
  /// Index of the first element of the next message.
  std::uint32_t position() const { return position_; }
  bool complete() const { return position_ == elements_; }
  /// Messages that are done, and messages in all.
  std::uint64_t messages_done() const;
  std::uint64_t messages() const;

  /// The body of the next message; `block` holds exactly `next_count()` elements.
  Bytes write(BytesView block);
  /// Counts the next message as done: a copy of this list writes it.
  void pass() { position_ += next_count(); }
  /// The elements of the next body. Bad input unless it is the next one and has exactly its length.
  Result<BytesView> read(BytesView body);

 private:
  std::uint32_t elements_;
  std::uint32_t chunk_;
  std::size_t element_bytes_;
  std::uint32_t position_ = 0;
};

/// The list that messages of a type carry under these parameters.
ChunkedList dh_list(DhMessage type, const Parameters& parameters);

}  // namespace parley::match
