#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "base/parallel.hpp"
#include "crypto/ristretto.hpp"
#include "group/isa.hpp"
#include "group/storage.hpp"

namespace parley::group {

using crypto::EncodedPoint;
using crypto::Scalar;

/// Elements of ristretto255 (RFC 9496) in the coordinates that arithmetic works on, 128 bytes each, so that a
/// chain such as hash, multiply, encode neither encodes nor decodes in between. Wiped when it dies. It holds
/// whatever the operations gave, the identity included; only `decode` refuses it.
///
/// Every function here works on all elements, in blocks over the cores of `parallel`, in a time that depends
/// on sizes alone. `isa` must be supported; results do not depend on it.
class Points {
 public:
  Points() = default;
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// The layout of storage.hpp, for the functions of this module.
  std::span<const PointBlock> blocks() const { return {blocks_.data(), blocks_.size()}; }
  std::span<PointBlock> mutable_blocks() { return {blocks_.data(), blocks_.size()}; }
  /// `size` elements of unspecified value.
  explicit Points(std::size_t size);

 private:
  BlockVector blocks_;
  std::size_t size_ = 0;
};

/// RFC 9496 section 4.3.1 on every encoding. Bad input naming the first refused index ("element 17") when any
/// is not canonical, is negative, encodes no element, or is the identity, as `crypto::Point::decode` refuses.
Result<Points> decode(std::span<const EncodedPoint> encodings, Parallel& parallel, Isa isa = best_isa());

/// RFC 9496 section 4.3.2. `out` has the size of `points`. One inverse square root each; after a
/// multiplication `multiply_and_encode` is cheaper.
void encode(const Points& points, std::span<EncodedPoint> out, Parallel& parallel, Isa isa = best_isa());

/// The one-way map of RFC 9496 section 4.3.4: 64 uniform bytes each.
Points from_uniform(std::span<const ByteArray<64>> uniform, Parallel& parallel, Isa isa = best_isa());

/// hash_to_ristretto255 of RFC 9380 appendix B: expand_message_xmd with SHA-512, then `from_uniform`. A `dst`
/// must not be empty. The time depends on the lengths of the messages only.
Points hash_to_group(std::span<const BytesView> messages, std::string_view dst, Parallel& parallel,
                     Isa isa = best_isa());

/// scalar · point for each point.
Points multiply(const Points& points, const Scalar& scalar, Parallel& parallel, Isa isa = best_isa());
/// scalars[i] · points[i]; as many scalars as points.
Points multiply_each(const Points& points, std::span<const Scalar> scalars, Parallel& parallel,
                     Isa isa = best_isa());
/// scalars[i] · G, G the generator of RFC 9496.
Points multiply_base(std::span<const Scalar> scalars, Parallel& parallel, Isa isa = best_isa());

/// a[i] + b[i]; as many of one as of the other.
Points add(const Points& a, const Points& b, Parallel& parallel, Isa isa = best_isa());
/// The sum of all elements as one; the identity for none.
Points sum(const Points& points, Isa isa = best_isa());

/// scalar · point, encoded. Without any inverse square root: half the scalar is multiplied, and the double
/// of the result is encoded after one inversion for a whole block.
void multiply_and_encode(const Points& points, const Scalar& scalar, std::span<EncodedPoint> out,
                         Parallel& parallel, Isa isa = best_isa());
/// scalars[i] · points[i], encoded.
void multiply_each_and_encode(const Points& points, std::span<const Scalar> scalars,
                              std::span<EncodedPoint> out, Parallel& parallel, Isa isa = best_isa());

}  // namespace parley::group
