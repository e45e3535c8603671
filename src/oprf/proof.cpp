#include "oprf/proof.hpp"

#include <sodium.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "crypto/constant_time.hpp"
#include "crypto/hash.hpp"
#include "crypto/sodium.hpp"
#include "group/batch.hpp"
#include "oprf/hash_to_scalar.hpp"

namespace parley::oprf {
namespace {

using crypto::EncodedPoint;
using crypto::Secret;

// Elements of the VOPRF statement lie in libsodium's encoding throughout: a proof has a few of them only.
using Element = EncodedPoint;

void append_element(Bytes& out, const Element& element) {
  append_u16(out, static_cast<std::uint16_t>(element.size()));
  append(out, BytesView(element));
}

Secret<32> to_scalar(BytesView message) {
  return hash_to_scalar(message, "HashToScalar-" + context_string(Mode::voprf));
}

// scalar · element; the identity, which libsodium reports as a failure, is all zero.
Result<Element> times(BytesView scalar, const Element& element) {
  if (crypto_core_ristretto255_is_valid_point(element.data()) != 1)
    return fail(ErrorKind::peer, "DeserializeError: not a canonical element");
  Element out{};
  if (crypto_scalarmult_ristretto255(out.data(), scalar.data(), element.data()) != 0) out = {};
  return out;
}

Element plus(const Element& a, const Element& b) {
  Element out;
  PARLEY_ASSERT(crypto_core_ristretto255_add(out.data(), a.data(), b.data()) == 0);
  return out;
}

struct Composites {
  Element m{};
  Element z{};
};

// One task of weights: short, since each is two hashes.
constexpr std::size_t weight_task = 64;

// The weights d[i] of ComputeComposites (RFC 9497 section 2.2.1): public, like everything that they hash.
std::vector<ByteArray<32>> weights(const Element& public_key, std::span<const Element> c,
                                   std::span<const Element> d, Parallel& parallel) {
  const std::string seed_tag = "Seed-" + context_string(Mode::voprf);
  Bytes first;
  append_element(first, public_key);
  append_u16(first, static_cast<std::uint16_t>(seed_tag.size()));
  append(first, seed_tag);
  const crypto::Hash512 seed = crypto::sha512(first);
  const std::string tag = "HashToScalar-" + context_string(Mode::voprf);
  std::vector<ByteArray<32>> out(c.size());
  parallel.run((c.size() + weight_task - 1) / weight_task, [&](std::size_t task) {
    Bytes input;
    for (std::size_t i = task * weight_task; i < std::min(c.size(), (task + 1) * weight_task); ++i) {
      input.clear();
      append_u16(input, static_cast<std::uint16_t>(seed.size()));
      append(input, BytesView(seed));
      append_u16(input, static_cast<std::uint16_t>(i));
      append_element(input, c[i]);
      append_element(input, d[i]);
      append(input, "Composite");
      std::ranges::copy(hash_to_scalar(input, tag).view(), out[i].begin());
    }
  });
  return out;
}

// ComputeComposites of RFC 9497 section 2.2.2; without `z`, the first half of ComputeCompositesFast.
Result<Composites> composites(const Element& public_key, std::span<const Element> c,
                              std::span<const Element> d, bool with_z, Parallel& parallel) {
  if (c.empty() || c.size() != d.size() || c.size() > max_proof_pairs)
    return fail(ErrorKind::bad_input, "a proof speaks about 1 to 65,535 pairs");
  const std::vector<ByteArray<32>> weight = weights(public_key, c, d, parallel);
  Composites out;
  PARLEY_TRY(out.m, group::linear_combination(c, weight, parallel));
  if (!with_z) return out;
  PARLEY_TRY(out.z, group::linear_combination(d, weight, parallel));
  return out;
}

Secret<32> challenge(const Element& public_key, const Composites& composite, const Element& t2,
                     const Element& t3) {
  Bytes input;
  append_element(input, public_key);
  append_element(input, composite.m);
  append_element(input, composite.z);
  append_element(input, t2);
  append_element(input, t3);
  append(input, "Challenge");
  return to_scalar(input);
}

Element base_times(BytesView scalar) {
  Element out{};
  if (crypto_scalarmult_ristretto255_base(out.data(), scalar.data()) != 0) out = {};
  return out;
}

bool is_canonical_scalar(BytesView scalar) {
  ByteArray<64> wide{};
  std::ranges::copy(scalar, wide.begin());
  ByteArray<32> reduced;
  crypto_core_ristretto255_scalar_reduce(reduced.data(), wide.data());
  return std::ranges::equal(reduced, scalar);
}

}  // namespace

Result<Proof> generate_proof(const KeyPair& key, std::span<const EncodedPoint> blinded,
                             std::span<const EncodedPoint> evaluated, Entropy& entropy, Parallel& parallel) {
  return generate_proof_with(key, blinded, evaluated, crypto::Scalar::random(entropy), parallel);
}

Result<Proof> generate_proof_with(const KeyPair& key, std::span<const EncodedPoint> blinded,
                                  std::span<const EncodedPoint> evaluated, const crypto::Scalar& random,
                                  Parallel& parallel) {
  crypto::ensure_sodium();
  PARLEY_TRY(Composites composite, composites(key.public_key(), blinded, evaluated, false, parallel));
  PARLEY_TRY(composite.z, times(key.secret().view(), composite.m));
  PARLEY_TRY(const Element t3, times(random.view(), composite.m));
  const Secret<32> c = challenge(key.public_key(), composite, base_times(random.view()), t3);
  Secret<32> product;
  crypto_core_ristretto255_scalar_mul(product.mutable_view().data(), c.view().data(),
                                      key.secret().view().data());
  Proof out;
  std::ranges::copy(c.view(), out.begin());
  crypto_core_ristretto255_scalar_sub(out.data() + 32, random.view().data(), product.view().data());
  return out;
}

Result<void> verify_proof(const EncodedPoint& public_key, std::span<const EncodedPoint> blinded,
                          std::span<const EncodedPoint> evaluated, const Proof& proof, Parallel& parallel) {
  crypto::ensure_sodium();
  const BytesView c = BytesView(proof).first(32);
  const BytesView s = BytesView(proof).last(32);
  if (!is_canonical_scalar(c) || !is_canonical_scalar(s))
    return fail(ErrorKind::peer, "DeserializeError: a proof of scalars that are not canonical");
  const Result<Composites> made = composites(public_key, blinded, evaluated, true, parallel);
  if (!made) return fail(ErrorKind::peer, made.error().message, made.error().where);
  const Composites& composite = *made;
  PARLEY_TRY(const Element c_key, times(c, public_key));
  PARLEY_TRY(const Element s_m, times(s, composite.m));
  PARLEY_TRY(const Element c_z, times(c, composite.z));
  const Secret<32> expected = challenge(public_key, composite, plus(base_times(s), c_key), plus(s_m, c_z));
  if (!crypto::equal_constant_time(expected.view(), c))
    return fail(ErrorKind::peer, "VerifyError: the proof does not show that one key answered");
  return {};
}

}  // namespace parley::oprf
