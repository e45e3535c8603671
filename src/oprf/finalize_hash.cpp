#include "oprf/finalize_hash.hpp"

#include <algorithm>

#include "crypto/secret.hpp"

namespace parley::oprf {

crypto::Hash512 finalize_hash(BytesView input, const crypto::EncodedPoint& element) {
  constexpr std::size_t short_input = 512;
  constexpr std::size_t around = 2 + 2 + 32 + 8;
  const auto write = [&](std::span<std::uint8_t> out) {
    auto at = out.begin();
    *at++ = static_cast<std::uint8_t>(input.size() >> 8);
    *at++ = static_cast<std::uint8_t>(input.size() & 0xff);
    at = std::ranges::copy(input, at).out;
    *at++ = 0;
    *at++ = 32;
    at = std::ranges::copy(element, at).out;
    std::ranges::copy(as_bytes("Finalize"), at);
  };
  // One piece on the stack: several calls of the hash cost more than its one or two blocks.
  if (input.size() <= short_input) {
    ByteArray<short_input + around> buffer;
    const std::span<std::uint8_t> used = std::span(buffer).first(input.size() + around);
    write(used);
    const crypto::Hash512 out = crypto::sha512(used);
    crypto::wipe(used);
    return out;
  }
  Bytes buffer(input.size() + around);
  write(buffer);
  const crypto::Hash512 out = crypto::sha512(buffer);
  crypto::wipe(buffer);
  return out;
}

}  // namespace parley::oprf
