#include "vole/base_ot.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "crypto/constant_time.hpp"
#include "group/batch.hpp"
#include "vole/transcript.hpp"

namespace parley::vole {

namespace {

using block::Block;
using crypto::EncodedPoint;
using crypto::Hash256;

Bytes tagged(const Hash256& tag, std::size_t index, std::uint8_t bit) {
  Bytes out;
  out.reserve(tag.size() + 5 + point_bytes);  // no copy of a choice is left behind by growing
  append(out, BytesView(tag));
  append_u32(out, static_cast<std::uint32_t>(index));
  out.push_back(bit);
  return out;
}

// What is hashed to the group and added to r_bit, from the other element.
Bytes offset_message(const Hash256& tag, std::size_t index, std::uint8_t bit, const EncodedPoint& other) {
  Bytes message = tagged(tag, index, bit);
  append(message, BytesView(other));
  return message;
}

group::Points offset_points(const std::vector<Bytes>& messages, Parallel& parallel) {
  const std::vector<BytesView> views(messages.begin(), messages.end());
  return group::hash_to_group(views, domain::base_ot_point, parallel);
}

Block key_of(const Hash256& tag, std::size_t index, std::uint8_t bit, BytesView answer,
             const EncodedPoint& shared) {
  Bytes prefix = tagged(tag, index, bit);
  const Hash256 hash = crypto::Sha256()
                           .update(domain::base_ot_key)
                           .update(prefix)
                           .update(answer)
                           .update(BytesView(shared))
                           .finish();
  crypto::wipe(prefix);
  return block::load(hash.data());
}

std::vector<EncodedPoint> elements(BytesView bytes) {
  std::vector<EncodedPoint> out(bytes.size() / point_bytes);
  for (std::size_t i = 0; i < out.size(); ++i)
    std::ranges::copy(bytes.subspan(i * point_bytes, point_bytes), out[i].begin());
  return out;
}

std::vector<crypto::Scalar> draw_exponents(Entropy& entropy) {
  std::vector<crypto::Scalar> out;
  out.reserve(delta_bits);
  for (unsigned i = 0; i < delta_bits; ++i) out.push_back(crypto::Scalar::random(entropy));
  return out;
}

// l - 1, to turn a sum into a difference.
crypto::Scalar minus_one() {
  constexpr ByteArray<32> bytes = {0xec, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                   0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                   0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
  auto scalar = crypto::Scalar::decode(bytes);
  PARLEY_ASSERT(scalar);
  return std::move(*scalar);
}

void wipe(std::vector<EncodedPoint>& points) {
  for (EncodedPoint& point : points) crypto::wipe(point);
}

}  // namespace

BaseOtChooser::BaseOtChooser(Entropy& entropy) : exponents_(draw_exponents(entropy)), uniform_(delta_bits) {
  for (auto& bytes : uniform_) entropy.fill(bytes);
}

BaseOtChooser::~BaseOtChooser() {
  for (auto& bytes : uniform_) crypto::wipe(bytes);
}

Bytes BaseOtChooser::offer(const Hash256& tag, Block choices, Parallel& parallel) const {
  std::vector<EncodedPoint> others(delta_bits);
  group::encode(group::from_uniform(uniform_, parallel), others, parallel);
  std::vector<Bytes> messages;
  for (unsigned i = 0; i < delta_bits; ++i)
    messages.push_back(offset_message(tag, i, static_cast<std::uint8_t>(choices.bit(i)), others[i]));
  const group::Points offsets = offset_points(messages, parallel);
  const group::Points known = group::multiply_base(exponents_, parallel);
  std::vector<EncodedPoint> chosen(delta_bits);
  group::encode(group::add(known, group::multiply(offsets, minus_one(), parallel), parallel), chosen,
                parallel);
  for (Bytes& message : messages) crypto::wipe(message);

  Bytes out(std::size_t{2} * delta_bits * point_bytes);
  for (unsigned i = 0; i < delta_bits; ++i) {
    // (r_0, r_1) is (chosen, other) or (other, chosen), without a branch on the choice.
    const auto mask = static_cast<std::uint8_t>(0 - choices.bit(i));
    for (std::size_t k = 0; k < point_bytes; ++k) {
      const auto differs = static_cast<std::uint8_t>((chosen[i][k] ^ others[i][k]) & mask);
      out[std::size_t{2} * i * point_bytes + k] = chosen[i][k] ^ differs;
      out[(2 * i + 1) * point_bytes + k] = others[i][k] ^ differs;
    }
  }
  return out;
}

Result<block::BlockVector> BaseOtChooser::keys(const Hash256& tag, Block choices, BytesView answer,
                                               Parallel& parallel) const {
  PARLEY_ASSERT(answer.size() == std::size_t{delta_bits} * point_bytes);
  const std::vector<EncodedPoint> theirs = elements(answer);
  std::vector<EncodedPoint> shared(delta_bits);
  PARLEY_CHECK(group::multiply_each_batch(theirs, exponents_, shared, parallel));
  block::BlockVector out(delta_bits, block::Fill::zero, block::Wipe::yes);
  for (unsigned i = 0; i < delta_bits; ++i)
    out[i] = key_of(tag, i, static_cast<std::uint8_t>(choices.bit(i)), theirs[i], shared[i]);
  wipe(shared);
  return out;
}

BaseOtSender::BaseOtSender(Entropy& entropy) : exponents_(draw_exponents(entropy)) {}

Bytes BaseOtSender::answer(Parallel& parallel) const {
  std::vector<EncodedPoint> points(delta_bits);
  group::multiply_base_batch(exponents_, points, parallel);
  Bytes out;
  for (const EncodedPoint& point : points) append(out, BytesView(point));
  return out;
}

Result<block::BlockVector> BaseOtSender::keys(const Hash256& tag, BytesView offer, BytesView answer,
                                              Parallel& parallel) const {
  PARLEY_ASSERT(offer.size() == std::size_t{2} * delta_bits * point_bytes &&
                answer.size() == delta_bits * point_bytes);
  const std::vector<EncodedPoint> offered = elements(offer);
  PARLEY_TRY(const group::Points points, group::decode(offered, parallel));
  std::vector<Bytes> messages;
  std::vector<crypto::Scalar> exponents;  // each for both elements of its transfer
  for (std::size_t k = 0; k < offered.size(); ++k) {
    messages.push_back(offset_message(tag, k / 2, k % 2, offered[k ^ 1]));
    exponents.push_back(exponents_[k / 2].clone());
  }
  const group::Points sums = group::add(points, offset_points(messages, parallel), parallel);
  std::vector<EncodedPoint> shared(offered.size());
  group::multiply_each_and_encode(sums, exponents, shared, parallel);
  block::BlockVector out(offered.size(), block::Fill::zero, block::Wipe::yes);
  for (std::size_t k = 0; k < offered.size(); ++k) {
    // All zero: the sum was the identity, whose multiple everybody knows.
    if (crypto::equal_constant_time(shared[k], EncodedPoint{}))
      return fail(ErrorKind::bad_input, "an element of a base oblivious transfer cancels its offset");
    out[k] = key_of(tag, k / 2, k % 2, answer.subspan(k / 2 * point_bytes, point_bytes), shared[k]);
  }
  wipe(shared);
  return out;
}

}  // namespace parley::vole
