#include "vole/base_ot.hpp"

#include <sodium.h>

#include <algorithm>
#include <atomic>

#include "base/assert.hpp"
#include "vole/transcript.hpp"

namespace parley::vole {

namespace {

using block::Block;
using crypto::EncodedPoint;
using crypto::Hash256;

constexpr std::size_t task_size = 16;  // transfers; about 2 ms

Bytes tagged(const Hash256& tag, std::size_t index, std::uint8_t bit) {
  Bytes out = to_bytes(BytesView(tag));
  append_u32(out, static_cast<std::uint32_t>(index));
  out.push_back(bit);
  return out;
}

// H_bit(index, r): what is added to r_bit, from the other element.
EncodedPoint offset_point(const Hash256& tag, std::size_t index, std::uint8_t bit,
                          const EncodedPoint& other) {
  Bytes message = tagged(tag, index, bit);
  append(message, BytesView(other));
  return crypto::hash_to_group(message, domain::base_ot_point).bytes();
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

EncodedPoint element(BytesView bytes, std::size_t index) {
  EncodedPoint out;
  std::ranges::copy(bytes.subspan(index * point_bytes, point_bytes), out.begin());
  return out;
}

EncodedPoint base_multiple(const crypto::Scalar& scalar) {
  EncodedPoint out;
  // Fails for a zero scalar only, which a Scalar never is.
  PARLEY_ASSERT(crypto_scalarmult_ristretto255_base(out.data(), scalar.view().data()) == 0);
  return out;
}

// Runs `one(i)` for every transfer; false if any returned false.
template <class One>
bool for_all(Parallel& parallel, const One& one) {
  std::atomic<bool> ok = true;
  parallel.run(delta_bits / task_size, [&](std::size_t task) {
    for (std::size_t i = task * task_size; i < (task + 1) * task_size; ++i)
      if (!one(i)) ok = false;
  });
  return ok;
}

std::vector<crypto::Scalar> draw_exponents(Entropy& entropy) {
  std::vector<crypto::Scalar> out;
  out.reserve(delta_bits);
  for (unsigned i = 0; i < delta_bits; ++i) out.push_back(crypto::Scalar::random(entropy));
  return out;
}

std::unexpected<Error> invalid() {
  return fail(ErrorKind::bad_input, "no valid element of the group in a base oblivious transfer");
}

}  // namespace

BaseOtChooser::BaseOtChooser(Entropy& entropy) : exponents_(draw_exponents(entropy)), uniform_(delta_bits) {
  for (auto& bytes : uniform_) entropy.fill(bytes);
}

Bytes BaseOtChooser::offer(const Hash256& tag, Block choices, Parallel& parallel) const {
  Bytes out(2 * delta_bits * point_bytes);
  for_all(parallel, [&](std::size_t i) {
    const auto choice = static_cast<std::uint8_t>(choices.bit(static_cast<unsigned>(i)));
    const EncodedPoint other = crypto::from_uniform(uniform_[i]).bytes();
    const EncodedPoint known = base_multiple(exponents_[i]);
    const EncodedPoint offset = offset_point(tag, i, choice, other);
    EncodedPoint chosen;
    PARLEY_ASSERT(crypto_core_ristretto255_sub(chosen.data(), known.data(), offset.data()) == 0);
    // (r_0, r_1) is (chosen, other) or (other, chosen), without a branch on the choice.
    const auto mask = static_cast<std::uint8_t>(0 - choice);
    for (std::size_t k = 0; k < point_bytes; ++k) {
      const auto differs = static_cast<std::uint8_t>((chosen[k] ^ other[k]) & mask);
      out[2 * i * point_bytes + k] = chosen[k] ^ differs;
      out[(2 * i + 1) * point_bytes + k] = other[k] ^ differs;
    }
    return true;
  });
  return out;
}

Result<block::BlockVector> BaseOtChooser::keys(const Hash256& tag, Block choices, BytesView answer,
                                               Parallel& parallel) const {
  PARLEY_ASSERT(answer.size() == delta_bits * point_bytes);
  block::BlockVector out(delta_bits, block::Fill::zero, block::Wipe::yes);
  const bool ok = for_all(parallel, [&](std::size_t i) {
    const EncodedPoint theirs = element(answer, i);
    EncodedPoint shared;
    // Refuses what is not the canonical encoding of an element, and the identity as a result.
    if (crypto_scalarmult_ristretto255(shared.data(), exponents_[i].view().data(), theirs.data()) != 0)
      return false;
    const auto choice = static_cast<std::uint8_t>(choices.bit(static_cast<unsigned>(i)));
    out[i] = key_of(tag, i, choice, theirs, shared);
    crypto::wipe(shared);
    return true;
  });
  if (!ok) return invalid();
  return out;
}

BaseOtSender::BaseOtSender(Entropy& entropy) : exponents_(draw_exponents(entropy)) {}

Bytes BaseOtSender::answer(Parallel& parallel) const {
  Bytes out(delta_bits * point_bytes);
  for_all(parallel, [&](std::size_t i) {
    std::ranges::copy(base_multiple(exponents_[i]),
                      out.begin() + static_cast<std::ptrdiff_t>(i * point_bytes));
    return true;
  });
  return out;
}

Result<block::BlockVector> BaseOtSender::keys(const Hash256& tag, BytesView offer, BytesView answer,
                                              Parallel& parallel) const {
  PARLEY_ASSERT(offer.size() == 2 * delta_bits * point_bytes && answer.size() == delta_bits * point_bytes);
  block::BlockVector out(std::size_t{2} * delta_bits, block::Fill::zero, block::Wipe::yes);
  const bool ok = for_all(parallel, [&](std::size_t i) {
    const std::array<EncodedPoint, 2> offered = {element(offer, 2 * i), element(offer, 2 * i + 1)};
    for (std::uint8_t bit = 0; bit < 2; ++bit) {
      const EncodedPoint offset = offset_point(tag, i, bit, offered[1 - bit]);
      EncodedPoint sum;
      EncodedPoint shared;
      if (sodium_is_zero(offered[bit].data(), point_bytes) == 1 ||
          crypto_core_ristretto255_add(sum.data(), offered[bit].data(), offset.data()) != 0 ||
          crypto_scalarmult_ristretto255(shared.data(), exponents_[i].view().data(), sum.data()) != 0)
        return false;
      out[2 * i + bit] = key_of(tag, i, bit, answer.subspan(i * point_bytes, point_bytes), shared);
      crypto::wipe(shared);
    }
    return true;
  });
  if (!ok) return invalid();
  return out;
}

}  // namespace parley::vole
