#include "oprf/server.hpp"

#include <algorithm>

#include "oprf/finalize_hash.hpp"
#include "oprf/group_batch.hpp"

namespace parley::oprf {
namespace {

constexpr std::size_t evaluate_task = 256;

}  // namespace

Result<std::vector<crypto::EncodedPoint>> blind_evaluate(std::span<const crypto::EncodedPoint> elements,
                                                         const KeyPair& key, Parallel& parallel) {
  std::vector<crypto::EncodedPoint> out(elements.size());
  PARLEY_CHECK(multiply_all(elements, key.secret(), out, parallel));
  return out;
}

Result<VerifiableEvaluation> blind_evaluate_verifiably(std::span<const crypto::EncodedPoint> elements,
                                                       const KeyPair& key, Entropy& entropy,
                                                       Parallel& parallel) {
  VerifiableEvaluation out;
  PARLEY_TRY(out.elements, blind_evaluate(elements, key, parallel));
  PARLEY_TRY(out.proof, generate_proof(key, elements, out.elements, entropy, parallel));
  return out;
}

Result<Outputs> evaluate(Mode mode, std::span<const BytesView> inputs, const KeyPair& key,
                         Parallel& parallel) {
  PARLEY_CHECK(check_inputs(inputs));
  std::vector<crypto::EncodedPoint> elements(inputs.size());
  hash_and_multiply_all(inputs, hash_to_group_tag(mode), key.secret(), elements, parallel);
  PARLEY_CHECK(check_no_identity(elements));
  Outputs out(inputs.size());
  const std::size_t tasks = (inputs.size() + evaluate_task - 1) / evaluate_task;
  parallel.run(tasks, [&](std::size_t task) {
    const std::size_t end = std::min(inputs.size(), (task + 1) * evaluate_task);
    for (std::size_t i = task * evaluate_task; i < end; ++i) out[i] = finalize_hash(inputs[i], elements[i]);
  });
  for (crypto::EncodedPoint& element : elements) crypto::wipe(element);
  return out;
}

}  // namespace parley::oprf
