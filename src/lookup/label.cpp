#include "lookup/label.hpp"

#include <algorithm>

namespace parley::lookup {
namespace {

constexpr std::uint8_t label_version = 1;
constexpr std::size_t head_bytes = label_bytes - max_pointer_bytes;

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

Result<EncodedLabel> encode_label(const Label& label) {
  if (label.pointer.size() > max_pointer_bytes || !is_printable(label.pointer))
    return fail(ErrorKind::bad_input, "the pointer of a label is at most 61 printable ASCII characters");
  EncodedLabel out{};
  out[0] = label_version;
  out[1] = label.marking;
  out[2] = static_cast<std::uint8_t>(label.pointer.size());
  std::ranges::copy(as_bytes(label.pointer), out.begin() + head_bytes);
  return out;
}

Result<Label> decode_label(BytesView bytes) {
  const auto refused = [] { return fail(ErrorKind::bad_input, "not the label of a look-up"); };
  if (bytes.size() != label_bytes || bytes[0] != label_version || bytes[2] > max_pointer_bytes)
    return refused();
  Label out;
  out.marking = bytes[1];
  out.pointer = as_text(bytes.subspan(head_bytes, bytes[2]));
  const BytesView rest = bytes.subspan(head_bytes + bytes[2]);
  const bool padded = std::ranges::all_of(rest, [](std::uint8_t byte) { return byte == 0; });
  if (!padded || !is_printable(out.pointer)) return refused();
  return out;
}

}  // namespace parley::lookup
