#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "base/entropy.hpp"
#include "crypto/secret.hpp"

namespace parley::crypto {

/// The 32-byte encoding of a group element as it came from outside: nothing is known about it.
using EncodedPoint = ByteArray<32>;

/// An element of ristretto255 (RFC 9496) other than the identity, held as its canonical encoding.
/// A Point exists only if its encoding is valid: it comes from `decode`, a hash or a multiplication.
class Point {
 public:
  /// RFC 9496 section 4.3.1. Bad input for a non-canonical or negative field element, for bytes that encode
  /// no element, and for the identity.
  static Result<Point> decode(BytesView encoding);
  const EncodedPoint& bytes() const { return bytes_; }
  auto operator<=>(const Point&) const = default;

 private:
  explicit Point(const EncodedPoint& bytes) : bytes_(bytes) {}
  EncodedPoint bytes_;
  friend struct PointAccess;
};

/// A secret scalar of ristretto255: an integer in [1, l), l = 2^252 + 27742317777372353535851937790883648493.
class Scalar {
 public:
  /// Uniform: 64 bytes of `entropy` reduced modulo l (RFC 9496 section 4.4).
  static Scalar random(Entropy& entropy);
  /// Bad input unless it is the little-endian encoding of an integer in [1, l).
  static Result<Scalar> decode(BytesView encoding);
  std::span<const std::uint8_t, 32> view() const { return bytes_.view(); }
  Scalar clone() const;

 private:
  Scalar() = default;
  Secret<32> bytes_;
};

/// DST_prime of RFC 9380 section 5.3.1 for SHA-512: the tag, or its hash when it is longer than 255 bytes
/// (section 5.3.3), and its length. An empty tag is a bug of the caller.
Bytes xmd_domain(std::string_view dst);

/// RFC 9380 section 5.3.1 with SHA-512. `length` at most 65,535; an empty `dst` or more bytes than 255 hashes
/// is a bug of the caller; a `dst` longer than 255 bytes is hashed first (section 5.3.3).
Bytes expand_message_xmd(BytesView message, std::string_view dst, std::size_t length);

/// RFC 9496 section 4.3.4 on 64 uniform bytes. The identity comes out with probability 2^-252; it is then
/// bad luck that nobody sees, and the program stops.
Point from_uniform(const ByteArray<64>& uniform);

/// hash_to_ristretto255 of RFC 9380 appendix B: `from_uniform(expand_message_xmd(message, dst, 64))`.
/// Time depends on the length of the message only. About 16 microseconds.
Point hash_to_group(BytesView message, std::string_view dst);

/// scalar · point, constant time in both. Never the identity: the order of the group is prime.
Point multiply(const Point& point, const Scalar& scalar);
/// Decodes, refuses what `Point::decode` refuses, and multiplies; decoding is done once. For many elements
/// the module `group` is several times faster.
Result<Point> multiply(const EncodedPoint& encoding, const Scalar& scalar);

}  // namespace parley::crypto
