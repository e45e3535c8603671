#include "block/aes.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "base/assert.hpp"
#include "block/aes_kernels.hpp"
#include "block/target.hpp"
#include "crypto/secret.hpp"

namespace parley::block {

namespace {

using detail::Mode;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

// AES-128 in ECB mode under `key` by OpenSSL, which on processors without AES instructions takes its
// constant-time versions (vector permutation or bit slicing; from SSSE3 and NEON up).
void encrypt_openssl(Block key, std::span<Block> out, std::span<const Block> in) {
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr);
  thread_local const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
  PARLEY_ASSERT(cipher != nullptr && context != nullptr);
  ByteArray<16> key_bytes;
  store(key_bytes.data(), key);
  PARLEY_ASSERT(EVP_EncryptInit_ex2(context.get(), cipher, key_bytes.data(), nullptr, nullptr) == 1);
  PARLEY_ASSERT(EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1);
  crypto::wipe(key_bytes);
  constexpr std::size_t at_once = std::size_t{1} << 20;
  for (std::size_t i = 0; i < in.size(); i += at_once) {
    const std::size_t count = std::min(at_once, in.size() - i);
    int written = 0;
    PARLEY_ASSERT(EVP_EncryptUpdate(context.get(), mutable_bytes_of(out.subspan(i, count)).data(), &written,
                                    bytes_of(in.subspan(i, count)).data(),
                                    static_cast<int>(16 * count)) == 1);
    PARLEY_ASSERT(static_cast<std::size_t>(written) == 16 * count);
  }
}

constexpr std::size_t portable_piece = 64;

void run_openssl(Mode mode, Block key, std::span<Block> out, std::span<const Block> in, std::uint64_t tweak) {
  std::array<Block, portable_piece> start;
  std::array<Block, portable_piece> state;
  for (std::size_t i = 0; i < out.size(); i += portable_piece) {
    const std::size_t count = std::min(portable_piece, out.size() - i);
    const std::span<Block> now(state.data(), count);
    for (std::size_t k = 0; k < count; ++k)
      start[k] = mode == Mode::counter ? Block{tweak + i + k, 0} : in[i + k];
    encrypt_openssl(key, now, {start.data(), count});
    if (mode == Mode::tccr) {
      for (std::size_t k = 0; k < count; ++k) {
        start[k] = state[k];
        state[k] ^= Block{tweak + i + k, 0};
      }
      encrypt_openssl(key, now, now);
    }
    const bool add = mode == Mode::mmo || mode == Mode::tccr;
    for (std::size_t k = 0; k < count; ++k) out[i + k] = add ? state[k] ^ start[k] : state[k];
  }
}

void run(Mode mode, const AesKey& key, std::span<Block> out, std::span<const Block> in, std::uint64_t tweak,
         Path path) {
  PARLEY_ASSERT(mode == Mode::counter || out.size() == in.size());
#if PARLEY_X86_64
  if (path == Path::avx512)
    return detail::aes_avx512(mode, key.round_keys(), out.data(), in.data(), out.size(), tweak);
  if (path == Path::aesni)
    return detail::aes_aesni(mode, key.round_keys(), out.data(), in.data(), out.size(), tweak);
#endif
  static_cast<void>(path);
  run_openssl(mode, key.key(), out, in, tweak);
}

}  // namespace

AesKey::AesKey(Block key) {
#if PARLEY_X86_64
  if (best_path() != Path::portable) {
    round_keys_ = detail::schedule_aesni(key);
    return;
  }
#endif
  round_keys_[0] = key;
}

AesKey::~AesKey() {
  crypto::wipe(mutable_bytes_of(round_keys_));
}

void AesKey::encrypt(std::span<Block> out, std::span<const Block> in, Path path) const {
  run(Mode::plain, *this, out, in, 0, path);
}

Block AesKey::encrypt(Block in, Path path) const {
  Block out;
  encrypt({&out, 1}, {&in, 1}, path);
  return out;
}

void FixedKeyHash::mmo(std::span<Block> out, std::span<const Block> in, Path path) const {
  run(Mode::mmo, pi_, out, in, 0, path);
}

void FixedKeyHash::tccr(std::span<Block> out, std::span<const Block> in, std::uint64_t first_tweak,
                        Path path) const {
  run(Mode::tccr, pi_, out, in, first_tweak, path);
}

void aes_stream(const AesKey& key, std::span<Block> out, std::uint64_t first, Path path) {
  run(Mode::counter, key, out, {}, first, path);
}

void aes_stream(Block seed, std::span<Block> out, std::uint64_t first, Path path) {
  aes_stream(AesKey(seed), out, first, path);
}

void davies_meyer(std::span<Block> out, std::span<const Block> keys, std::span<const Block> values,
                  Path path) {
  PARLEY_ASSERT(out.size() == keys.size() && out.size() == values.size());
#if PARLEY_X86_64
  if (path == Path::avx512)
    return detail::davies_meyer_avx512(out.data(), keys.data(), values.data(), out.size());
  if (path == Path::aesni)
    return detail::davies_meyer_aesni(out.data(), keys.data(), values.data(), out.size());
#endif
  static_cast<void>(path);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Block value = values[i];
    Block encrypted;
    encrypt_openssl(keys[i], {&encrypted, 1}, {&value, 1});
    out[i] = encrypted ^ value;
  }
}

std::array<Block, 2> GgmGenerator::expand(std::span<Block> nodes, Path path) const {
  PARLEY_ASSERT(nodes.size() % 2 == 0);
  const std::size_t parents = nodes.size() / 2;
#if PARLEY_X86_64
  if (path == Path::avx512)
    return detail::ggm_avx512(left_.round_keys(), right_.round_keys(), nodes.data(), parents);
  if (path == Path::aesni)
    return detail::ggm_aesni(left_.round_keys(), right_.round_keys(), nodes.data(), parents);
#endif
  static_cast<void>(path);
  std::array<Block, 2> sums{};
  std::array<Block, portable_piece> left;
  std::array<Block, portable_piece> right;
  for (std::size_t end = parents; end > 0;) {
    const std::size_t count = end % portable_piece == 0 ? portable_piece : end % portable_piece;
    end -= count;
    const std::span<const Block> some = nodes.subspan(end, count);
    run_openssl(Mode::mmo, left_.key(), {left.data(), count}, some, 0);
    run_openssl(Mode::mmo, right_.key(), {right.data(), count}, some, 0);
    for (std::size_t k = 0; k < count; ++k) {
      nodes[2 * (end + k)] = left[k];
      nodes[2 * (end + k) + 1] = right[k];
      sums[0] ^= left[k];
      sums[1] ^= right[k];
    }
  }
  return sums;
}

}  // namespace parley::block
