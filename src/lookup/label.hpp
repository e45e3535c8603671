#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "lookup/item_key.hpp"

namespace parley::lookup {

/// What a hit may show: where to ask further, and how what lies there is marked. Never the thing itself.
struct Label {
  std::string pointer;       ///< printable ASCII, at most `max_pointer_bytes`
  std::uint8_t marking = 0;  ///< TLP as a number; its meaning is the caller's
  bool operator==(const Label&) const = default;
};
inline constexpr std::size_t max_pointer_bytes = label_bytes - 3;

using EncodedLabel = ByteArray<label_bytes>;
/// Version 1, marking, length, pointer, zeros. A pointer that is too long or not printable is bad input.
Result<EncodedLabel> encode_label(const Label& label);
/// Bad input for anything that `encode_label` does not write.
Result<Label> decode_label(BytesView bytes);

}  // namespace parley::lookup
