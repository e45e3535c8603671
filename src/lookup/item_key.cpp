#include "lookup/item_key.hpp"

#include <algorithm>

namespace parley::lookup {
namespace {

constexpr std::string_view filter_info = "parley/lookup/1/filter";
constexpr std::string_view label_info = "parley/lookup/1/label";

// HMAC-SHA-256 under a key of exactly one block, with a message of at most 128 bytes: two hashes of short
// pieces on the stack. A set of a million items takes a million of these.
crypto::Hash256 hmac_block_key(const crypto::Hash512& key, BytesView message) {
  constexpr std::size_t block = 64;
  static_assert(sizeof(key) == block);
  ByteArray<block + 128> inner;
  for (std::size_t i = 0; i < block; ++i) inner[i] = key[i] ^ 0x36;
  std::ranges::copy(message, inner.begin() + block);
  const crypto::Hash256 digest = crypto::sha256(BytesView(inner).first(block + message.size()));
  ByteArray<block + 32> outer;
  for (std::size_t i = 0; i < block; ++i) outer[i] = key[i] ^ 0x5c;
  std::ranges::copy(digest, outer.begin() + block);
  const crypto::Hash256 out = crypto::sha256(outer);
  crypto::wipe(inner);
  crypto::wipe(outer);
  return out;
}

// T(counter) of HKDF-Expand: HMAC(key, previous ‖ info ‖ set ‖ counter).
crypto::Hash256 expand(const crypto::Hash512& key, BytesView previous, std::string_view info,
                       const SetId& set, std::uint8_t counter) {
  ByteArray<128> message;
  auto at = std::ranges::copy(previous, message.begin()).out;
  at = std::ranges::copy(as_bytes(info), at).out;
  at = std::ranges::copy(set.value(), at).out;
  *at++ = counter;
  const crypto::Hash256 out =
      hmac_block_key(key, BytesView(message).first(static_cast<std::size_t>(at - message.begin())));
  crypto::wipe(message);
  return out;
}

std::uint64_t read_u64(BytesView bytes) {
  std::uint64_t out = 0;
  for (const std::uint8_t byte : bytes.first(8)) out = out << 8 | byte;
  return out;
}

}  // namespace

ItemKey item_key(const crypto::Hash512& value, const SetId& set) {
  crypto::Hash256 derived = expand(value, {}, filter_info, set, 1);
  ItemKey out;
  out.place = {read_u64(BytesView(derived)), read_u64(BytesView(derived).subspan(8))};
  std::ranges::copy(BytesView(derived).subspan(16, fingerprint_bytes), out.fingerprint.begin());
  crypto::wipe(derived);
  return out;
}

LabelPad label_pad(const crypto::Hash512& value, const SetId& set) {
  LabelPad out;
  crypto::Hash256 first = expand(value, {}, label_info, set, 1);
  crypto::Hash256 second = expand(value, first, label_info, set, 2);
  std::ranges::copy(first, out.mutable_view().begin());
  std::ranges::copy(second, out.mutable_view().begin() + 32);
  crypto::wipe(first);
  crypto::wipe(second);
  return out;
}

}  // namespace parley::lookup
