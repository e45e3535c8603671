#include "group/scalars.hpp"

#include <sodium.h>

#include "base/assert.hpp"
#include "crypto/sodium.hpp"

namespace parley::group {
namespace {

using crypto::Scalar;
using crypto::Secret;

Scalar to_scalar(const Secret<32>& bytes) {
  Result<Scalar> out = Scalar::decode(bytes.view());
  PARLEY_ASSERT(out.has_value());  // a product of scalars other than zero
  return std::move(*out);
}

Secret<32> product(std::span<const std::uint8_t, 32> a, std::span<const std::uint8_t, 32> b) {
  Secret<32> out;
  crypto_core_ristretto255_scalar_mul(out.mutable_view().data(), a.data(), b.data());
  return out;
}

}  // namespace

std::vector<Scalar> invert_batch(std::span<const Scalar> scalars) {
  crypto::ensure_sodium();
  std::vector<Scalar> out;
  if (scalars.empty()) return out;
  // before[i] is the product of all scalars before the i-th.
  std::vector<Secret<32>> before;
  before.reserve(scalars.size());
  Secret<32> all;
  all.mutable_view()[0] = 1;
  for (const Scalar& scalar : scalars) {
    before.push_back(all.clone());
    all = product(all.view(), scalar.view());
  }
  Secret<32> inverse;
  PARLEY_ASSERT(crypto_core_ristretto255_scalar_invert(inverse.mutable_view().data(), all.view().data()) ==
                0);
  std::vector<Secret<32>>& inverses = before;
  for (std::size_t i = scalars.size(); i-- > 0;) {
    inverses[i] = product(inverse.view(), before[i].view());
    inverse = product(inverse.view(), scalars[i].view());
  }
  out.reserve(scalars.size());
  for (const Secret<32>& one : inverses) out.push_back(to_scalar(one));
  return out;
}

}  // namespace parley::group
