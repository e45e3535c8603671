#include "group/expand.hpp"

#include <algorithm>
#include <array>

#include "crypto/secret.hpp"

namespace parley::group {
namespace {

constexpr std::size_t block_bytes = 128;

// FIPS 180-4 section 5.3.5.
constexpr std::uint64_t initial[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                      0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                                      0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

HashState start() {
  HashState out;
  for (std::size_t w = 0; w < 8; ++w) std::ranges::fill(out.words[w], initial[w]);
  return out;
}

// SHA-512 padding after `hashed` bytes of earlier blocks: a one bit, zeros, the length in bits.
void pad(Bytes& message, std::size_t hashed) {
  const std::uint64_t bits = 8 * static_cast<std::uint64_t>(hashed + message.size());
  message.push_back(0x80);
  message.resize((message.size() + 16 + block_bytes - 1) / block_bytes * block_bytes - 8);
  append_u64(message, bits);
}

void put_block(BytesView bytes, std::size_t lane, HashBlock& block) {
  for (std::size_t w = 0; w < 16; ++w) {
    std::uint64_t word = 0;
    for (std::size_t k = 0; k < 8; ++k) word = word << 8 | bytes[8 * w + k];
    block.words[w][lane] = word;
  }
}

// The state of each padded message after its own last block.
HashState hash_all(const Kernels& kernels, std::span<const Bytes> padded, const HashState& from) {
  std::size_t blocks = 0;
  for (const Bytes& message : padded) blocks = std::max(blocks, message.size() / block_bytes);
  HashState state = from;
  HashState out = from;
  HashBlock block{};
  for (std::size_t b = 0; b < blocks; ++b) {
    for (std::size_t i = 0; i < padded.size(); ++i)
      if (b < padded[i].size() / block_bytes)
        put_block(BytesView(padded[i]).subspan(b * block_bytes, block_bytes), i, block);
    kernels.compress_hash(state, block);
    for (std::size_t i = 0; i < padded.size(); ++i)
      if (b < padded[i].size() / block_bytes)
        for (std::size_t w = 0; w < 8; ++w) out.words[w][i] = state.words[w][i];
  }
  crypto::wipe({reinterpret_cast<std::uint8_t*>(&block), sizeof block});
  crypto::wipe({reinterpret_cast<std::uint8_t*>(&state), sizeof state});
  return out;
}

}  // namespace

Expander::Expander(const Kernels& kernels, BytesView domain)
    : kernels_(kernels), domain_(domain), after_pad_(start()) {
  const HashBlock zeros{};
  kernels_.compress_hash(after_pad_, zeros);
}

void Expander::expand(std::span<const BytesView> messages, EncodingBlock& first,
                      EncodingBlock& second) const {
  std::array<Bytes, block_points> buffers;
  const std::span<Bytes> padded = std::span(buffers).first(messages.size());
  // b_0 = H(Z_pad || msg || I2OSP(64, 2) || I2OSP(0, 1) || DST_prime)
  for (std::size_t i = 0; i < messages.size(); ++i) {
    Bytes& buffer = padded[i];
    buffer.reserve(messages[i].size() + domain_.size() + 3 + 2 * block_bytes);
    append(buffer, messages[i]);
    append(buffer, BytesView(std::array<std::uint8_t, 3>{0, 64, 0}));
    append(buffer, domain_);
    pad(buffer, block_bytes);
  }
  HashState hash = hash_all(kernels_, padded, after_pad_);
  // b_1 = H(b_0 || I2OSP(1, 1) || DST_prime)
  for (std::size_t i = 0; i < messages.size(); ++i) {
    Bytes& buffer = padded[i];
    crypto::wipe(buffer);
    buffer.clear();
    for (std::size_t w = 0; w < 8; ++w) append_u64(buffer, hash.words[w][i]);
    buffer.push_back(1);
    append(buffer, domain_);
    pad(buffer, 0);
  }
  hash = hash_all(kernels_, padded, start());
  for (std::size_t w = 0; w < 4; ++w)
    for (std::size_t i = 0; i < block_points; ++i) {
      const std::uint64_t mask = w == 3 ? ~0ULL >> 1 : ~0ULL;
      first.words[w][i] = __builtin_bswap64(hash.words[w][i]) & mask;
      second.words[w][i] = __builtin_bswap64(hash.words[w + 4][i]) & mask;
    }
  crypto::wipe({reinterpret_cast<std::uint8_t*>(&hash), sizeof hash});
  for (Bytes& buffer : padded) crypto::wipe(buffer);
}

}  // namespace parley::group
