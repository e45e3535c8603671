#include "crypto/ristretto.hpp"

#include <sodium.h>

#include <algorithm>

#include "base/assert.hpp"
#include "crypto/hash.hpp"
#include "crypto/sodium.hpp"

namespace parley::crypto {

// The one door to Point's constructor, for encodings that libsodium made or accepted.
struct PointAccess {
  static Point make(const EncodedPoint& bytes) { return Point(bytes); }
};

namespace {

// libsodium 1.0.18 ignores bit 255 of an encoding. RFC 9496 section 4.3.1 refuses it, as every integer from p
// on: otherwise each element would have two encodings.
bool has_bit_255(const EncodedPoint& encoding) {
  return (encoding[31] & 0x80) != 0;
}

// Decodes (refusing what is no canonical element), multiplies, encodes, and refuses the identity as a result,
// which a scalar in [1, l) gives only for the identity.
bool multiply_encoding(const EncodedPoint& in, const Scalar& scalar, EncodedPoint& out) {
  return !has_bit_255(in) && crypto_scalarmult_ristretto255(out.data(), scalar.view().data(), in.data()) == 0;
}

std::unexpected<Error> not_a_point() {
  return fail(ErrorKind::bad_input,
              "not the canonical encoding of a ristretto255 element other than the identity");
}

}  // namespace

Result<Point> Point::decode(BytesView encoding) {
  ensure_sodium();
  PARLEY_TRY(EncodedPoint bytes, to_array<32>(encoding));
  const bool identity = std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
  if (identity || has_bit_255(bytes) || crypto_core_ristretto255_is_valid_point(bytes.data()) != 1)
    return not_a_point();
  return Point(bytes);
}

Scalar Scalar::random(Entropy& entropy) {
  ensure_sodium();
  Scalar out;
  do {
    const Secret<64> wide = Secret<64>::generate(entropy);
    crypto_core_ristretto255_scalar_reduce(out.bytes_.mutable_view().data(), wide.view().data());
  } while (sodium_is_zero(out.bytes_.view().data(), 32) == 1);
  return out;
}

Result<Scalar> Scalar::decode(BytesView encoding) {
  ensure_sodium();
  Scalar out;
  PARLEY_TRY(out.bytes_, Secret<32>::from(encoding));
  // Canonical exactly when reduction changes nothing.
  Secret<64> wide;
  std::ranges::copy(out.bytes_.view(), wide.mutable_view().begin());
  Secret<32> reduced;
  crypto_core_ristretto255_scalar_reduce(reduced.mutable_view().data(), wide.view().data());
  const bool canonical = sodium_memcmp(reduced.view().data(), out.bytes_.view().data(), 32) == 0;
  if (!canonical || sodium_is_zero(reduced.view().data(), 32) == 1)
    return fail(ErrorKind::bad_input, "not the canonical encoding of a ristretto255 scalar other than zero");
  return out;
}

Scalar Scalar::clone() const {
  Scalar out;
  out.bytes_ = bytes_.clone();
  return out;
}

Bytes xmd_domain(std::string_view dst) {
  PARLEY_ASSERT(!dst.empty());
  Bytes dst_prime;
  if (dst.size() > 255) {
    // Section 5.3.3: a longer tag is replaced by its hash.
    const Hash512 short_dst = Sha512().update("H2C-OVERSIZE-DST-").update(dst).finish();
    append(dst_prime, BytesView(short_dst));
  } else {
    append(dst_prime, dst);
  }
  dst_prime.push_back(static_cast<std::uint8_t>(dst_prime.size()));
  return dst_prime;
}

Bytes expand_message_xmd(BytesView message, std::string_view dst, std::size_t length) {
  constexpr std::size_t hash_bytes = 64;    // b_in_bytes of SHA-512
  constexpr std::size_t block_bytes = 128;  // s_in_bytes of SHA-512
  const std::size_t blocks = (length + hash_bytes - 1) / hash_bytes;
  PARLEY_ASSERT(blocks <= 255 && length <= 65535);
  const Bytes dst_prime = xmd_domain(dst);

  static constexpr ByteArray<block_bytes> z_pad{};
  const ByteArray<3> length_and_zero = {static_cast<std::uint8_t>(length >> 8),
                                        static_cast<std::uint8_t>(length & 0xff), 0};
  thread_local Sha512 hash;
  const Hash512 b0 = hash.update(BytesView(z_pad))
                         .update(message)
                         .update(BytesView(length_and_zero))
                         .update(dst_prime)
                         .finish();
  Bytes out;
  out.reserve(blocks * hash_bytes);
  Hash512 mixed = b0;  // b_0 XOR b_(i-1), with b_0 itself before the first block
  for (std::size_t i = 1; i <= blocks; ++i) {
    const auto counter = static_cast<std::uint8_t>(i);
    const Hash512 block =
        hash.update(BytesView(mixed)).update(BytesView(&counter, 1)).update(dst_prime).finish();
    append(out, BytesView(block));
    for (std::size_t k = 0; k < hash_bytes; ++k) mixed[k] = b0[k] ^ block[k];
  }
  out.resize(length);
  return out;
}

Point from_uniform(const ByteArray<64>& uniform) {
  ensure_sodium();
  EncodedPoint out;
  PARLEY_ASSERT(crypto_core_ristretto255_from_hash(out.data(), uniform.data()) == 0);
  PARLEY_ASSERT(sodium_is_zero(out.data(), out.size()) == 0);
  return PointAccess::make(out);
}

Point hash_to_group(BytesView message, std::string_view dst) {
  Bytes expanded = expand_message_xmd(message, dst, 64);
  ByteArray<64> uniform;
  std::ranges::copy(expanded, uniform.begin());
  const Point out = from_uniform(uniform);
  wipe(expanded);
  wipe(uniform);
  return out;
}

Point multiply(const Point& point, const Scalar& scalar) {
  EncodedPoint out;
  PARLEY_ASSERT(multiply_encoding(point.bytes(), scalar, out));
  return PointAccess::make(out);
}

Result<Point> multiply(const EncodedPoint& encoding, const Scalar& scalar) {
  EncodedPoint out;
  if (!multiply_encoding(encoding, scalar, out)) return not_a_point();
  return PointAccess::make(out);
}

}  // namespace parley::crypto
