#include "crypto/seeded.hpp"

#include <sodium.h>

#include <algorithm>
#include <string>

#include "base/assert.hpp"
#include "crypto/sodium.hpp"

namespace parley::crypto {

SeededEntropy::SeededEntropy(const Secret<32>& seed, std::string_view label)
    : key_(derive_secret(seed.view(), "parley/seeded/1/" + std::string(label))) {
  ensure_sodium();
}

void SeededEntropy::fill(std::span<std::uint8_t> out) {
  // The nonce is fixed: every key is used for one stream only.
  static constexpr ByteArray<crypto_stream_chacha20_NONCEBYTES> nonce{};
  while (!out.empty()) {
    const std::span<std::uint8_t> buffer = buffer_.mutable_view();
    if (used_ == buffer.size()) {
      std::ranges::fill(buffer, std::uint8_t{0});
      PARLEY_ASSERT(crypto_stream_chacha20_xor_ic(buffer.data(), buffer.data(), buffer.size(), nonce.data(),
                                                  next_block_, key_.view().data()) == 0);
      next_block_ += buffer_blocks;
      used_ = 0;
    }
    const std::size_t count = std::min(out.size(), buffer.size() - used_);
    const std::span<std::uint8_t> part = buffer.subspan(used_, count);
    std::ranges::copy(part, out.begin());
    wipe(part);  // what was handed out cannot be read from here again
    used_ += count;
    out = out.subspan(count);
  }
}

}  // namespace parley::crypto
