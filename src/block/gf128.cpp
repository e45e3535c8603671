#include "block/gf128.hpp"

#include "base/assert.hpp"
#include "block/gf128_kernels.hpp"
#include "block/target.hpp"

namespace parley::block {

namespace detail {

namespace {

// The low 64 bits of the carry-less product, with ordinary multiplications: in each of four classes of bits
// three of four bits are zero, so that the carries of up to 16 terms stay in the holes. (The method is the
// one of BearSSL's ctmul64, T. Pornin; the multiplier's time does not depend on its operands on the
// processors that matter here.)
std::uint64_t clmul_low(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t hole = 0x1111111111111111;
  const std::uint64_t a0 = a & hole, a1 = a & hole << 1, a2 = a & hole << 2, a3 = a & hole << 3;
  const std::uint64_t b0 = b & hole, b1 = b & hole << 1, b2 = b & hole << 2, b3 = b & hole << 3;
  const std::uint64_t c0 = (a0 * b0) ^ (a1 * b3) ^ (a2 * b2) ^ (a3 * b1);
  const std::uint64_t c1 = (a0 * b1) ^ (a1 * b0) ^ (a2 * b3) ^ (a3 * b2);
  const std::uint64_t c2 = (a0 * b2) ^ (a1 * b1) ^ (a2 * b0) ^ (a3 * b3);
  const std::uint64_t c3 = (a0 * b3) ^ (a1 * b2) ^ (a2 * b1) ^ (a3 * b0);
  return (c0 & hole) | (c1 & hole << 1) | (c2 & hole << 2) | (c3 & hole << 3);
}

std::uint64_t reversed(std::uint64_t x) {
  x = ((x & 0x5555555555555555) << 1) | ((x >> 1) & 0x5555555555555555);
  x = ((x & 0x3333333333333333) << 2) | ((x >> 2) & 0x3333333333333333);
  x = ((x & 0x0f0f0f0f0f0f0f0f) << 4) | ((x >> 4) & 0x0f0f0f0f0f0f0f0f);
  return __builtin_bswap64(x);
}

// The 127 bits of the product; the upper half is the lower half of the reversed factors, reversed.
Block clmul(std::uint64_t a, std::uint64_t b) {
  return {clmul_low(a, b), reversed(clmul_low(reversed(a), reversed(b))) >> 1};
}

Wide multiply_wide(Block a, Block b) {
  Block low = clmul(a.low, b.low);
  Block high = clmul(a.high, b.high);
  const Block middle = clmul(a.low ^ a.high, b.low ^ b.high) ^ low ^ high;
  low.high ^= middle.low;
  high.low ^= middle.high;
  return {low, high};
}

}  // namespace

Block reduce(Wide wide) {
  // A word w at X^(128 + 64 k) is w · (X^7 + X^2 + X + 1) at X^(64 k); what sticks out goes into the next
  // word.
  const std::uint64_t top = wide.high.high;
  const std::uint64_t next = wide.high.low ^ (top >> 63) ^ (top >> 62) ^ (top >> 57);
  Block out = wide.low;
  out.high ^= top ^ (top << 1) ^ (top << 2) ^ (top << 7);
  out.low ^= next ^ (next << 1) ^ (next << 2) ^ (next << 7);
  out.high ^= (next >> 63) ^ (next >> 62) ^ (next >> 57);
  return out;
}

}  // namespace detail

Block mul(Block a, Block b, Path path) {
#if PARLEY_X86_64
  if (path != Path::portable) return detail::mul_aesni(a, b);
#endif
  static_cast<void>(path);
  return detail::reduce(detail::multiply_wide(a, b));
}

namespace {

void mul_constant(std::span<Block> out, std::span<const Block> in, Block delta, bool add, Path path) {
  PARLEY_ASSERT(out.size() == in.size());
#if PARLEY_X86_64
  if (path == Path::avx512) return detail::mul_constant_avx512(out.data(), in.data(), in.size(), delta, add);
  if (path == Path::aesni) return detail::mul_constant_aesni(out.data(), in.data(), in.size(), delta, add);
#endif
  static_cast<void>(path);
  for (std::size_t i = 0; i < in.size(); ++i) {
    const Block product = detail::reduce(detail::multiply_wide(in[i], delta));
    out[i] = add ? out[i] ^ product : product;
  }
}

}  // namespace

void mul_add_constant(std::span<Block> out, std::span<const Block> in, Block delta, Path path) {
  mul_constant(out, in, delta, true, path);
}

void mul_constant(std::span<Block> out, std::span<const Block> in, Block delta, Path path) {
  mul_constant(out, in, delta, false, path);
}

Block inner_product(std::span<const Block> a, std::span<const Block> b, Path path) {
  PARLEY_ASSERT(a.size() == b.size());
#if PARLEY_X86_64
  if (path == Path::avx512) return detail::inner_product_avx512(a.data(), b.data(), a.size());
  if (path == Path::aesni) return detail::inner_product_aesni(a.data(), b.data(), a.size());
#endif
  static_cast<void>(path);
  detail::Wide sum;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const detail::Wide product = detail::multiply_wide(a[i], b[i]);
    sum.low ^= product.low;
    sum.high ^= product.high;
  }
  return detail::reduce(sum);
}

Block sum(std::span<const Block> values) {
  Block out;
  for (const Block value : values) out ^= value;
  return out;
}

}  // namespace parley::block
