#include "oprf/client.hpp"

#include "base/assert.hpp"
#include "oprf/finalize_hash.hpp"
#include "oprf/group_batch.hpp"

namespace parley::oprf {
namespace {

// Short: a batch of a few hundred look-ups still spreads over the cores.
constexpr std::size_t hash_task = 64;

}  // namespace

Result<Blinding> blind(Mode mode, std::span<const BytesView> inputs, Entropy& entropy, Parallel& parallel) {
  std::vector<crypto::Scalar> blinds;
  blinds.reserve(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) blinds.push_back(crypto::Scalar::random(entropy));
  return blind_with(mode, inputs, std::move(blinds), parallel);
}

Result<Blinding> blind_with(Mode mode, std::span<const BytesView> inputs, std::vector<crypto::Scalar> blinds,
                            Parallel& parallel) {
  PARLEY_ASSERT(blinds.size() == inputs.size());
  PARLEY_CHECK(check_inputs(inputs));
  Blinding out;
  out.blinds = std::move(blinds);
  out.elements.resize(inputs.size());
  hash_and_multiply_each(inputs, hash_to_group_tag(mode), out.blinds, out.elements, parallel);
  PARLEY_CHECK(check_no_identity(out.elements));
  return out;
}

Result<Outputs> finalize(std::span<const BytesView> inputs, const Blinding& blinding,
                         std::span<const crypto::EncodedPoint> evaluated, Parallel& parallel) {
  if (inputs.size() != blinding.blinds.size() || inputs.size() != evaluated.size())
    return fail(ErrorKind::bad_input, "as many evaluated elements as inputs are needed");
  PARLEY_CHECK(check_inputs(inputs));
  std::vector<crypto::EncodedPoint> unblinded(inputs.size());
  PARLEY_CHECK(multiply_each(evaluated, invert(blinding.blinds), unblinded, parallel));
  Outputs out(inputs.size());
  const std::size_t tasks = (inputs.size() + hash_task - 1) / hash_task;
  parallel.run(tasks, [&](std::size_t task) {
    for (std::size_t i = task * hash_task; i < std::min(inputs.size(), (task + 1) * hash_task); ++i)
      out[i] = finalize_hash(inputs[i], unblinded[i]);
  });
  for (crypto::EncodedPoint& element : unblinded) crypto::wipe(element);
  return out;
}

Result<Outputs> finalize_verified(std::span<const BytesView> inputs, const Blinding& blinding,
                                  std::span<const crypto::EncodedPoint> evaluated,
                                  const crypto::EncodedPoint& public_key, const Proof& proof,
                                  Parallel& parallel) {
  PARLEY_CHECK(verify_proof(public_key, blinding.elements, evaluated, proof, parallel));
  return finalize(inputs, blinding, evaluated, parallel);
}

}  // namespace parley::oprf
